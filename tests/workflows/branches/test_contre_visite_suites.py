"""The contre-visite: opinion, conclusions, and the days that only the employer stops paying (domain: §5.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Etat, GenreEcheance, GenreTache, MotifCloture, OrigineBranche
from cases.enums_contre_visite import EXAMINES
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, GardeNonSatisfaite, TransitionImpossible
from cases.models import Branche, Echeance, InterruptionVersement, Sinistre
from journal.models import Contenu
from tests import factories as f
from tests.contre_visites import R, S, avis, conclusions, convoquee, decider, honoraires, ouvertes, terminee
from workflows import automates, lifecycle, payments
from workflows.branches.contre_visite import actes, decision, demande
from workflows.demande import Demande

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


@pytest.fixture
def branche(m: f.Monde, dossier: Sinistre) -> Branche:
    return demande.demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")


# -- Opinion and conclusions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resultat", "dans", "decalage", "champ"),
    [
        ("GUERI", None, 0, "resultat"),
        (R.JUSTIFIE, None, 1, "recu_le"),
        (R.JUSTIFIE, None, -2, "recu_le"),
        (R.JUSTIFIE, 0, 0, "resultat_date"),
        (R.REFUS, 0, 0, "resultat_date"),
        (R.JUSTIFIE_JUSQU_AU, None, 0, "resultat_date"),
        (R.NON_JUSTIFIE_REPRISE, None, 0, "resultat_date"),
        (R.NON_JUSTIFIE_REPRISE, -1, 0, "resultat_date"),
        (R.JUSTIFIE_JUSQU_AU, 400, 0, "resultat_date"),
    ],
)
def test_a_bad_opinion(m: f.Monde, branche: Branche, resultat: str, dans: int | None, decalage: int, champ: str) -> None:
    convoquee(m, branche)
    jour = timezone.localdate() + dt.timedelta(days=dans) if dans is not None else None
    with pytest.raises(DonneeInvalide) as refus:
        actes.recevoir_avis(
            acteur=m.gestionnaire,
            branche=branche,
            resultat=resultat,
            recu_le=timezone.now() + dt.timedelta(hours=decalage),
            resultat_date=jour,
        )
    assert set(refus.value.champs) == {champ}
    assert ouvertes(branche) == {GenreTache.CV_AVIS}


def test_conclusions_say_nothing_medical_unless_a_reason_is_given(m: f.Monde, branche: Branche) -> None:
    convoquee(m, branche)
    avis(m, branche, R.JUSTIFIE)
    aujourd_hui = timezone.localdate()
    with pytest.raises(AlerteAConfirmer) as alerte:
        actes.recevoir_conclusions(acteur=m.gestionnaire, branche=branche, texte="Suites d’une entorse.", recues_le=aujourd_hui)
    assert "entorse" not in alerte.value.message
    with pytest.raises(DonneeInvalide):
        actes.recevoir_conclusions(acteur=m.gestionnaire, branche=branche, texte=" ", recues_le=aujourd_hui)
    with pytest.raises(DonneeInvalide):
        actes.recevoir_conclusions(
            acteur=m.gestionnaire, branche=branche, texte="Arrêt justifié.", recues_le=aujourd_hui + dt.timedelta(days=1)
        )
    actes.recevoir_conclusions(
        acteur=m.gestionnaire, branche=branche, texte="Arrêt justifié, entorse.", recues_le=aujourd_hui, raison="USAGE"
    )
    assert "entorse" not in str(list(Contenu.objects.values_list("donnees", flat=True)))


def test_a_dossier_does_not_close_before_its_contre_visite(m: f.Monde, branche: Branche, dossier: Sinistre) -> None:
    lifecycle.transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    with pytest.raises(GardeNonSatisfaite, match="contre-visite"):
        lifecycle.transiter(
            acteur=m.gestionnaire, numero=dossier.numero, nom="clore",
            demande=Demande(motif=MotifCloture.SANS_SUITE, date_effet=timezone.localdate()),
        )  # fmt: skip


# -- Decision and interruption --------------------------------------------------------------------------------------------------------


def jusqu_a_la_decision(m: f.Monde, branche: Branche, resultat: str) -> None:
    convoquee(m, branche)
    avis(m, branche, resultat)
    if resultat in EXAMINES:
        conclusions(m, branche)


@pytest.mark.parametrize(
    ("resultat", "champs", "champ"),
    [
        (R.REPRISE_AMENAGEE, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0}, "suite"),
        (R.JUSTIFIE_JUSQU_AU, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0}, "suite"),
        (R.REFUS, {"suite": S.REPRISE, "a_compter_du": 0}, "suite"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": "PUNIR"}, "suite"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": S.REPRISE}, "a_compter_du"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": -1}, "a_compter_du"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": S.SANS_SUITE, "le": 1}, "le"),
        (R.NON_JUSTIFIE_REPRISE, {"suite": S.SANS_SUITE, "le": -1}, "le"),
        (R.REFUS, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0, "volonte_etablie": True}, "justification_demandee_le"),
        (R.REFUS, {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0, "justification_demandee_le": 0}, "volonte_etablie"),
        (
            R.NON_PRESENTE,
            {"suite": S.INTERRUPTION_VERSEMENT, "a_compter_du": 0, "justification_demandee_le": -1, "volonte_etablie": True},
            "justification_demandee_le",
        ),
    ],
)
def test_a_decision_that_nothing_allows(m: f.Monde, branche: Branche, resultat: str, champs: dict[str, Any], champ: str) -> None:
    jusqu_a_la_decision(m, branche, resultat)
    aujourd_hui = timezone.localdate()
    lus: dict[str, Any] = {k: aujourd_hui + dt.timedelta(days=v) if type(v) is int else v for k, v in champs.items()}
    with pytest.raises(DonneeInvalide) as refus:
        decider(m, branche, **lus)
    assert set(refus.value.champs) == {champ}
    assert not InterruptionVersement.objects.exists()


def test_the_opinion_alone_stops_no_payment(m: f.Monde, branche: Branche, dossier: Sinistre) -> None:
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    automates.balayer()
    assert not InterruptionVersement.objects.exists()
    decompte = _typed(m, dossier, dossier.survenance, timezone.localdate())
    assert decompte.montant == 100


def _typed(m: f.Monde, dossier: Sinistre, debut: dt.date, fin: dt.date, **champs: Any) -> Any:
    lus: dict[str, Any] = {"montant": Decimal("100"), "explication": "Essai"} | champs
    return payments.saisir_decompte(acteur=m.gestionnaire, numero=dossier.numero, debut=debut, fin=fin, **lus)


def test_days_interrupted_by_the_employer_are_not_paid_until_he_lifts_it(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    jour = dt.timedelta(days=1)
    aujourd_hui = timezone.localdate()
    avant = _typed(m, dossier, dossier.survenance, dossier.survenance + jour)
    a_cheval = _typed(m, dossier, aujourd_hui - 2 * jour, aujourd_hui + jour)
    approuve = _typed(m, dossier, aujourd_hui + 2 * jour, aujourd_hui + 3 * jour)
    payments.approuver_decompte(acteur=m.payeur, decompte_id=approuve.pk)
    jusqu_a_la_decision(m, branche, R.REFUS)
    decider(
        m, branche, S.INTERRUPTION_VERSEMENT, a_compter_du=aujourd_hui, justification_demandee_le=aujourd_hui, volonte_etablie=True
    )  # fmt: skip
    assert not InterruptionVersement.objects.exists()
    automates.balayer()
    automates.balayer()
    assert InterruptionVersement.objects.count() == 1
    with pytest.raises(TransitionImpossible, match="interrompu"):
        payments.approuver_decompte(acteur=m.payeur, decompte_id=a_cheval.pk)
    with pytest.raises(TransitionImpossible, match="interrompu"):
        payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[approuve.pk])
    payments.approuver_decompte(acteur=m.payeur, decompte_id=avant.pk)
    with pytest.raises(DonneeInvalide, match="interrompu"):
        _typed(m, dossier, aujourd_hui + 4 * jour, aujourd_hui + 5 * jour)
    _typed(m, dossier, avant.debut, avant.fin, corrige=avant, montant=Decimal("-10"))
    for mauvais in (aujourd_hui - jour, aujourd_hui + jour):
        with pytest.raises(DonneeInvalide):
            decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=mauvais, motif="Justifié")
    with pytest.raises(DonneeInvalide):
        decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=aujourd_hui, motif="")
    for qui in (m.payeur, m.mairie2, m.assureur):
        with pytest.raises(Refus):
            decision.lever_interruption(acteur=qui, branche=branche, reprise_le=aujourd_hui, motif="Justifié")
    with time_machine.travel(timezone.now() + 4 * jour, tick=False):
        decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=aujourd_hui + 4 * jour, motif="Justifié")
        _typed(m, dossier, aujourd_hui + 4 * jour, aujourd_hui + 5 * jour)
        with pytest.raises(TransitionImpossible, match="interrompu"):
            payments.approuver_decompte(acteur=m.payeur, decompte_id=a_cheval.pk)  # its days stay unpaid
        with pytest.raises(Erreur, match="aucun versement"):
            decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=aujourd_hui, motif="Encore")


def test_valider_waits_while_all_that_is_left_is_interrupted(m: f.Monde) -> None:
    debut = timezone.localdate() - dt.timedelta(days=20)
    dossier = f.sinistre(m, arret=f.arret_demande(debut, jours=20))
    lifecycle.ajouter_arret(acteur=m.mairie, numero=dossier.numero, arret=f.arret_demande(timezone.localdate(), jours=20))
    f.complete_pieces(dossier, m.gestionnaire)
    premier = dossier.arrets.order_by("debut")[0]
    _typed(m, dossier, premier.debut, premier.fin, arret=premier)
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="PROLONGATION")
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    decider(m, branche, S.INTERRUPTION_VERSEMENT, a_compter_du=timezone.localdate())
    automates.balayer()
    with pytest.raises(GardeNonSatisfaite, match="interrompu le versement"):
        lifecycle.transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")
    decision.lever_interruption(acteur=m.gestionnaire, branche=branche, reprise_le=timezone.localdate(), motif="Décision rapportée")
    lifecycle.transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")


def test_a_dossier_is_rembourse_without_the_days_that_are_interrupted(m: f.Monde) -> None:
    debut = timezone.localdate() - dt.timedelta(days=20)
    dossier = f.sinistre(m, arret=f.arret_demande(debut, jours=20))
    lifecycle.ajouter_arret(acteur=m.mairie, numero=dossier.numero, arret=f.arret_demande(timezone.localdate(), jours=20))
    f.complete_pieces(dossier, m.gestionnaire)
    lifecycle.transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")
    premier = dossier.arrets.order_by("debut")[0]
    decompte = _typed(m, dossier, premier.debut, premier.fin, arret=premier)
    branche = demande.demander(acteur=m.mairie, sinistre=dossier, motif="PROLONGATION")
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    decider(m, branche, S.INTERRUPTION_VERSEMENT, a_compter_du=timezone.localdate())
    automates.balayer()
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[decompte.pk])
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-1")
    assert Sinistre.objects.get(pk=dossier.pk).etat == Etat.REMBOURSE


def test_an_agent_told_to_resume_is_asked_for_his_return(m: f.Monde, branche: Branche, dossier: Sinistre) -> None:
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    reprise = timezone.localdate() + dt.timedelta(days=2)
    decider(m, branche, S.REPRISE, a_compter_du=reprise)
    automates.balayer()
    attendue = Echeance.objects.get(sinistre=dossier, genre=GenreEcheance.REPRISE_ATTENDUE, levee_le__isnull=True)
    assert timezone.localtime(attendue.due_at).date() == reprise + dt.timedelta(days=8)


@pytest.mark.parametrize("qui", ["mairie2", "payeur", "assureur", "medecin", "admin"])
def test_who_may_not_decide_nor_contest(m: f.Monde, branche: Branche, qui: str) -> None:
    jusqu_a_la_decision(m, branche, R.NON_JUSTIFIE_REPRISE)
    with pytest.raises(Refus):
        decider(m, branche, S.MAINTIEN, par=m.people[qui])
    with pytest.raises(Refus):
        decision.contester(acteur=m.people[qui], branche=branche, par="AGENT", le=timezone.localdate())


# -- Contestation ---------------------------------------------------------------------------------------------------------------------


def test_conclusions_are_contested_without_any_delay_even_once_it_is_over(m: f.Monde, branche: Branche) -> None:
    convoquee(m, branche)
    avis(m, branche, R.JUSTIFIE)
    with pytest.raises(Erreur, match="rien à contester"):
        decision.contester(acteur=m.mairie, branche=branche, par="AGENT", le=timezone.localdate())
    conclusions(m, branche)
    honoraires(m, branche)
    assert terminee(branche)
    with time_machine.travel(timezone.now() + dt.timedelta(days=400), tick=False):
        aujourd_hui = timezone.localdate()
        for par, le, champ in (("MAIRE", aujourd_hui, "par"), ("AGENT", aujourd_hui + dt.timedelta(days=1), "le"),
                               ("AGENT", aujourd_hui - dt.timedelta(days=500), "le")):  # fmt: skip
            with pytest.raises(DonneeInvalide) as refus:
                decision.contester(acteur=m.mairie, branche=branche, par=par, le=le)
            assert set(refus.value.champs) == {champ}
        ouverte = decision.contester(acteur=m.mairie, branche=branche, par="AGENT", le=aujourd_hui)
        assert (ouverte.genre, ouverte.saisine.objet, ouverte.origine) == ("SAISINE", "CONTESTATION_CONTRE_VISITE", OrigineBranche.AGENT)
        with pytest.raises(Erreur, match="déjà contestée"):
            decision.contester(acteur=m.gestionnaire, branche=branche, par="COLLECTIVITE", le=aujourd_hui)


# -- Fees -----------------------------------------------------------------------------------------------------------------------------


def test_no_fees_need_a_reason(m: f.Monde, branche: Branche) -> None:
    convoquee(m, branche)
    avis(m, branche, R.REFUS)
    with pytest.raises(DonneeInvalide):
        actes.sans_honoraires(acteur=m.gestionnaire, branche=branche, motif=" ")
    with pytest.raises(Refus):
        actes.sans_honoraires(acteur=m.mairie, branche=branche, motif="Rien")
    assert ouvertes(branche) == {GenreTache.CV_DECISION, GenreTache.CV_HONORAIRES}
