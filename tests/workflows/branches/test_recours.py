"""The recours contre tiers: how it opens, and every path walked to its end."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.gate import Refus
from cases.enums import Canal, EtatBranche, GenreBranche, GenreTache, OrigineBranche
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Branche, Sinistre
from contracts.enums import Nature
from documents.services import listes
from documents.services.checklist import asked
from indemnities.enums import EtatRecours, QualiteTiers, SorteMontant
from indemnities.selectors_recours import montants_de
from portal.collectivite.forms import CirconstancesForm
from tests.documents.test_bascule import LINE
from tests.factories import Monde, agent, sinistre
from tests.recours import (
    MONTANTS,
    RAISONS,
    A,
    C,
    detecte,
    encaisser,
    eu,
    fin_de,
    jusqu_a_l_accord,
    jusqu_a_l_offre,
    jusqu_a_reclamer,
    ouvertes,
    reclamer,
    relire,
    tiers,
    today,
)
from workflows import automates
from workflows.branches.recours import argent, negociation, ouverture
from workflows.coherence import anomalies
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db


@pytest.fixture
def branche(m: Monde) -> Branche:
    return detecte(m)


# -- Detection ----------------------------------------------------------------------------------------------------------------


def test_the_answer_yes_opens_the_recours_with_the_declaration(m: Monde, branche: Branche) -> None:
    assert (branche.origine, branche.ouverte_par) == (OrigineBranche.REGLE, m.mairie)
    assert ouvertes(branche) == {GenreTache.RC_QUALIFIER}
    recours = relire(branche)
    assert (recours.etat, recours.exercice) == (EtatRecours.DETECTE, recours.sinistre.survenance.year)
    assert not Branche.objects.filter(sinistre=sinistre(m)).exists()
    assert anomalies() == []


@pytest.mark.parametrize("nature", [Nature.CMO, Nature.CLM, Nature.AS, Nature.TRJ, Nature.DC])
def test_the_question_is_asked_of_each_declaration(m: Monde, nature: str) -> None:
    with pytest.raises(DonneeInvalide) as error:
        sinistre(m, nature, tiers_possible=None)
    assert "tiers_possible" in error.value.champs
    assert not CirconstancesForm({"circonstances": "Chute."}, nature=nature).is_valid()
    assert CirconstancesForm({"circonstances": "Chute.", "tiers_possible": "non"}, nature=nature).is_valid()


@pytest.mark.parametrize(
    ("par", "canal", "origine"),
    [
        ("mairie", Canal.PORTAIL, OrigineBranche.COLLECTIVITE),
        ("gestionnaire", Canal.PORTAIL, OrigineBranche.CDG),
        ("gestionnaire", Canal.TELEPHONE, OrigineBranche.COLLECTIVITE),
    ],
)
def test_facts_learnt_later_open_it_by_hand(m: Monde, par: str, canal: Canal, origine: str) -> None:
    dossier = sinistre(m)
    branche = ouverture.demander(acteur=m.people[par], numero=dossier.numero, constat="Renversé par un cycliste.", canal=canal)
    dossier = Sinistre.objects.get(pk=dossier.pk)
    assert dossier.tiers_possible is True
    assert (branche.origine, relire(branche).constat) == (origine, "Renversé par un cycliste.")
    with pytest.raises(Erreur, match="déjà en cours"):
        ouverture.demander(acteur=m.gestionnaire, numero=dossier.numero, constat="Encore.")
    assert anomalies() == []


@pytest.mark.parametrize("qui", ["payeur", "medecin", "psychologue", "admin", "expert"])
def test_who_may_not_ask(m: Monde, qui: str) -> None:
    with pytest.raises((Refus, Sinistre.DoesNotExist)):
        ouverture.demander(acteur=m.people[qui], numero=sinistre(m).numero, constat="Un tiers.")
    with pytest.raises(Sinistre.DoesNotExist):
        ouverture.demander(acteur=m.mairie2, numero=sinistre(m, de=agent(m.collectivite)).numero, constat="Un tiers.")


def test_a_reason_is_asked_and_nothing_medical_leaves(m: Monde) -> None:
    dossier = sinistre(m)
    for constat, message in (("  ", "qui, ou ce qui"), ("Fracture causée par un tiers.", "semble médical")):
        with pytest.raises(DonneeInvalide, match=message):
            ouverture.demander(acteur=m.mairie, numero=dossier.numero, constat=constat)
    assert Sinistre.objects.get(pk=dossier.pk).tiers_possible is False


def test_a_cancelled_dossier_has_none(m: Monde) -> None:
    dossier = sinistre(m)
    Sinistre.objects.filter(pk=dossier.pk).update(etat="ANNULE", motif_annulation="ERREUR")
    with pytest.raises(TransitionImpossible):
        ouverture.demander(acteur=m.gestionnaire, numero=dossier.numero, constat="Un tiers.")


def test_it_outlives_the_closing(m: Monde) -> None:
    dossier = sinistre(m)
    Sinistre.objects.filter(pk=dossier.pk).update(etat="VALIDE")
    Sinistre.objects.filter(pk=dossier.pk).update(etat="CLOS", motif_cloture="TERME", date_cloture=today())
    branche = ouverture.demander(acteur=m.gestionnaire, numero=dossier.numero, constat="Un tiers retrouvé.")
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "500.00", dernier=True)
    fin_de(branche)


# -- Paths --------------------------------------------------------------------------------------------------------------------


def test_without_a_third_party_it_ends_there(m: Monde, branche: Branche) -> None:
    with pytest.raises(DonneeInvalide, match="pourquoi"):
        ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=False, constat=" ")
    ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=False, constat="Chute seul.")
    assert relire(branche).etat == EtatRecours.SANS_TIERS
    automates.balayer()
    fin_de(branche, "SANS_TIERS")


def test_pieces_of_a_recours_are_asked_for_as_long_as_a_third_party_may_be_liable(m: Monde, django_assert_max_num_queries: Any) -> None:
    brouillon = listes.preparer(acteur=m.responsable)
    constat = {"code": "constat", "libelle": "Constat", "stade": "RECOURS", "condition": "TIERS", "visibilite": "A", "natures": ["AS"]}
    listes.enregistrer_ligne(acteur=m.responsable, liste_id=brouillon.pk, valeurs=LINE | constat)
    listes.publier(acteur=m.responsable, liste_id=brouillon.pk, debut=today() - dt.timedelta(days=60))
    branche = detecte(m)
    du_recours = asked(relire(branche).sinistre).filter(code="constat")
    assert du_recours.exists()
    with django_assert_max_num_queries(30):
        ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=False, constat="Chute seul.")
    automates.balayer()
    assert relire(branche).sinistre.tiers_possible is False
    assert not du_recours.exists()
    fin_de(branche, "SANS_TIERS")


@pytest.mark.parametrize("dit", [True, False])
def test_a_death_that_closes_a_dossier_asks_the_question(m: Monde, dit: bool) -> None:
    dossier = sinistre(m, Nature.CMO, tiers_possible=dit)
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="clore", demande=Demande(motif="DECES", date_effet=today()))
    deces = Sinistre.objects.get(origine=dossier)
    assert deces.tiers_possible is (True if dit else None)
    branche = Branche.objects.get(sinistre=deces, genre=GenreBranche.RECOURS)
    assert ouvertes(branche) == {GenreTache.RC_QUALIFIER}
    jusqu_a_reclamer(m, branche)
    assert Sinistre.objects.get(pk=deces.pk).tiers_possible is True
    assert anomalies() == []


def test_the_amicable_way_to_its_end(m: Monde, branche: Branche, django_assert_max_num_queries: Any) -> None:
    def act(fonction: Any, **champs: Any) -> None:
        with django_assert_max_num_queries(30):
            fonction(branche=branche, **{"acteur": m.gestionnaire} | champs)
        with django_assert_max_num_queries(45):  # the sweep looks into every clock besides
            automates.balayer()

    act(ouverture.qualifier, responsable=True, constat="Un camion.")
    assert ouvertes(branche) == {GenreTache.RC_TIERS}
    act(ouverture.identifier, tiers=tiers())
    assert relire(branche).etat == EtatRecours.CHIFFRE
    act(negociation.reclamer, le=today(), montants=MONTANTS, raisons=RAISONS)
    act(negociation.consigner_offre, montants={"TRAITEMENTS": Decimal("450.00")})
    act(negociation.refuser, motif="Moitié de ce qui est dû.")
    assert ouvertes(branche) == {GenreTache.RC_OFFRE}
    act(negociation.consigner_offre, montants={"TRAITEMENTS": Decimal("600.00"), "FRAIS_MEDICAUX": Decimal("100.00")})
    act(negociation.accepter, le=today())
    assert ouvertes(branche) == {GenreTache.RC_ENCAISSER}
    act(argent.encaisser, acteur=m.payeur, recu_le=today(), montant=Decimal("350.00"), reference="V1")
    assert relire(branche).etat == EtatRecours.PARTIEL
    act(argent.encaisser, acteur=m.payeur, recu_le=today(), montant=Decimal("350.00"), reference="V2", dernier=True)
    fin_de(branche)
    assert eu(branche) == {
        ("TRAITEMENTS", A): Decimal("400.00"),
        ("TRAITEMENTS", C): Decimal("200.00"),
        ("FRAIS_MEDICAUX", A): Decimal("100.00"),
    }


def test_straight_to_court_and_a_judgment(m: Monde, branche: Branche) -> None:
    jusqu_a_reclamer(m, branche)
    reclamer(m, branche, assigne_le=today(), juridiction="Tribunal judiciaire de Montpellier")
    assert ouvertes(branche) == {GenreTache.RC_JUGEMENT}
    negociation.juger(acteur=m.gestionnaire, branche=branche, le=today(), montants={}, globale=Decimal("1000.00"))
    encaisser(m, branche, "1100.00", dernier=True)  # with interest
    fin_de(branche)
    assert eu(branche) == {
        ("TRAITEMENTS", A): Decimal("660.00"),
        ("TRAITEMENTS", C): Decimal("330.00"),
        ("FRAIS_MEDICAUX", A): Decimal("110.00"),
    }


def test_an_offer_refused_goes_to_court_and_is_lost(m: Monde, branche: Branche) -> None:
    jusqu_a_l_offre(m, branche)
    negociation.assigner(acteur=m.gestionnaire, branche=branche, le=today(), juridiction="Tribunal judiciaire de Béziers")
    assert (relire(branche).voie, relire(branche).assigne_le) == ("JUDICIAIRE", today())
    negociation.juger(acteur=m.gestionnaire, branche=branche, le=today(), montants={}, globale=Decimal(0))
    assert relire(branche).etat == EtatRecours.DEBOUTE
    fin_de(branche, "DEBOUTE")


def test_an_agreement_ends_a_suit(m: Monde, branche: Branche) -> None:
    jusqu_a_l_offre(m, branche)
    negociation.assigner(acteur=m.gestionnaire, branche=branche, le=today(), juridiction="TJ")
    with pytest.raises(DonneeInvalide, match="accord donne un montant"):
        negociation.juger(acteur=m.gestionnaire, branche=branche, le=today(), montants={}, accord=True)
    negociation.juger(acteur=m.gestionnaire, branche=branche, le=today(), montants={"TRAITEMENTS": Decimal("90.00")}, accord=True)
    assert (relire(branche).etat, relire(branche).accord_le, relire(branche).juge_le) == (EtatRecours.ACCORD, today(), None)
    encaisser(m, branche, "90.00")
    argent.solder(acteur=m.payeur, branche=branche, motif="Tout est payé.")
    automates.balayer()
    fin_de(branche)


def test_a_claim_is_completed_and_sent_again(m: Monde, branche: Branche) -> None:
    jusqu_a_l_offre(m, branche)
    negociation.completer(acteur=m.gestionnaire, branche=branche, motif="L’arrêt est prolongé.")
    automates.balayer()
    assert ouvertes(branche) == {GenreTache.RC_RECLAMER}
    plus = MONTANTS | {("TRAITEMENTS", A): Decimal("900.00")}
    reclamer(m, branche, plus)
    assert montants_de(relire(branche), SorteMontant.RECLAME)[("TRAITEMENTS", A)] == Decimal("900.00")
    assert relire(branche).montants.filter(sorte=SorteMontant.RECLAME, poste="TRAITEMENTS", beneficiaire=A).count() == 2
    assert ouvertes(branche) == {GenreTache.RC_OFFRE}
    assert anomalies() == []


@pytest.mark.parametrize("motif", ["INSOLVABLE", "INTROUVABLE", "NON_ETABLI", "MONTANT", "ERREUR"])
def test_given_up_at_any_moment(m: Monde, branche: Branche, motif: str) -> None:
    jusqu_a_l_offre(m, branche)
    with pytest.raises(DonneeInvalide, match="Expliquez"):
        ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif=motif, explication="")
    ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif=motif, explication="Vu avec l’assureur.")
    branche.refresh_from_db()
    assert (branche.etat, relire(branche).etat) == (EtatBranche.ABANDONNEE, EtatRecours.ABANDONNE)
    assert ouvertes(branche) == set()
    assert anomalies() == []
    with pytest.raises(TransitionImpossible):
        ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif=motif, explication="Encore.")


def test_prescribed_only_once_it_is(m: Monde, branche: Branche) -> None:
    jusqu_a_reclamer(m, branche, qualite=QualiteTiers.PERSONNE_PUBLIQUE, vehicule=False)
    with pytest.raises(DonneeInvalide, match="elle court jusqu’au"):
        ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif="PRESCRIT", explication="Trop tard.")
    with pytest.raises(DonneeInvalide, match="Choisissez un motif"):
        ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif="LASSITUDE", explication="Non.")
    Sinistre.objects.filter(branches=branche).update(survenance=dt.date(2015, 3, 1))
    ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif="PRESCRIT", explication="Découvert trop tard.")
    assert relire(branche).etat == EtatRecours.PRESCRIT


def test_a_recours_with_money_was_not_opened_by_mistake(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    argent.encaisser(acteur=m.payeur, branche=branche, recu_le=today(), montant=Decimal("10.00"), reference="V")
    with pytest.raises(Erreur, match="attend d’être réparti"):
        ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif="INSOLVABLE", explication="Faillite.")
    automates.balayer()
    with pytest.raises(DonneeInvalide, match="De l’argent"):
        ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif="ERREUR", explication="Erreur.")
    ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif="INSOLVABLE", explication="Faillite.")
    assert eu(branche) == {
        ("TRAITEMENTS", A): Decimal("6.00"),
        ("TRAITEMENTS", C): Decimal("3.00"),
        ("FRAIS_MEDICAUX", A): Decimal("1.00"),
    }
