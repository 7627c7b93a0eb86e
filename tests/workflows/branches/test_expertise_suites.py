"""What an expertise does to its dossier: what waits, what is asked of whom, what is kept, what stops being paid."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Etat, GenreEcheance, GenreTache
from cases.enums_expertise import ButExpertise, CodeReponse, DecisionExpertise
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Echeance, InterruptionVersement, Sinistre, Tache
from cases.rules import add_months
from cases.services.interruptions import interruptions_de, touching
from tests import factories as f
from tests.dehors import dehors
from tests.expertises import NON, OUI, conclue, decide, rendue
from tests.medical.dossiers import declare
from workflows.branches.expertise import decision
from workflows.branches.expertise.bulle import Reponse
from workflows.branches.recours.ouverture import demander as ouvrir_recours
from workflows.demande import ArretDemande, Demande
from workflows.effects import REPRISE_DELAY
from workflows.guards import guard_rouvrir_rechute, guard_valider
from workflows.lifecycle import transiter
from workflows.suites import terminer

pytestmark = [pytest.mark.bulle, pytest.mark.django_db, pytest.mark.usefixtures("without_antivirus")]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


def waits(sinistre: Sinistre) -> list[str]:
    """Why « valider » waits, as far as an expertise is its reason."""
    return [raison for raison in guard_valider(sinistre, Demande()) if "expertise" in raison]


@pytest.mark.parametrize("but", [ButExpertise.PROLONGATION, ButExpertise.RECHUTE])
def test_a_period_found_not_linked_waits_for_the_employer(m: f.Monde, sinistre: Sinistre, but: str) -> None:
    branche = rendue(m, sinistre, buts=(but,), arret=sinistre.arrets.get())
    assert waits(sinistre) == []
    conclue(m, branche, Reponse(but, CodeReponse.NON))
    assert len(waits(sinistre)) == 1
    sinistre.arrets.update(actif=False)
    assert waits(sinistre) == [], "another period is to be validated"
    sinistre.arrets.update(actif=True)
    decide(m, branche, DecisionExpertise.ECARTER, motivation="Enquête contraire.")
    assert waits(sinistre) == []
    assert not Tache.objects.filter(genre=GenreTache.EX_SUITES).exists()


def test_a_denied_imputabilite_prepares_a_refusal_that_a_person_proposes(m: f.Monde, sinistre: Sinistre) -> None:
    branche = rendue(m, sinistre)
    conclue(m, branche, NON)
    assert len(waits(sinistre)) == 1
    assert Tache.objects.filter(genre=GenreTache.EX_SUITES, objet_type="branche", objet_id=branche.pk, fermee_le=None).count() == 1
    sinistre.refresh_from_db(fields=["version"])
    assert Sinistre.objects.get(pk=sinistre.pk).etat == Etat.DECLARE, "nothing is refused by itself"
    decide(m, branche)
    assert len(waits(sinistre)) == 1 and "proposez le refus" in waits(sinistre)[0], "what he follows is not paid by inadvertence"
    with dehors():
        transiter(
            acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=Demande(motif="NON_IMPUTABLE", portee="SINISTRE")
        )
    assert not Tache.objects.filter(genre=GenreTache.EX_SUITES, fermee_le=None).exists()


def test_an_unfavourable_answer_that_is_followed_asks_for_its_consequences(m: f.Monde, sinistre: Sinistre) -> None:
    branche = rendue(m, sinistre, buts=(ButExpertise.ARRETS_ET_SOINS,))
    conclue(m, branche, Reponse(ButExpertise.ARRETS_ET_SOINS, CodeReponse.NON_JUSTIFIES))
    assert not Tache.objects.filter(genre=GenreTache.EX_SUITES).exists()
    decide(m, branche, DecisionExpertise.SUIVRE_EN_PARTIE, motivation="Pour les soins seuls.")
    assert Tache.objects.filter(genre=GenreTache.EX_SUITES, fermee_le=None).count() == 1


@pytest.mark.parametrize("comment", ["refusal not proposed", "conclusions set aside"])
def test_a_person_may_find_that_nothing_is_to_be_refused(m: f.Monde, sinistre: Sinistre, comment: str) -> None:
    branche = conclue(m, rendue(m, sinistre), NON)
    tache = Tache.objects.get(genre=GenreTache.EX_SUITES, fermee_le=None)
    if comment == "conclusions set aside":
        decide(m, branche, DecisionExpertise.ECARTER, motivation="Enquête contraire.")
    else:
        decide(m, branche)
        with dehors():
            terminer(acteur=m.gestionnaire, tache_id=tache.pk, commentaire="Le conseil médical est saisi.")
    assert waits(sinistre) == [] and not Tache.objects.filter(genre=GenreTache.EX_SUITES, fermee_le=None).exists()


def test_a_refusal_proposed_before_the_decision_is_not_asked_for_again(m: f.Monde, sinistre: Sinistre) -> None:
    branche = conclue(m, rendue(m, sinistre), NON)
    with dehors():
        transiter(
            acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=Demande(motif="NON_IMPUTABLE", portee="SINISTRE")
        )
    decide(m, branche)
    assert not Tache.objects.filter(genre=GenreTache.EX_SUITES, fermee_le=None).exists()


REPRISE = dt.date(2100, 1, 1)


@pytest.mark.parametrize(
    ("but", "code", "le", "fin"),
    [
        (ButExpertise.REPRISE, CodeReponse.REPRISE_POSSIBLE, REPRISE, REPRISE),
        (ButExpertise.REPRISE, CodeReponse.REPRISE_AMENAGEE, REPRISE, REPRISE),
        (ButExpertise.ARRETS_ET_SOINS, CodeReponse.JUSTIFIES_JUSQU_AU, REPRISE, REPRISE + dt.timedelta(days=1)),
    ],
)
def test_a_return_that_is_followed_is_asked_for(
    m: f.Monde, sinistre: Sinistre, but: str, code: str, le: dt.date, fin: dt.date
) -> None:  # fmt: skip
    decide(m, conclue(m, rendue(m, sinistre, buts=(but,)), Reponse(but, code, le)))
    echeance = Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.REPRISE_ATTENDUE).latest("due_at")
    assert timezone.localtime(echeance.due_at).date() == fin + dt.timedelta(days=REPRISE_DELAY)
    assert Sinistre.objects.get().reprise_effective is None, "only the employer tells the return"
    assert not InterruptionVersement.objects.exists(), "no payment stops by itself"


def test_payment_stops_by_the_employer_s_decision_alone(m: f.Monde, sinistre: Sinistre) -> None:
    arret = sinistre.arrets.get()
    but, code = ButExpertise.REPRISE, CodeReponse.REPRISE_POSSIBLE
    branche = conclue(m, rendue(m, sinistre, buts=(but,)), Reponse(but, code, arret.debut))
    essais: list[tuple[str, dt.date]] = [
        (DecisionExpertise.SUIVRE, arret.debut - dt.timedelta(days=1)),
        (DecisionExpertise.ECARTER, arret.debut),
    ]
    for decision_prise, jour in essais:
        with pytest.raises(DonneeInvalide) as refused:
            decide(m, branche, decision_prise, motivation="Vu.", a_compter_du=jour)
        assert set(refused.value.champs) == {"a_compter_du"}
    decide(m, branche, a_compter_du=arret.debut)
    assert touching(interruptions_de(sinistre), arret.debut, arret.fin) is not None
    (raison,) = waits(sinistre)
    assert f"à compter du {arret.debut:%d/%m/%Y}, après une expertise médicale" in raison
    with dehors():
        with pytest.raises(Refus):
            decision.lever_interruption(acteur=m.payeur, branche=branche, reprise_le=arret.debut, motif="Reprise")
        decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=arret.debut, motif="Contestation admise")
        with pytest.raises(Erreur, match="aucun versement"):
            decision.lever_interruption(acteur=m.mairie, branche=branche, reprise_le=arret.debut, motif="Encore")
    assert waits(sinistre) == [] and touching(interruptions_de(sinistre), arret.debut, arret.fin) is None


def test_conclusions_that_leave_the_leave_as_it_is_stop_nothing(m: f.Monde, sinistre: Sinistre) -> None:
    branche = conclue(m, rendue(m, sinistre), OUI)
    with pytest.raises(DonneeInvalide):
        decide(m, branche, a_compter_du=timezone.localdate())


def test_before_its_consolidation_a_state_has_no_rechute(m: f.Monde, sinistre: Sinistre) -> None:
    branche, jour = a_consolidation(m, sinistre)
    decide(m, branche)
    dossier = Sinistre.objects.get()
    for debut, attendu in ((jour, 1), (jour + dt.timedelta(days=1), 0)):
        raisons = guard_rouvrir_rechute(
            dossier, Demande(arret=ArretDemande(debut=debut, fin=debut + dt.timedelta(days=5), certificat=debut))
        )
        assert len([raison for raison in raisons if "prolongation" in raison]) == attendu


def a_consolidation(m: f.Monde, sinistre: Sinistre, code: str = CodeReponse.CONSOLIDATION) -> tuple[Branche, dt.date]:
    jour = sinistre.survenance + dt.timedelta(days=20)
    return conclue(m, rendue(m, sinistre, buts=(ButExpertise.CONSOLIDATION,)), Reponse(ButExpertise.CONSOLIDATION, code, jour)), jour


@pytest.mark.parametrize("code", [CodeReponse.GUERISON, CodeReponse.CONSOLIDATION])
def test_the_consolidation_followed_goes_to_the_dossier(m: f.Monde, sinistre: Sinistre, code: str) -> None:
    branche, jour = a_consolidation(m, sinistre, code)
    assert Sinistre.objects.get().consolidation is None, "until the employer decides"
    version = Sinistre.objects.get().version
    decide(m, branche)
    dossier = Sinistre.objects.get()
    assert (dossier.consolidation, dossier.version) == (jour, version + 1)


def test_the_prescription_of_a_recours_runs_from_the_consolidation_that_is_kept(m: f.Monde, sinistre: Sinistre) -> None:
    recours = ouvrir_recours(acteur=m.gestionnaire, numero=sinistre.numero, constat="Bousculé par un usager.")
    branche, jour = a_consolidation(m, sinistre)
    decide(m, branche)
    echeance = Echeance.objects.get(etape__process=recours.processus_id)
    assert timezone.localtime(echeance.due_at).date() == add_months(jour, 8 * 12), "two years before the ten are over"


def test_the_employer_may_keep_another_date_or_none(m: f.Monde, sinistre: Sinistre) -> None:
    branche, jour = a_consolidation(m, sinistre)
    essais: list[tuple[dict[str, Any], str]] = [
        ({"consolidation": timezone.localdate() + dt.timedelta(days=1)}, "consolidation"),
        ({"consolidation": sinistre.survenance - dt.timedelta(days=1)}, "consolidation"),
        ({"motivation": ""}, "motivation"),
        ({"le": timezone.localdate() + dt.timedelta(days=1)}, "le"),
        ({"le": timezone.localdate() - dt.timedelta(days=1)}, "le"),
        ({"code": DecisionExpertise.PRENDRE_ACTE}, "decision"),
    ]
    for champs, champ in essais:
        with pytest.raises(DonneeInvalide) as refused:
            decide(m, branche, **({"code": DecisionExpertise.SUIVRE_EN_PARTIE, "motivation": "Autre pièce."} | champs))
        assert set(refused.value.champs) == {champ}
    garde = jour + dt.timedelta(days=3)
    decide(m, branche, DecisionExpertise.SUIVRE_EN_PARTIE, motivation="Certificat final.", consolidation=garde)
    assert Sinistre.objects.get().consolidation == garde
