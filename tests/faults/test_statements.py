"""A fault at every statement of an act leaves everything as it was: no state without its journal, no row without its act."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from cases.enums import GenreEcheance, GenreTache
from cases.models import Echeance, Pause, Sinistre, Tache
from cases.services import echeances, relances
from contracts.models import Agent
from documents.models import Piece
from indemnities.models import Decompte
from journal.models import Entree, Evenement
from notifications.relances import relancer
from tests import factories as f
from tests.faults.conftest import Fault, count_statements, fault_at, picture
from workflows import decomptes, lifecycle, payments
from workflows.demande import Demande
from workflows.lifecycle import transiter

DAY = dt.timedelta(days=1)
Act = Callable[[], object]


def validated(m: f.Monde, *, nature: str = "CMO", agent: Agent | None = None) -> Sinistre:
    sinistre = f.sinistre(m, nature, de=agent or f.agent(m.collectivite))
    f.complete_pieces(sinistre, m.gestionnaire)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def typed(m: f.Monde, sinistre: Sinistre) -> Decompte:
    arret = sinistre.arrets.get()
    return payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=arret.debut, fin=arret.fin, montant=Decimal("10.00"), explication="x",
        arret=arret,
    )  # fmt: skip


def declare(m: f.Monde) -> Act:
    agent = f.agent(m.collectivite)
    return lambda: f.sinistre(m, "AS", de=agent)


def validate(m: f.Monde) -> Act:
    sinistre = f.sinistre(m)
    f.complete_pieces(sinistre, m.gestionnaire)
    return lambda: transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def prolong(m: f.Monde) -> Act:
    sinistre = validated(m)
    suite = f.arret_demande(sinistre.arrets.get().fin + DAY, 5)
    return lambda: transiter(acteur=m.mairie, numero=sinistre.numero, nom="prolonger", demande=Demande(arret=suite))


def add_arret(m: f.Monde) -> Act:
    sinistre = f.sinistre(m)
    suite = f.arret_demande(sinistre.arrets.get().fin + DAY, 5)
    return lambda: lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=suite)


def requalify(m: f.Monde) -> Act:
    sinistre = validated(m)
    demande = Demande(nature="CLM", date_effet=sinistre.survenance + 10 * DAY, commentaire="Avis du conseil médical")
    return lambda: transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="requalifier", demande=demande)


def relapse(m: f.Monde) -> Act:
    """It cuts an arrêt of another dossier of the agent as well."""
    agent = f.agent(m.collectivite)
    accident = validated(m, nature="AS", agent=agent)
    debut = accident.arrets.get().fin + 3 * DAY
    f.sinistre(m, "CMO", de=agent, arret=f.arret_demande(debut - DAY, 10))
    demande = Demande(arret=f.arret_demande(debut, 5), alertes_assumees="Rechute certifiée")
    return lambda: transiter(acteur=m.gestionnaire, numero=accident.numero, nom="rouvrir_rechute", demande=demande)


def close_by_death(m: f.Monde) -> Act:
    sinistre = validated(m)
    demande = Demande(motif="DECES", date_effet=sinistre.survenance + 12 * DAY)
    return lambda: transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=demande)


def compute(m: f.Monde) -> Act:
    """A correction of what stands, and the days that follow."""
    sinistre = validated(m)
    (decompte,) = decomptes.preparer(acteur=m.gestionnaire, numero=sinistre.numero)
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    arret = sinistre.arrets.get()
    arret.fin -= 2 * DAY
    arret.save(update_fields=["fin"])
    return lambda: decomptes.preparer(acteur=m.gestionnaire, numero=sinistre.numero)


def approve(m: f.Monde) -> Act:
    (decompte,) = decomptes.preparer(acteur=m.gestionnaire, numero=validated(m).numero)
    return lambda: payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)


def compose(m: f.Monde) -> Act:
    ids = [payments.approuver_decompte(acteur=m.payeur, decompte_id=typed(m, validated(m)).pk).pk for _ in range(2)]
    return lambda: payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=ids)


def settle(m: f.Monde) -> Act:
    bordereau = compose(m)()
    return lambda: payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="V")  # type: ignore[attr-defined]


def reject(m: f.Monde) -> Act:
    settle(m)()
    line = Decompte.objects.earliest("pk")
    return lambda: payments.rejeter_decompte(acteur=m.payeur, decompte_id=line.pk, motif="IBAN clos")


ACTS = [declare, validate, prolong, add_arret, requalify, relapse, close_by_death, compute, approve, compose, settle, reject]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("prepare", ACTS, ids=lambda p: p.__name__)
def test_a_fault_at_any_statement_changes_nothing(db: None, prepare: Callable[[f.Monde], Act], after: bool) -> None:
    act = prepare(f.monde())
    before = picture()
    _undone(act)  # a first time, so that what is cached is cached
    total = _undone(lambda: count_statements(act))
    assert picture() == before
    assert isinstance(total, int) and total > 3
    for rank in range(2 if after else 1, total + 1, 1 if os.environ.get("VIGIE_PROVE") else 3):
        # No transaction of the test's own stands around the act: what it does not undo itself is seen.
        with pytest.raises(Fault), fault_at(rank, after=after):
            act()
        assert picture() == before, f"statement {rank} of {total}"
    assert _undone(lambda: (act(), picture())[1]) != before, "and without a fault it does something"


def _undone(act: Act) -> object:
    """Do it, then as if it had not been done."""
    with transaction.atomic():
        done = act()
        transaction.set_rollback(True)
    return done


def test_a_sweep_cut_at_any_statement_is_finished_by_the_next(vraie_base: None) -> None:
    """Real commits: each échéance is a transaction of its own."""
    m = f.monde()
    sinistres = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(2)]
    Echeance.objects.update(levee_le=timezone.now())
    waiting = Echeance.objects.filter(levee_le=None, traitee_le=None)

    def set_due() -> None:
        Tache.objects.filter(genre=GenreTache.DEMANDER_REPRISE, fermee_le=None).update(fermee_le=timezone.now())
        for sinistre in sinistres:
            echeances.poser_jours(sinistre=sinistre, jours={GenreEcheance.REPRISE_ATTENDUE: timezone.localdate()})
        waiting.update(due_at=timezone.now())

    set_due()
    total = count_statements(echeances.balayer)
    assert total > 10
    for rank in range(1, total + 1):
        set_due()
        with contextlib.suppress(Fault), fault_at(rank, after=False):
            echeances.balayer()
        waiting.update(due_at=timezone.now())  # the time to try again has come
        echeances.balayer()
        assert Tache.objects.filter(genre=GenreTache.DEMANDER_REPRISE, fermee_le=None).count() == 2, f"statement {rank} of {total}"
        assert not waiting.exists()
    assert Entree.objects.filter(action="echeance.echue").count() == 2 * (total + 1), "each once, whatever failed"


def test_a_sweep_of_reminders_cut_at_any_statement_is_finished_by_the_next(vraie_base: None) -> None:
    """A batch is one transaction: cut anywhere, nothing of it is done, and the next sweep tells each dossier's reminder once."""
    m = f.monde()
    sinistres = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(2)]
    asked = timezone.now() - 14 * DAY
    Piece.objects.filter(sinistre__in=sinistres).update(demandee_le=asked)

    def set_due() -> None:
        Echeance.objects.update(levee_le=timezone.now())
        Echeance.objects.bulk_create(
            Echeance(sinistre=s, genre=GenreEcheance.PIECES_ATTENDUES, depart=asked, jours=7, due_at=timezone.now()) for s in sinistres
        )

    set_due()
    total = count_statements(relancer)
    assert total > 10
    for rank in range(1, total + 1):
        set_due()
        with contextlib.suppress(Fault), fault_at(rank, after=False):
            relancer()
        Echeance.objects.filter(levee_le=None, traitee_le=None, rang=0).update(due_at=timezone.now(), tentatives=0)
        relancer()
        for sinistre in sinistres:
            assert Echeance.objects.get(sinistre=sinistre, levee_le=None, traitee_le=None).rang == 1, f"statement {rank} of {total}"
    told = 2 * (total + 1)
    assert Entree.objects.filter(action="relance.faite").count() == told, "each once, whatever failed"
    assert Evenement.objects.filter(type="pieces.relance").count() == told


def test_suspensions_ended_by_a_sweep_cut_at_any_statement_end_once(vraie_base: None) -> None:
    """Each dossier is a transaction of its own: cut anywhere, the next sweep ends what is left, as of the same instant."""
    m = f.monde()
    sinistres = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(2)]
    clocks = [echeances.horloge_des_pieces(s) for s in sinistres]
    begun, last = timezone.now() - 14 * DAY, timezone.localdate() - 7 * DAY
    due = timezone.now() + 30 * DAY

    def set_due() -> None:
        Pause.objects.all().delete()
        for clock in clocks:
            assert clock is not None
            Pause.objects.create(echeance=clock, debut=begun, jusqu_au=last, motif="Arrêté en signature")
        Echeance.objects.filter(pk__in=[clock.pk for clock in clocks if clock is not None]).update(en_pause=True, due_at=due)

    set_due()
    total = count_statements(relances.finir_suspensions)
    expected = set(Echeance.objects.filter(sinistre__in=sinistres, genre=GenreEcheance.PIECES_ATTENDUES).values_list("due_at", flat=True))
    assert total > 10 and len(expected) == 1 and expected != {due}
    for rank in range(1, total + 1):
        set_due()
        with contextlib.suppress(Fault), fault_at(rank, after=False):
            relances.finir_suspensions()
        relances.finir_suspensions()
        rows = Echeance.objects.filter(sinistre__in=sinistres, genre=GenreEcheance.PIECES_ATTENDUES)
        assert set(rows.values_list("en_pause", "due_at")) == {(False, *expected)}, f"statement {rank} of {total}"
        assert not Pause.objects.filter(fin__isnull=True).exists()
    assert Entree.objects.filter(action="echeance.reprise").count() == 2 * (total + 1), "each once, whatever failed"
