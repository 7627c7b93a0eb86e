"""The recours contre tiers: its prescription, and who is warned of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone
from viewflow.workflow.models import Task

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide
from cases.models import Branche, Echeance, Sinistre, Tache
from indemnities.enums import QualiteTiers
from indemnities.selectors_recours import prescription_de
from tests.factories import Monde
from tests.recours import (
    alarme,
    detecte,
    encaisser,
    fin_de,
    jusqu_a_l_offre,
    ouvertes,
    relire,
    tiers,
    today,
)
from workflows import automates
from workflows.branches.recours import detection, negociation, ouverture
from workflows.coherence import anomalies

pytestmark = pytest.mark.django_db


@pytest.fixture
def branche(m: Monde) -> Branche:
    return detecte(m)


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
