"""The delay of reimbursement: its clock by dossier, its figures by contract."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import FileTravail, GenreEcheance, GenreTache
from cases.models import Echeance, Sinistre, Tache
from cases.rules import end_of_business
from cases.selectors import taches_visibles
from cases.services import echeances
from contracts.models import ContratGroupe
from indemnities.models import Bordereau, Decompte
from indemnities.selectors_delais import DelaiContrat, delais_de_remboursement
from tests import factories as f
from tests.indemnities.conftest import Typist, validated
from workflows import lifecycle, payments, suites
from workflows.demande import Demande

pytestmark = pytest.mark.django_db
JOUR = dt.timedelta(days=1)


@pytest.fixture
def promise(m: f.Monde) -> int:
    ContratGroupe.objects.filter(pk=m.contrat.pk).update(delai_remboursement_jours=30)
    return 30


def running(sinistre: Sinistre) -> Echeance | None:
    return Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.REMBOURSEMENT, traitee_le=None, levee_le=None).first()


def computed(decompte: Decompte, ago: int) -> Decompte:
    """As if it had been computed `ago` days ago."""
    Decompte.objects.filter(pk=decompte.pk).update(calcule_le=timezone.now() - ago * JOUR)
    return Decompte.objects.get(pk=decompte.pk)


def settled(m: f.Monde, *decomptes: Decompte, le: dt.date | None = None) -> Bordereau:
    for decompte in decomptes:
        payments.approuver_decompte(acteur=m.responsable, decompte_id=decompte.pk)
    bordereau = payments.composer_bordereau(
        acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[d.pk for d in decomptes]
    )
    return payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=le or timezone.localdate(), reference="VIR")


def come(echeance: Echeance) -> None:
    """Its time has come, and the sweeper has passed."""
    Echeance.objects.filter(pk=echeance.pk).update(due_at=timezone.now() - JOUR)
    echeances.balayer()


def late(sinistre: Sinistre) -> bool:
    return Tache.objects.filter(sinistre=sinistre, genre=GenreTache.REMBOURSEMENT, fermee_le__isnull=True).exists()


# -- The clock -----------------------------------------------------------------------------------------------------------------


def test_it_starts_with_the_first_decompte_and_ends_with_the_last_settlement(
    m: f.Monde, promise: int, sinistre: Sinistre, typed: Typist
) -> None:
    assert running(sinistre) is None
    first = typed(jours=5)
    echeance = running(sinistre)
    assert echeance is not None and echeance.due_at == end_of_business(timezone.localdate() + promise * JOUR)
    second = typed(jours=5, a_partir=5)
    assert running(sinistre) == echeance, "the oldest decides"
    settled(m, first)
    assert running(sinistre) is not None
    settled(m, second)
    assert running(sinistre) is None


def test_the_next_one_waiting_takes_its_turn(m: f.Monde, promise: int, sinistre: Sinistre, typed: Typist) -> None:
    first = computed(typed(jours=5), 20)
    second = computed(typed(jours=5, a_partir=5), 4)
    settled(m, first)
    echeance = running(sinistre)
    assert echeance is not None and echeance.due_at == end_of_business(timezone.localdate() + (promise - 4) * JOUR)
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=second.pk, motif="Double")
    assert running(sinistre) is None


def test_what_the_collectivite_owes_back_is_no_reimbursement(m: f.Monde, promise: int, sinistre: Sinistre, typed: Typist) -> None:
    first = typed(jours=5)
    settled(m, first)
    typed(jours=5, corrige=first, montant="-20.00")
    assert running(sinistre) is None


def test_without_a_promise_there_is_no_clock(sinistre: Sinistre, typed: Typist) -> None:
    typed()
    assert running(sinistre) is None


def test_it_outlives_the_closing_of_the_dossier(m: f.Monde, promise: int, sinistre: Sinistre, typed: Typist) -> None:
    typed(jours=5)
    lifecycle.transiter(
        acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=Demande(motif="SANS_SUITE", date_effet=timezone.localdate())
    )
    assert running(sinistre) is not None


def test_when_it_comes_a_responsable_is_told_once_until_it_is_settled(m: f.Monde, promise: int, sinistre: Sinistre, typed: Typist) -> None:
    first = typed(jours=5)
    echeance = running(sinistre)
    assert echeance is not None
    come(echeance)
    tache = Tache.objects.get(sinistre=sinistre, genre=GenreTache.REMBOURSEMENT)
    assert tache.file == FileTravail.ESCALADES and tache.est_ouverte
    assert taches_visibles(m.responsable).filter(pk=tache.pk).exists()
    assert not taches_visibles(m.gestionnaire).filter(pk=tache.pk).exists()
    with pytest.raises((Refus, Tache.DoesNotExist)):
        suites.terminer(acteur=m.gestionnaire, tache_id=tache.pk, commentaire="vu")
    suites.terminer(acteur=m.responsable, tache_id=tache.pk, commentaire="L’assureur est relancé.")
    other = computed(typed(jours=5, a_partir=5), -1)
    assert running(sinistre) is None and not late(sinistre), "asked once for the same décompte"
    settled(m, first)
    assert running(sinistre) is not None, "the other has its own delay"
    settled(m, other)
    assert running(sinistre) is None


def test_a_settlement_ends_the_work_item(m: f.Monde, promise: int, sinistre: Sinistre, typed: Typist) -> None:
    first = typed(jours=5)
    echeance = running(sinistre)
    assert echeance is not None
    come(echeance)
    assert late(sinistre)
    settled(m, first)
    assert not late(sinistre) and Tache.objects.get(genre=GenreTache.REMBOURSEMENT).issue == "rembourse"


# -- The figures ---------------------------------------------------------------------------------------------------------------


def test_median_and_share_over_twelve_months(
    m: f.Monde, promise: int, sinistre: Sinistre, typed: Typist, django_assert_num_queries: Any
) -> None:
    today = timezone.localdate()
    for rang, (ago, le) in enumerate([(50, 10), (50, 20), (40, 39), (400, 380), (31, 1)]):
        settled(m, computed(typed(jours=1, a_partir=rang), ago), le=today - le * JOUR)  # 40, 30, 1, (too old), 30 days
    computed(typed(jours=1, a_partir=5), 30)
    computed(typed(jours=1, a_partir=6), 31)
    debt = typed(jours=1, a_partir=0, corrige=Decompte.objects.order_by("pk")[:1].get(), montant="-3.00")
    settled(m, computed(debt, 300))
    with django_assert_num_queries(1):
        (found,) = delais_de_remboursement(m.payeur)
    assert found == DelaiContrat(m.contrat.numero, m.contrat.libelle, 30, 4, Decimal("30.0"), 3, 2, 1)
    assert found.part == Decimal("75.0")
    (mairie,) = delais_de_remboursement(m.mairie)
    assert mairie == found
    assert delais_de_remboursement(m.mairie2) == delais_de_remboursement(m.medecin) == []


def test_without_a_promise_only_the_median_is_told(m: f.Monde, sinistre: Sinistre, typed: Typist) -> None:
    settled(m, computed(typed(jours=1), 8))
    settled(m, computed(typed(jours=1, a_partir=1), 11))
    typed(jours=1, a_partir=2)
    (found,) = delais_de_remboursement(m.responsable)
    assert (found.promis, found.regles, found.mediane, found.dans_delai, found.part) == (None, 2, Decimal("9.5"), None, None)
    assert (found.en_attente, found.hors_delai) == (1, None)


def test_contracts_are_told_apart(m: f.Monde, promise: int, sinistre: Sinistre, typed: Typist) -> None:
    settled(m, computed(typed(jours=1), 8))
    other = f.contrat(numero="ZZ-1")
    elsewhere = validated(m)
    Sinistre.objects.filter(pk=elsewhere.pk).update(contrat=other)
    payments.saisir_decompte(
        acteur=m.gestionnaire, numero=elsewhere.numero, debut=elsewhere.survenance, fin=elsewhere.survenance, montant=Decimal("1.00"),
        explication="Essai",
    )  # fmt: skip
    assert [(x.numero, x.regles, x.en_attente) for x in delais_de_remboursement(m.responsable)] == [
        (m.contrat.numero, 1, 0),
        ("ZZ-1", 0, 1),
    ]
