"""The recours contre tiers: every path walked to its end, every refusal, the clock, the money."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone
from viewflow.workflow.models import Task

from accounts.gate import Refus
from cases.enums import Canal, EtatBranche, GenreBranche, GenreEcheance, GenreTache, OrigineBranche
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Branche, Echeance, Sinistre, Tache
from contracts.enums import Nature, RepartitionRecours
from contracts.models import ContratGroupe
from documents.services import listes
from documents.services.checklist import asked
from indemnities.enums import EtatRecours, MandatRecours, QualiteTiers, SorteMontant
from indemnities.models import EncaissementRecours, PartRecours, RecoursTiers
from indemnities.selectors_recours import lignes, montants_de, prescription_de, recouvrements_par_exercice
from indemnities.services.recours import repartir_encaissements
from journal.models import Entree
from portal.collectivite.forms import CirconstancesForm
from tests.documents.test_bascule import LINE
from tests.factories import Monde, agent, monde, sinistre
from workflows import automates, moteur
from workflows.branches.recours import argent, detection, negociation, ouverture
from workflows.branches.recours.ouverture import Tiers
from workflows.coherence import anomalies
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db

A, C = "ASSUREUR", "COLLECTIVITE"
MONTANTS = {
    ("TRAITEMENTS", A): Decimal("600.00"),
    ("TRAITEMENTS", C): Decimal("300.00"),
    ("FRAIS_MEDICAUX", A): Decimal("100.00"),
}
RAISONS = {"TRAITEMENTS": "paie du mois", "FRAIS_MEDICAUX": "factures", "CHARGES_PATRONALES": "non dues", "FRANCHISE": "sans objet"}


def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture
def m() -> Monde:
    return monde()


@pytest.fixture
def branche(m: Monde) -> Branche:
    return detecte(m)


def detecte(m: Monde, nature: str = Nature.AS, **champs: Any) -> Branche:
    dossier = sinistre(m, nature, de=agent(m.collectivite), tiers_possible=True, **champs)
    return Branche.objects.get(sinistre=dossier, genre=GenreBranche.RECOURS)


def tiers(**champs: Any) -> Tiers:
    valeurs: dict[str, Any] = {
        "nom": "Transports Bonnafous",
        "qualite": QualiteTiers.ENTREPRISE,
        "vehicule": True,
        "mandat": MandatRecours.COMMUN,
        "mandat_du": today(),
        "assureur": "Mutuelle des routes",
        "reference": "S-2026-77",
    }
    return Tiers(**valeurs | champs)


def relire(branche: Branche) -> RecoursTiers:
    return RecoursTiers.objects.select_related("branche", "sinistre__contrat").get(branche=branche)


def ouvertes(branche: Branche) -> set[str]:
    return set(Tache.objects.filter(sinistre=branche.sinistre, objet_type="etape", fermee_le__isnull=True).values_list("genre", flat=True))


def jusqu_a_reclamer(m: Monde, branche: Branche, **champs: Any) -> None:
    ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=True, constat="Heurté par un camion à l’arrêt.")
    ouverture.identifier(acteur=m.gestionnaire, branche=branche, tiers=tiers(**champs))
    automates.balayer()


def reclamer(m: Monde, branche: Branche, montants: dict[Any, Decimal] | None = None, **champs: Any) -> None:
    negociation.reclamer(
        acteur=m.gestionnaire, branche=branche, le=today(), montants=MONTANTS if montants is None else montants, raisons=RAISONS, **champs
    )


def jusqu_a_l_offre(m: Monde, branche: Branche, **champs: Any) -> None:
    jusqu_a_reclamer(m, branche, **champs)
    reclamer(m, branche)


def jusqu_a_l_accord(m: Monde, branche: Branche, offre: dict[str, Decimal] | None = None, globale: Decimal | None = None) -> None:
    jusqu_a_l_offre(m, branche)
    negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants=offre or {}, globale=globale)
    negociation.accepter(acteur=m.gestionnaire, branche=branche, le=today())


def encaisser(m: Monde, branche: Branche, montant: str, reference: str = "VIR-1", **champs: Any) -> None:
    argent.encaisser(acteur=m.payeur, branche=branche, recu_le=today(), montant=Decimal(montant), reference=reference, **champs)
    automates.balayer()


def fin_de(branche: Branche, issue: str = "ENCAISSE") -> None:
    branche.refresh_from_db()
    assert (branche.etat, branche.issue) == (EtatBranche.TERMINEE, issue)
    assert ouvertes(branche) == set()
    assert not Echeance.objects.filter(etape__process=branche.processus_id, traitee_le__isnull=True, levee_le__isnull=True).exists()
    assert anomalies() == []


def eu(branche: Branche) -> dict[tuple[str, str], Decimal]:
    return {(li.poste, li.beneficiaire): li.reparti for li in lignes(relire(branche)) if li.reparti}


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


# -- Refusals of steps --------------------------------------------------------------------------------------------------------


def test_the_steps_belong_to_the_cdg_and_the_money_to_the_payeur_too(m: Monde, branche: Branche) -> None:
    for qui in ("mairie", "mairie2", "payeur", "assureur", "medecin", "admin"):
        with pytest.raises(Refus):
            ouverture.qualifier(acteur=m.people[qui], branche=branche, responsable=True, constat="Oui.")
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    for qui in ("mairie", "assureur", "medecin"):
        with pytest.raises(Refus):
            argent.encaisser(acteur=m.people[qui], branche=branche, recu_le=today(), montant=Decimal("10.00"), reference="V")
        with pytest.raises(Refus):
            ouverture.abandonner(acteur=m.people[qui], branche=branche, motif="MONTANT", explication="Non.")
    with pytest.raises(moteur.EtapeFermee):
        reclamer(m, branche)


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"nom": " "}, "nom"),
        ({"qualite": QualiteTiers.INCONNU}, "qualite"),
        ({"qualite": "ROI"}, "qualite"),
        ({"mandat": ""}, "mandat"),
        ({"mandat_du": None}, "mandat_du"),
        ({"mandat_du": dt.date(2999, 1, 1)}, "mandat_du"),
        ({"reference": "x" * 61}, "reference"),
    ],
)
def test_a_third_party_is_described(m: Monde, branche: Branche, champs: dict[str, Any], champ: str) -> None:
    ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=True, constat="Un camion.")
    with pytest.raises(DonneeInvalide) as error:
        ouverture.identifier(acteur=m.gestionnaire, branche=branche, tiers=tiers(**champs))
    assert list(error.value.champs) == [champ]
    assert ouvertes(branche) == {GenreTache.RC_TIERS}


@pytest.mark.parametrize(
    ("change", "champ"),
    [
        ({"le": dt.date(2999, 1, 1)}, "le"),
        ({"le": dt.date(2000, 1, 1)}, "le"),
        ({"montants": {("FRANCHISE", A): Decimal(1)}}, "franchise_assureur"),
        ({"montants": {("CAPITAL_DECES", A): Decimal(1)}}, "capital_deces_assureur"),
        ({"montants": {("TRAITEMENTS", A): Decimal("1.001")}}, "traitements_assureur"),
        ({"montants": {("TRAITEMENTS", A): Decimal("NaN")}}, "traitements_assureur"),
        ({"montants": {("TRAITEMENTS", A): Decimal("1e9")}}, "traitements_assureur"),
        ({"montants": {}}, ""),
        ({"raisons": {}}, "raison_traitements"),
        ({"assigne_le": dt.date(2999, 1, 1), "juridiction": "TJ"}, "assigne_le"),
        ({"assigne_le": None, "juridiction": ""}, None),
        ({"assigne_le": "le"}, "juridiction"),
    ],
)
def test_a_claim_is_checked(m: Monde, branche: Branche, change: dict[str, Any], champ: str | None) -> None:
    jusqu_a_reclamer(m, branche)
    if change.get("assigne_le") == "le":
        change = {"assigne_le": today(), "juridiction": " "}
    valeurs: dict[str, Any] = {"le": today(), "montants": MONTANTS, "raisons": RAISONS} | change
    if champ is None:
        negociation.reclamer(acteur=m.gestionnaire, branche=branche, **valeurs)
        return
    with pytest.raises(DonneeInvalide) as error:
        negociation.reclamer(acteur=m.gestionnaire, branche=branche, **valeurs)
    assert champ in error.value.champs
    assert relire(branche).reclame_le is None
    assert not relire(branche).montants.filter(sorte=SorteMontant.RECLAME).exists()


@pytest.mark.parametrize(
    ("offre", "globale", "champ"),
    [
        ({}, None, "globale"),
        ({"TRAITEMENTS": Decimal(1)}, Decimal(1), "globale"),
        ({"TRAITEMENTS": Decimal("900.01")}, None, "traitements"),
        ({"FRANCHISE": Decimal(1)}, None, "franchise"),
        ({"TRAITEMENTS": Decimal(-1)}, None, "traitements"),
        ({}, Decimal("1000.01"), "globale"),
        ({}, Decimal("0.001"), "globale"),
    ],
)
def test_an_offer_is_checked(m: Monde, branche: Branche, offre: dict[str, Decimal], globale: Decimal | None, champ: str) -> None:
    jusqu_a_l_offre(m, branche)
    with pytest.raises(DonneeInvalide) as error:
        negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants=offre, globale=globale)
    assert list(error.value.champs) == [champ]


def test_an_offer_is_awaited_before_it_is_answered(m: Monde, branche: Branche) -> None:
    jusqu_a_l_offre(m, branche)
    with pytest.raises(Erreur, match="Aucune offre"):
        negociation.accepter(acteur=m.gestionnaire, branche=branche, le=today())
    with pytest.raises(Erreur, match="Aucune offre"):
        negociation.refuser(acteur=m.gestionnaire, branche=branche, motif="Non.")
    negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants={}, globale=Decimal("10.00"))
    with pytest.raises(DonneeInvalide, match="à venir"):
        negociation.accepter(acteur=m.gestionnaire, branche=branche, le=today() + dt.timedelta(days=1))
    # A later offer replaces the first, whole.
    negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants={"FRAIS_MEDICAUX": Decimal("20.00")})
    offerts = {cle: montant for cle, montant in montants_de(relire(branche), SorteMontant.OFFERT).items() if montant}
    assert offerts == {("FRAIS_MEDICAUX", A): Decimal("20.00")}


# -- Chiffrage ----------------------------------------------------------------------------------------------------------------


def test_what_the_employer_declares_is_claimed(m: Monde, branche: Branche) -> None:
    depenses = {("CHARGES_PATRONALES", C): Decimal("123.45"), ("FRANCHISE", C): Decimal("0.00")}
    ouverture.declarer_depenses(acteur=m.mairie, branche=branche, montants=depenses)
    for qui in ("mairie2", "payeur", "assureur"):
        with pytest.raises(Refus):
            ouverture.declarer_depenses(acteur=m.people[qui], branche=branche, montants=depenses)
    for mauvais in ({}, {("TRAITEMENTS", A): Decimal(1)}, {("TRAITEMENTS", C): Decimal(-1)}):
        with pytest.raises(DonneeInvalide):
            ouverture.declarer_depenses(acteur=m.mairie, branche=branche, montants=mauvais)
    jusqu_a_reclamer(m, branche)
    assert montants_de(relire(branche), SorteMontant.PROPOSE)[("CHARGES_PATRONALES", C)] == Decimal("123.45")
    reclamer(m, branche)
    with pytest.raises(TransitionImpossible):
        ouverture.declarer_depenses(acteur=m.mairie, branche=branche, montants=depenses)


def test_for_the_collectivite_alone_nothing_of_the_insurer_is_claimed(m: Monde, branche: Branche) -> None:
    jusqu_a_reclamer(m, branche, mandat=MandatRecours.COLLECTIVITE, mandat_du=None)
    with pytest.raises(DonneeInvalide) as error:
        reclamer(m, branche)
    assert {"traitements_assureur", "frais_medicaux_assureur"} <= set(error.value.champs)
    reclamer(m, branche, {("TRAITEMENTS", C): Decimal("300.00")})


def test_the_third_party_is_corrected_while_it_runs(m: Monde, branche: Branche) -> None:
    with pytest.raises(TransitionImpossible):
        ouverture.corriger_tiers(acteur=m.gestionnaire, branche=branche, tiers=tiers())
    jusqu_a_l_offre(m, branche)
    with pytest.raises(DonneeInvalide, match="La réclamation est faite"):
        ouverture.corriger_tiers(acteur=m.gestionnaire, branche=branche, tiers=tiers(mandat=MandatRecours.COLLECTIVITE))
    publique = tiers(nom="Métropole", qualite=QualiteTiers.PERSONNE_PUBLIQUE, vehicule=False)
    ouverture.corriger_tiers(acteur=m.gestionnaire, branche=branche, tiers=publique)
    assert (relire(branche).tiers_nom, relire(branche).etat) == ("Métropole", EtatRecours.RECLAME)
    assert alarme(branche).due_at.date() == dt.date(today().year + 2, 12, 31)


# -- The clock ----------------------------------------------------------------------------------------------------------------


def alarme(branche: Branche) -> Echeance:
    return Echeance.objects.get(
        etape__process=branche.processus_id, genre=GenreEcheance.RC_PRESCRIPTION, traitee_le__isnull=True, levee_le__isnull=True
    )


def sonner(branche: Branche) -> None:
    Echeance.objects.filter(pk=alarme(branche).pk).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    automates.balayer()


def test_the_clock_follows_the_third_party_the_claim_and_the_consolidation(m: Monde, branche: Branche) -> None:
    dossier = relire(branche).sinistre
    assert alarme(branche).due_at.date() == dossier.survenance.replace(year=dossier.survenance.year + 1)  # asks for the consolidation
    ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=True, constat="Un camion.")
    publique = tiers(qualite=QualiteTiers.PERSONNE_PUBLIQUE, vehicule=False)
    ouverture.identifier(acteur=m.gestionnaire, branche=branche, tiers=publique)
    assert prescription_de(relire(branche), dossier).fin == dt.date(dossier.survenance.year + 4, 12, 31)
    assert alarme(branche).due_at.date() == dt.date(dossier.survenance.year + 2, 12, 31)
    ouverture.corriger_tiers(acteur=m.gestionnaire, branche=branche, tiers=tiers(vehicule=True))
    Sinistre.objects.filter(pk=dossier.pk).update(consolidation=dossier.survenance)
    dossier = Sinistre.objects.get(pk=dossier.pk)
    detection.recaler_dossier(dossier)
    assert alarme(branche).due_at.date() == dossier.survenance.replace(year=dossier.survenance.year + 8)
    assert Task.objects.get(echeance=alarme(branche)).scheduled == alarme(branche).due_at
    assert anomalies() == []


def test_a_warning_is_answered_and_the_next_one_set(m: Monde, branche: Branche) -> None:
    jusqu_a_l_offre(m, branche)
    sonner(branche)
    assert ouvertes(branche) == {GenreTache.RC_OFFRE, GenreTache.RC_PRESCRIPTION}
    with pytest.raises(DonneeInvalide, match="avant la prescription"):
        ouverture.voir_alerte(acteur=m.gestionnaire, branche=branche, suite=" ")
    with pytest.raises(Refus):
        ouverture.voir_alerte(acteur=m.mairie, branche=branche, suite="Oui.")
    ouverture.voir_alerte(acteur=m.gestionnaire, branche=branche, suite="L’avocat est saisi.")
    assert ouvertes(branche) == {GenreTache.RC_OFFRE}
    assert alarme(branche).due_at.date() > today()
    assert anomalies() == []


@pytest.mark.parametrize("par_l_assignation", [False, True])
def test_a_warning_that_nobody_answers_goes_to_the_responsable(m: Monde, branche: Branche, par_l_assignation: bool) -> None:
    jusqu_a_l_offre(m, branche)
    sonner(branche)
    sonner(branche)  # the delay to answer
    automates.balayer()
    assert Tache.objects.filter(genre=GenreTache.ESCALADE, objet_id=branche.pk, fermee_le__isnull=True).exists()
    assert GenreTache.RC_PRESCRIPTION in ouvertes(branche)
    assert anomalies() == []
    if par_l_assignation:
        negociation.assigner(acteur=m.gestionnaire, branche=branche, le=today(), juridiction="TJ")
    else:
        ouverture.voir_alerte(acteur=m.gestionnaire, branche=branche, suite="L’avocat est saisi.")
    assert not Tache.objects.filter(genre=GenreTache.ESCALADE, fermee_le__isnull=True).exists()
    assert anomalies() == []


def test_a_warning_answered_before_the_worker_comes_goes_to_nobody(m: Monde, branche: Branche) -> None:
    jusqu_a_l_offre(m, branche)
    sonner(branche)
    sonner(branche)  # the delay to answer: what follows waits for its worker
    ouverture.voir_alerte(acteur=m.gestionnaire, branche=branche, suite="L’avocat est saisi.")
    automates.balayer()
    assert not Tache.objects.filter(genre=GenreTache.ESCALADE).exists()
    assert anomalies() == []


def test_the_last_warning_seen_leaves_the_recours_running(m: Monde, branche: Branche) -> None:
    jusqu_a_l_offre(m, branche)
    Sinistre.objects.filter(branches=branche).update(survenance=dt.date(2010, 1, 1), consolidation=dt.date(2010, 6, 1))
    sonner(branche)
    ouverture.voir_alerte(acteur=m.gestionnaire, branche=branche, suite="Le tiers paie malgré tout.")
    assert ouvertes(branche) == {GenreTache.RC_OFFRE}
    assert anomalies() == []
    negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants={}, globale=Decimal("10.00"))
    negociation.accepter(acteur=m.gestionnaire, branche=branche, le=today())
    encaisser(m, branche, "10.00", dernier=True)
    fin_de(branche)


@pytest.mark.parametrize("ouverte", [False, True])
def test_a_suit_stops_the_clock_even_while_a_warning_is_open(m: Monde, branche: Branche, ouverte: bool) -> None:
    jusqu_a_l_offre(m, branche)
    if ouverte:
        sonner(branche)
    negociation.assigner(acteur=m.gestionnaire, branche=branche, le=today(), juridiction="TJ")
    assert ouvertes(branche) == {GenreTache.RC_JUGEMENT}
    assert not Echeance.objects.filter(etape__process=branche.processus_id, traitee_le__isnull=True, levee_le__isnull=True).exists()
    with pytest.raises(DonneeInvalide, match="a arrêté la prescription"):
        ouverture.abandonner(acteur=m.gestionnaire, branche=branche, motif="PRESCRIT", explication="Non.")
    assert anomalies() == []


# -- Money --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "attendu"),
    [
        (RepartitionRecours.PRORATA, {("TRAITEMENTS", A): "300", ("TRAITEMENTS", C): "150", ("FRAIS_MEDICAUX", A): "50"}),
        (RepartitionRecours.ASSUREUR, {("TRAITEMENTS", A): "428.57", ("FRAIS_MEDICAUX", A): "71.43"}),
        (RepartitionRecours.COLLECTIVITE, {("TRAITEMENTS", C): "300", ("TRAITEMENTS", A): "171.43", ("FRAIS_MEDICAUX", A): "28.57"}),
    ],
)
def test_the_contract_says_who_is_served_first(m: Monde, mode: str, attendu: dict[tuple[str, str], str]) -> None:
    ContratGroupe.objects.filter(pk=m.contrat.pk).update(repartition_recours=mode)
    branche = detecte(m)
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "500.00", dernier=True)
    assert eu(branche) == {cle: Decimal(montant) for cle, montant in attendu.items()}
    exercice = relire(branche).exercice
    totaux = {b: sum((Decimal(v) for (_, qui), v in attendu.items() if qui == b), Decimal(0)) for b in (A, C)}
    assert recouvrements_par_exercice(m.gestionnaire, m.contrat) == {exercice: totaux}
    assert recouvrements_par_exercice(m.mairie2, m.contrat) == {}


@pytest.mark.parametrize(
    ("change", "champ"),
    [
        ({"recu_le": dt.date(2999, 1, 1)}, "recu_le"),
        ({"recu_le": dt.date(2001, 1, 1)}, "recu_le"),
        ({"montant": Decimal(0)}, "montant"),
        ({"montant": Decimal(-5)}, "montant"),
        ({"montant": Decimal("1.005")}, "montant"),
        ({"montant": Decimal("Infinity")}, "montant"),
        ({"reference": "  "}, "reference"),
        ({"reference": "VIR-1"}, "reference"),
        ({"poste": "FRANCHISE"}, "poste"),
    ],
)
def test_a_payment_is_checked(m: Monde, branche: Branche, change: dict[str, Any], champ: str) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "10.00")
    valeurs: dict[str, Any] = {"recu_le": today(), "montant": Decimal(5), "reference": "VIR-2"} | change
    with pytest.raises(DonneeInvalide) as error:
        argent.encaisser(acteur=m.payeur, branche=branche, **valeurs)
    assert list(error.value.champs) == [champ]
    assert EncaissementRecours.objects.count() == 1


def test_a_payment_for_one_poste_goes_there(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("1000.00"))
    encaisser(m, branche, "90.00", poste="TRAITEMENTS")
    assert eu(branche) == {("TRAITEMENTS", A): Decimal("60.00"), ("TRAITEMENTS", C): Decimal("30.00")}


def test_a_payment_undone_is_given_back_by_each(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "33.33")
    premier = EncaissementRecours.objects.get()
    with pytest.raises(DonneeInvalide, match="pourquoi"):
        argent.annuler_encaissement(acteur=m.payeur, branche=branche, encaissement_id=premier.pk, motif="")
    with pytest.raises(DonneeInvalide, match="de ce recours"):
        argent.annuler_encaissement(acteur=m.payeur, branche=branche, encaissement_id=premier.pk + 1, motif="Rejet.")
    argent.annuler_encaissement(acteur=m.payeur, branche=branche, encaissement_id=premier.pk, motif="Chèque rejeté.")
    automates.balayer()
    assert eu(branche) == {}
    assert sum(PartRecours.objects.values_list("montant", flat=True)) == 0
    with pytest.raises(Erreur, match="déjà annulé"):
        argent.annuler_encaissement(acteur=m.payeur, branche=branche, encaissement_id=premier.pk, motif="Encore.")
    with pytest.raises(Erreur, match="Rien n’a été encaissé"):
        argent.solder(acteur=m.payeur, branche=branche, motif="Fini.")
    encaisser(m, branche, "33.33", dernier=True)  # the same reference may come again
    fin_de(branche)


def test_splitting_twice_changes_nothing(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "33.33")
    assert repartir_encaissements(recours=relire(branche), mode=RepartitionRecours.PRORATA) == 0
    assert sum(PartRecours.objects.values_list("montant", flat=True)) == Decimal("33.33")


def test_rows_of_money_are_never_changed(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "33.33")
    for rows in (EncaissementRecours.objects.all(), PartRecours.objects.all(), relire(branche).montants.all()):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            rows.update(montant=Decimal(1))
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            rows._raw_delete("default")


def test_the_journal_tells_amounts_and_no_name(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "500.00", dernier=True)
    entrees = Entree.objects.filter(sinistre_id=branche.sinistre_id, action__startswith="recours.").select_related("contenu").order_by("pk")
    dits = [(e.action, e.contenu.donnees.get("montant")) for e in entrees]
    assert dits == [
        ("recours.chiffre", None),
        ("recours.reclame", "1000.00"),
        ("recours.offre", "500.00"),
        ("recours.accord", "500.00"),
        ("recours.encaisse", "500.00"),
        ("recours.reparti", "500.00"),
    ]
    assert "Bonnafous" not in str([e.contenu.donnees for e in entrees])
