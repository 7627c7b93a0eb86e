"""Hypothesis drives the real services against a small model, written from the design's table and not from the code.

The model knows one dossier at a time by what a person would remember: its state, its arrêts, its lines of money, what was said of it.
`make prove` walks further (VIGIE_PROVE).
"""

from __future__ import annotations

import os
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from accounts.gate import Refus
from cases.errors import Erreur, TransitionImpossible
from cases.models import Arret, Sinistre, Tache
from indemnities.models import Bordereau, Decompte
from journal.models import Entree, Evenement
from tests.workflows.machine import Transitions
from tests.workflows.model import (
    CASE_TASKS,
    ENDED,
    PARTIES,
    TABLE,
    A,
    C,
    D,
    Line,
    M,
    P,
    R,
    V,
    X,
)
from workflows import payments


class Lifecycle(Transitions):
    """The transitions, with the lines of money that go along."""

    # -- Money -----------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.it.active and self.it.etat != D)
    @rule(qui=st.sampled_from(["gestionnaire"] * 4 + ["payeur", "mairie"]), which=st.integers(0, 5), cents=st.integers(0, 500000))
    def type_line(self, qui: str, which: int, cents: int) -> None:
        it = self.it
        debut, fin = it.active[which % len(it.active)]
        standing = Decompte.objects.filter(sinistre_id=it.pk, corrige=None).exclude(etat="REJETE")
        taken = any(d.debut <= fin and d.fin >= debut for d in standing)
        try:
            line = payments.saisir_decompte(
                acteur=self.m.people[qui], numero=it.numero, debut=debut, fin=fin, montant=Decimal(cents) / 100, explication="Essai"
            )
        except (Refus, Erreur) as error:
            assert qui == "mairie" or taken or it.etat in (X, A), repr(error)
            return
        assert qui != "mairie" and not taken and it.etat not in (X, A)
        it.lines.append(Line(line.pk, "CALCULE", qui))

    @precondition(lambda self: self.it.lines)
    @rule(qui=st.sampled_from(["payeur", "payeur2"] * 3 + ["gestionnaire"]), which=st.integers(0, 5))
    def approve_line(self, qui: str, which: int) -> None:
        line = self.it.lines[which % len(self.it.lines)]
        right = qui != "gestionnaire" and line.auteur != qui and line.etat == "CALCULE" and self.it.etat not in (X, A)
        try:
            payments.approuver_decompte(acteur=self.m.people[qui], decompte_id=line.pk)
        except (Refus, Erreur) as error:
            assert not right, repr(error)
            return
        assert right
        line.etat = "APPROUVE"

    @precondition(lambda self: any(line.etat == "APPROUVE" for line in self.it.lines))
    @rule(settle=st.booleans())
    def send_lines(self, settle: bool) -> None:
        it = self.it
        lines = [line for line in it.lines if line.etat == "APPROUVE"]
        sinistre = Sinistre.objects.select_related("collectivite", "contrat").get(pk=it.pk)
        bordereau = payments.composer_bordereau(
            acteur=self.m.payeur, collectivite=sinistre.collectivite, contrat=sinistre.contrat, decompte_ids=[x.pk for x in lines]
        )
        for line in lines:
            line.etat, line.sent = "TRANSMIS", True
        if settle:
            self._settle(bordereau)

    @precondition(lambda self: self.it.etat in (V, R, P) and self.it.active)
    @rule(some=st.booleans())
    def pay_what_is_there(self, some: bool) -> None:
        """The whole way of the money at once, so that the states after it are walked too."""
        for rank in range(len(self.it.active) - some):
            self.type_line(qui="gestionnaire", which=rank, cents=1000)
        for rank, line in enumerate(self.it.lines):
            if line.etat == "CALCULE":
                self.approve_line(qui="payeur2" if line.auteur == "payeur" else "payeur", which=rank)
        if any(line.etat == "APPROUVE" for line in self.it.lines):
            self.send_lines(settle=True)

    @rule()
    def settle_all(self) -> None:
        for bordereau in Bordereau.objects.filter(etat="TRANSMIS").order_by("pk"):
            self._settle(bordereau)

    def _settle(self, bordereau: Bordereau) -> None:
        it = self.it
        payments.regler_bordereau(acteur=self.m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="V")
        mine = set(Decompte.objects.filter(bordereau=bordereau).values_list("pk", flat=True))
        for line in it.lines:
            if line.pk in mine and line.etat == "TRANSMIS":
                line.etat = "REGLE"
        if it.etat in (V, R) and it.settled() and not it.unpaid() and (it.refused_before or not self.untyped()):
            it.etat = R
            it.version += 1
            it.journal["sinistre.rembourser"] += 1

    @precondition(lambda self: self.it.lines)
    @rule(which=st.integers(0, 5))
    def reject_line(self, which: int) -> None:
        it = self.it
        line = it.lines[which % len(it.lines)]
        try:
            payments.rejeter_decompte(acteur=self.m.payeur, decompte_id=line.pk, motif="IBAN clos")
        except TransitionImpossible:
            assert line.etat == "REJETE"
            return
        assert line.etat != "REJETE"
        line.etat = "REJETE"
        if it.etat == R and line.sent:
            it.etat = V
            it.version += 1
            it.journal["sinistre.rejeter_reglement"] += 1

    # -- What is always true -----------------------------------------------------------------------------------------------------

    @invariant()
    def the_dossier_is_as_remembered(self) -> None:
        it, row = self.it, Sinistre.objects.get(pk=self.it.pk)
        assert (row.etat, row.version, row.nature) == (it.etat, it.version, it.nature)
        if row.etat == C:
            assert row.motif_cloture and row.date_cloture
        else:
            assert row.motif_cloture == "" or row.etat in (X, A)
        assert row.etat != A or row.motif_annulation
        assert row.etat not in (M, X) or (row.motif_refus and row.portee_refus)
        assert row.survenance == self.survenance

    @invariant()
    def arrets_are_as_remembered_and_share_no_day(self) -> None:
        rows = sorted(Arret.objects.filter(sinistre_id=self.it.pk, actif=True).values_list("debut", "fin"))
        assert rows == sorted(self.it.active)
        assert all(before[1] < after[0] for before, after in pairwise(rows))

    @invariant()
    def money_is_as_remembered(self) -> None:
        rows = dict(Decompte.objects.filter(sinistre_id=self.it.pk).values_list("pk", "etat"))
        assert rows == {line.pk: line.etat for line in self.it.lines}

    @invariant()
    def every_act_is_told_once(self) -> None:
        rows = Counter(Entree.objects.filter(sinistre_id=self.it.pk, objet_type="sinistre").values_list("action", flat=True))
        assert rows == +self.it.journal
        acts = {f"sinistre.{nom}" for nom in TABLE} - {"sinistre.demander_pieces"}
        events = Counter(Evenement.objects.filter(sinistre_id=self.it.pk, type__in=acts).values_list("type", flat=True))
        assert events == Counter({action: n for action, n in self.it.journal.items() if action in acts})

    @invariant()
    def nothing_is_left_to_do_on_what_has_ended(self) -> None:
        open_tasks = set(Tache.objects.filter(sinistre_id=self.it.pk, fermee_le=None).values_list("genre", flat=True))
        if self.it.etat in ENDED:
            # What was validated and never paid is still owed once the leave is closed.
            owed = {"SAISIR_DECOMPTE"} if self.it.etat == C and self.it.journal["sinistre.valider"] else set()
            assert not open_tasks & CASE_TASKS - owed
        awaited = set(PARTIES) - self.it.heard if self.it.etat == M else set()
        assert {genre for genre in open_tasks if genre.startswith("MD_")} == {f"MD_{partie}" for partie in awaited}
        assert ("MENER_MEDIATION" in open_tasks) == (self.it.etat == M and not awaited)

    def __repr__(self) -> str:
        return "Lifecycle"


@pytest.mark.django_db
def test_the_real_services_follow_the_model() -> None:
    long = bool(os.environ.get("VIGIE_PROVE"))
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=300 if long else 25,
            stateful_step_count=60 if long else 30,
            deadline=None,
            derandomize=not long,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if long else (Phase.generate,),
        ),
    )
