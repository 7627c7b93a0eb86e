"""No euro paid twice: two people, one period once, corrections that name their line, amounts that never change."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Etat, GenreTache
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Arret, Sinistre, Tache
from indemnities.enums import EtatDecompte
from indemnities.models import DECOMPTE_PAIRS, Bordereau, Decompte
from tests import factories as f
from tests.indemnities.conftest import Typist, validated
from tests.mediations import entendre
from workflows import payments
from workflows.demande import Demande
from workflows.lifecycle import transiter

DAY = dt.timedelta(days=1)


def approve(m: f.Monde, decompte: Decompte) -> Decompte:
    return payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)


def reject(m: f.Monde, decompte: Decompte) -> Decompte:
    return payments.rejeter_decompte(acteur=m.payeur, decompte_id=decompte.pk, motif="Erreur de base")


# -- Two people --------------------------------------------------------------------------------------------------------------


def test_the_author_does_not_approve(m: f.Monde, typed: Typist) -> None:
    decompte = typed(par=m.payeur)
    with pytest.raises(Erreur, match="une autre"):
        payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    assert payments.approuver_decompte(acteur=m.payeur2, decompte_id=decompte.pk).approuve_par == m.payeur2


def test_the_database_wants_two_people_as_well(m: f.Monde, typed: Typist) -> None:
    decompte = typed()
    row = Decompte.objects.filter(pk=decompte.pk)
    now = timezone.now()
    with pytest.raises(IntegrityError, match="decompte_approbateur_distinct"), transaction.atomic():
        row.update(etat=EtatDecompte.APPROUVE, approuve_par=m.gestionnaire, approuve_le=now)
    for wrong in ({}, {"approuve_par": m.payeur}, {"approuve_le": now}):
        with pytest.raises(IntegrityError, match="decompte_deux_personnes"), transaction.atomic():
            row.update(etat=EtatDecompte.APPROUVE, **wrong)
    with pytest.raises(DatabaseError), transaction.atomic():
        approve(m, decompte)
        row.update(approuve_par=None)


@pytest.mark.parametrize("qui", ["gestionnaire2", "mairie", "assureur", "medecin", "admin", "secretariat"])
def test_who_may_not_approve(m: f.Monde, typed: Typist, qui: str) -> None:
    decompte = typed()
    with pytest.raises((Refus, Decompte.DoesNotExist)):
        payments.approuver_decompte(acteur=m.people[qui], decompte_id=decompte.pk)
    assert Decompte.objects.get(pk=decompte.pk).etat == EtatDecompte.CALCULE


def test_approving_twice_is_refused(m: f.Monde, typed: Typist) -> None:
    decompte = typed()
    approve(m, decompte)
    with pytest.raises(TransitionImpossible):
        payments.approuver_decompte(acteur=m.payeur2, decompte_id=decompte.pk)
    with pytest.raises(TransitionImpossible):
        reject(m, decompte), reject(m, decompte)


# -- One period, once --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a_partir", "jours"), [(0, 30), (29, 1), (0, 1), (10, 5)])
def test_a_period_is_paid_once(m: f.Monde, sinistre: Sinistre, typed: Typist, a_partir: int, jours: int) -> None:
    first = typed()
    with pytest.raises(DonneeInvalide) as refused:
        typed(a_partir=a_partir, jours=jours)
    assert set(refused.value.champs) == {"debut"}
    with pytest.raises(IntegrityError, match="decompte_periode_payee_une_fois"), transaction.atomic():
        Decompte.objects.create(
            sinistre=sinistre, debut=first.fin, fin=first.fin, montant=Decimal(1), explication="x", calcule_par=m.gestionnaire
        )
    assert typed(a_partir=30, jours=5).pk


def test_a_rejected_period_can_be_paid_again_and_once(m: f.Monde, typed: Typist) -> None:
    reject(m, typed())
    typed()
    with pytest.raises(DonneeInvalide):
        typed()


def test_a_rejected_line_never_comes_back(m: f.Monde, typed: Typist) -> None:
    """Rejected, retyped: putting the first back would pay the period twice."""
    first = reject(m, typed())
    typed()
    for etat in (EtatDecompte.CALCULE, EtatDecompte.APPROUVE, EtatDecompte.REGLE):
        with pytest.raises(DatabaseError), transaction.atomic():
            Decompte.objects.filter(pk=first.pk).update(etat=etat)


# -- Corrections -------------------------------------------------------------------------------------------------------------


def test_a_line_is_corrected_once(m: f.Monde, sinistre: Sinistre, typed: Typist) -> None:
    first = typed()
    correction = typed(corrige=first, montant="-12.34")
    assert correction.montant == Decimal("-12.34")
    with pytest.raises(DonneeInvalide) as refused:
        typed(corrige=first)
    assert set(refused.value.champs) == {"corrige"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Decompte.objects.create(
            sinistre=sinistre, debut=first.debut, fin=first.fin, montant=Decimal(1), explication="x", calcule_par=m.gestionnaire,
            corrige=first,
        )  # fmt: skip
    assert typed(corrige=correction, montant="1").corrige == correction


def test_what_was_rejected_is_retyped_and_not_corrected(m: f.Monde, typed: Typist) -> None:
    """A rejected period can be paid by a new line: a correction of the old one would pay it a second time."""
    rejected = reject(m, typed())
    with pytest.raises(DonneeInvalide) as refused:
        typed(corrige=rejected)
    assert set(refused.value.champs) == {"corrige"}
    first = typed()
    refused_correction = reject(m, typed(corrige=first, montant="5"))
    assert typed(corrige=refused_correction, montant="4").pk, "a rejected correction is followed by another"


def test_a_correction_names_a_line_of_its_own_dossier(m: f.Monde, typed: Typist) -> None:
    foreign = validated(m)
    other = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=foreign.numero, debut=foreign.survenance, fin=foreign.survenance, montant=Decimal(1), explication="x"
    )
    with pytest.raises(DonneeInvalide) as refused:
        typed(corrige=other)
    assert set(refused.value.champs) == {"corrige"}
    with pytest.raises(DonneeInvalide) as refused:
        typed(arret=foreign.arrets.get())
    assert set(refused.value.champs) == {"arret"}


# -- What may be typed -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"montant": "-0.01"}, "montant"),
        ({"montant": "1.005"}, "montant"),
        ({"montant": "100000000"}, "montant"),
        ({"montant": "1E+40"}, "montant"),
        ({"montant": "NaN"}, "montant"),
        ({"montant": "Infinity"}, "montant"),
        ({"explication": "  "}, "explication"),
        ({"jours": 0}, "fin"),
        ({"a_partir": -1}, "debut"),
    ],
)
def test_bad_decomptes_name_the_field(typed: Typist, champs: dict[str, Any], champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        typed(**champs)
    assert champ in refused.value.champs
    assert not Decompte.objects.exists()


@pytest.mark.parametrize(("a_partir", "jours"), [(0, 31), (30, 1)])
def test_a_decompte_stays_within_the_arret_it_names(sinistre: Sinistre, typed: Typist, a_partir: int, jours: int) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        typed(arret=sinistre.arrets.get(), a_partir=a_partir, jours=jours)
    assert set(refused.value.champs) == {"arret"}
    assert typed(arret=sinistre.arrets.get(), a_partir=10, jours=20).pk


def test_an_arret_set_aside_is_not_paid(sinistre: Sinistre, typed: Typist) -> None:
    Arret.objects.filter(sinistre=sinistre).update(actif=False)
    with pytest.raises(DonneeInvalide):
        typed(arret=sinistre.arrets.get())


@pytest.mark.parametrize("etat", [Etat.ANNULE, Etat.REFUSE])
def test_nothing_is_agreed_on_what_was_cancelled_or_refused(m: f.Monde, sinistre: Sinistre, typed: Typist, etat: str) -> None:
    """Cancelling waits for approved lines only: one typed before must not be agreed afterwards."""
    typed_before = typed()
    if etat == Etat.ANNULE:
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="annuler", demande=Demande(motif="DOUBLE"))
    else:
        refusal = Demande(motif="NON_COUVERT", portee="SINISTRE")
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=refusal)
        entendre(m, sinistre)
        transiter(acteur=m.responsable, numero=sinistre.numero, nom="refuser", demande=Demande(commentaire="Médiation close"))
    with pytest.raises(TransitionImpossible):
        approve(m, typed_before)
    with pytest.raises(TransitionImpossible):
        typed(a_partir=40, jours=1)
    assert reject(m, typed_before).etat == EtatDecompte.REJETE, "and it can be put away"


# -- Amounts and states are frozen -------------------------------------------------------------------------------------------


def test_amounts_periods_and_authors_never_change(m: f.Monde, sinistre: Sinistre, typed: Typist) -> None:
    decompte, other = typed(), validated(m)
    changes: list[dict[str, Any]] = [
        {"montant": Decimal("100.01")},
        {"debut": decompte.debut + DAY},
        {"fin": decompte.fin - DAY},
        {"sinistre": other},
        {"calcule_par": m.gestionnaire2},
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Decompte.objects.filter(pk=decompte.pk).update(**change)


def _reach(m: f.Monde, etat: str) -> tuple[Decompte, Bordereau | None]:
    """A décompte in that state, on a sinistre of its own, by the services."""
    sinistre = validated(m)
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=sinistre.survenance, fin=sinistre.survenance,
        montant=Decimal(1), explication="x",
    )  # fmt: skip
    bordereau = None
    if etat in (EtatDecompte.APPROUVE, EtatDecompte.TRANSMIS, EtatDecompte.REGLE):
        approve(m, decompte)
    if etat in (EtatDecompte.TRANSMIS, EtatDecompte.REGLE):
        bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[decompte.pk])
    if etat == EtatDecompte.REGLE and bordereau is not None:
        payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="V")
    if etat == EtatDecompte.REJETE:
        reject(m, decompte)
    return Decompte.objects.get(pk=decompte.pk), bordereau


def test_the_states_of_a_decompte_follow_their_table(m: f.Monde) -> None:
    """Every pair, by a bare UPDATE with everything the constraints ask for."""
    _, spare = _reach(m, EtatDecompte.TRANSMIS)
    whole = {"approuve_par": m.payeur, "approuve_le": timezone.now(), "motif_rejet": "x"}
    accepted = set()
    for avant in EtatDecompte.values:
        decompte, _ = _reach(m, avant)
        assert decompte.etat == avant
        for apres in EtatDecompte.values:
            try:
                with transaction.atomic():
                    Decompte.objects.filter(pk=decompte.pk).update(etat=apres, bordereau=decompte.bordereau or spare, **whole)
                    accepted.add((avant, apres))
                    raise InterruptedError
            except (DatabaseError, InterruptedError):
                pass
    assert {p for p in accepted if p[0] != p[1]} == set(DECOMPTE_PAIRS)


def test_a_rejected_line_and_a_transmitted_one_are_whole(m: f.Monde, typed: Typist) -> None:
    decompte = typed()
    with pytest.raises(IntegrityError, match="decompte_rejete_motive"), transaction.atomic():
        Decompte.objects.filter(pk=decompte.pk).update(etat=EtatDecompte.REJETE)
    approve(m, decompte)
    with pytest.raises(IntegrityError, match="decompte_transmis_par_bordereau"), transaction.atomic():
        Decompte.objects.filter(pk=decompte.pk).update(etat=EtatDecompte.TRANSMIS)
    with pytest.raises(DonneeInvalide, match="pourquoi"):
        payments.rejeter_decompte(acteur=m.payeur, decompte_id=decompte.pk, motif=" ")


def test_the_work_items_follow_the_line(m: f.Monde, sinistre: Sinistre, typed: Typist) -> None:
    def open_tasks() -> set[str]:
        return set(Tache.objects.filter(sinistre=sinistre, fermee_le=None).values_list("genre", flat=True)) & {
            GenreTache.SAISIR_DECOMPTE, GenreTache.APPROUVER_DECOMPTE, GenreTache.PAYER_DECOMPTE, GenreTache.TRAITER_REJET,
        }  # fmt: skip

    assert open_tasks() == {GenreTache.SAISIR_DECOMPTE}
    decompte = typed(arret=sinistre.arrets.get())
    assert open_tasks() == {GenreTache.APPROUVER_DECOMPTE}
    approve(m, decompte)
    assert open_tasks() == {GenreTache.PAYER_DECOMPTE}
    reject(m, decompte)
    assert open_tasks() == {GenreTache.TRAITER_REJET}
