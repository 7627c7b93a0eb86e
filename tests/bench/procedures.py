"""A procedure whose two branches join, from its start to its end, against viewflow's own calls on a flow of the same shape.

Three acts each, in three transactions: the start, one step, then the step that joins and ends. Ours are those of people: the dossier is
locked, the right is asked, each step is a work item, the journal and the outbox are written with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

import psycopg
from django.db import transaction
from viewflow.workflow.models import Process, Task

from accounts.gate import exiger
from cases.enums import EtatBranche, GenreBranche, OrigineBranche
from cases.models import Branche
from tests import factories
from tests.bench.measure import Result, compare, database_clock, timed
from tests.essai.flows import DeuxVoiesFlow, DeuxVoiesNuFlow
from workflows import moteur, registre, verrous

ROUNDS = 150
STEPS = ("conclusions", "honoraires")
NAME = "two-branch procedure"
BOUND = "<= 2.5x: lock of the dossier, work items, rights, journal"
FREE = "for information"


@contextmanager
def two_branches() -> Iterator[None]:
    """In place of the contre-visite."""
    real = registre.FLOWS[GenreBranche.CONTRE_VISITE]
    registre.FLOWS[GenreBranche.CONTRE_VISITE] = f"{DeuxVoiesFlow.__module__}.{DeuxVoiesFlow.__name__}"
    registre.flow_of.cache_clear()
    try:
        yield
    finally:
        registre.FLOWS[GenreBranche.CONTRE_VISITE] = real
        registre.flow_of.cache_clear()


def bench_procedures(bare: psycopg.Connection, world: factories.Monde) -> list[Result]:
    dossiers = cycle([factories.sinistre(world, de=factories.agent(world.collectivite)).pk for _ in range(20)])
    acteur = world.gestionnaire
    _ = acteur.roles

    def ours() -> Branche:
        with transaction.atomic():
            sinistre = verrous.lock(next(dossiers))
            exiger(acteur, "contre_visite_demander", sinistre)
            branche = moteur.ouvrir(
                acteur=acteur, genre=GenreBranche.CONTRE_VISITE, sinistre=sinistre, origine=OrigineBranche.CDG, metier=lambda _: None
            )
        for nom in STEPS:
            with moteur.etape(acteur=acteur, branche=branche, nom=nom):
                pass
        return branche

    def viewflows() -> Process:
        with transaction.atomic():
            process = DeuxVoiesNuFlow.start.run()
        for nom in STEPS:
            node = getattr(DeuxVoiesNuFlow, nom)
            node.run(Task.objects.select_related("process").get(process=process, flow_task=node))
        return process

    with two_branches():
        done, finished = ours(), viewflows()
        done.refresh_from_db()
        finished.refresh_from_db()
        if done.etat != EtatBranche.TERMINEE or finished.finished is None:
            raise RuntimeError("a measured procedure did not reach its end")
        with database_clock() as clock:
            ours()
        queries = clock.queries
        results = [
            compare(f"{NAME}, wall time", lambda: timed(ours), lambda: timed(viewflows), rounds=ROUNDS, queries=queries, bound=BOUND),
            compare(f"{NAME}, database time", in_database(ours), in_database(viewflows), rounds=ROUNDS, queries=queries, bound=FREE),
        ]
    wall = results[0]
    print(f"procedures from start to end: {1000 / wall.p50:.0f} a second; viewflow's own calls: {1000 / wall.floor_p50:.0f} a second")
    return results


def in_database(act: Callable[[], object]) -> Callable[[], float]:
    def measured() -> float:
        with database_clock() as clock:
            act()
        return clock.seconds

    return measured
