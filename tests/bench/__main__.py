"""`make bench`: speed at volume, each figure against bare SQL for the same work, measured in turn in the same run.

BENCH_N is the number of sinistres (default 100,000), BENCH_AGENTS that of agents whose rights are reckoned in memory (as many), BENCH_JSON
a file for the figures; ARGS="declaration uploads" measures these alone, and ARGS=droits asks for no database.
Nothing here fails on a time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from itertools import count
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings_test"

import django

django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402

from cases.enums import Etat, FileTravail  # noqa: E402
from cases.models import Sinistre, Tache  # noqa: E402
from cases.selectors_files import Curseur, page_de_taches, taches_de_file  # noqa: E402
from contracts.models import Agent  # noqa: E402
from contracts.selectors import search_agents  # noqa: E402
from documents.evaluation import completude  # noqa: E402
from project.embedded.keeper import using  # noqa: E402
from tests import base, factories  # noqa: E402
from tests.bench import floors  # noqa: E402
from tests.bench.bordereau import bench_bordereau  # noqa: E402
from tests.bench.droits import bench_droits  # noqa: E402
from tests.bench.measure import Result, compare, database_clock, timed  # noqa: E402
from tests.bench.procedures import bench_procedures  # noqa: E402
from tests.bench.relais import bench_relais  # noqa: E402
from tests.bench.relances import bench_relances  # noqa: E402
from tests.bench.uploads import bench_uploads  # noqa: E402
from workflows.lifecycle import transiter  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 150


def load_volume(cases: int) -> None:
    """The volume loader, as the owner, into the database of this run."""
    environment = {
        **os.environ,
        "VIGIE_PROCESS": "owner",
        "DATABASE_OWNER_URL": os.environ["VIGIE_TEST_DATABASE_OWNER_URL"],
    }
    subprocess.run([sys.executable, "manage.py", "charger_volume", str(cases)], cwd=ROOT, env=environment, check=True)


def bench_queue(bare: psycopg.Connection, world: factories.Monde) -> list[Result]:
    """A page of a queue: the selector against bare SQL in database time; and the whole page's queries, through HTTP."""
    file = FileTravail.A_INSTRUIRE

    def ours() -> float:
        with database_clock() as clock:
            page = page_de_taches(taches_de_file(world.gestionnaire, file), Curseur.du_debut())
            assert page.lignes
        return clock.seconds

    def deep() -> float:
        with database_clock() as clock:
            page_de_taches(taches_de_file(world.gestionnaire, file), Curseur.du_debut().a(far))
        return clock.seconds

    def bare_deep() -> float:
        return timed(lambda: floors.page(bare, file, (far.suspendue, far.due_at, far.pk)))

    def bare_page() -> float:
        return timed(lambda: floors.page(bare, file))

    client = Client()
    client.force_login(world.gestionnaire)
    address = f"/gestion/files/{file}/"
    client.get(address)
    with database_clock() as clock:
        response = client.get(address)
        assert response.status_code == 200, response.status_code
    queries = len([sql for sql in clock.sql if not _of_the_visit(sql)])
    found = [compare("queue page, database time", ours, bare_page, rounds=ROUNDS, queries=queries, bound="<= 5 queries, <= 2x")]
    ordered = taches_de_file(world.gestionnaire, file).order_by("suspendue", "due_at", "pk")
    far = ordered[ordered.count() // 2]
    found.append(compare("queue page halfway, database time", deep, bare_deep, rounds=ROUNDS, queries=1, bound="<= 2x"))
    return found


def _of_the_visit(sql: str) -> bool:
    """Session, user and his rights: the queries any page makes before its own."""
    return any(
        table in sql for table in ("django_session", '"accounts_user"."password"', 'FROM "accounts_habilitation"', "usersessions", "mfa_")
    )


def bench_transition(bare: psycopg.Connection, world: factories.Monde) -> list[Result]:
    """« valider » against its writes in bare SQL: in database time, then in wall time (which counts Django's own Python)."""
    numeros = iter([_validable(world) for _ in range((ROUNDS + 3) * 4 + 1)])
    acteur = world.gestionnaire
    _ = acteur.roles
    with database_clock() as clock:
        transiter(acteur=acteur, numero=next(numeros), nom="valider")

    def act() -> None:
        transiter(acteur=acteur, numero=next(numeros), nom="valider")

    def bare_writes() -> float:
        return timed(lambda: floors.transition(bare, next(numeros), acteur.pk))

    return _both("transition valider", act, bare_writes, queries=clock.queries, bound="<= 24 queries; rights reckoned")


def _both(name: str, act: Callable[[], None], floor: Callable[[], float], *, queries: int, bound: str) -> list[Result]:
    def in_database() -> float:
        with database_clock() as clock:
            act()
        return clock.seconds

    return [
        compare(f"{name}, database time", in_database, floor, rounds=ROUNDS, queries=queries, bound=bound),
        compare(f"{name}, wall time", lambda: timed(act), floor, rounds=ROUNDS, queries=queries, bound="for information"),
    ]


def _validable(world: factories.Monde) -> str:
    sinistre = factories.sinistre(world, de=factories.agent(world.collectivite))
    factories.complete_pieces(sinistre, world.gestionnaire)
    return sinistre.numero


def bench_declaration(bare: psycopg.Connection, world: factories.Monde) -> list[Result]:
    made = [factories.agent(world.collectivite).pk for _ in range((ROUNDS + 3) * 2 + 1)]
    agents = iter(list(Agent.objects.filter(pk__in=made).select_related("collectivite").order_by("pk")))
    like = factories.sinistre(world, de=factories.agent(world.collectivite)).pk
    jours = count(1)
    _ = world.mairie.roles
    with database_clock() as clock:
        factories.sinistre(world, de=next(agents))

    def act() -> None:
        factories.sinistre(world, de=next(agents))

    def bare_writes() -> float:
        jour = dt.date(2020, 1, 1) + dt.timedelta(days=next(jours))
        return timed(lambda: floors.declaration(bare, like, world.mairie.pk, jour))

    return _both("declaration", act, bare_writes, queries=clock.queries, bound="<= 3x")


def bench_search(bare: psycopg.Connection, world: factories.Monde) -> Result:
    mots = [nom.lower() for nom in Agent.objects.order_by("?").values_list("recherche", flat=True)[:50]]
    words = iter([mots[i % len(mots)].split()[0] for i in range(2 * ROUNDS + 20)])

    def ours() -> float:
        mot = next(words)
        with database_clock() as clock:
            list(search_agents(world.gestionnaire, mot)[:20])
        return clock.seconds

    same = iter([mots[i % len(mots)].split()[0] for i in range(2 * ROUNDS + 20)])

    def bare_search() -> float:
        mot = next(same)
        return timed(lambda: floors.search(bare, mot))

    plan = search_agents(world.gestionnaire, mots[0].split()[0])[:20].explain()
    print("search uses the trigram index:", "agent_recherche_trgm" in plan)
    return compare("name search, database time", ours, bare_search, rounds=ROUNDS, queries=1, bound="trigram index")


def bench_checklists(bare: psycopg.Connection, world: factories.Monde) -> Result:
    """Who lacks what, over every dossier of the volume, in one query; against one pass over the same tables."""
    with database_clock() as clock:
        found = completude(etats=Etat.values)
    queries = len([sql for sql in clock.sql if not sql.startswith("SET")])
    complete = sum(one.complet for one in found.values())
    print(
        f"checklists: {len(found)} dossiers evaluated, {complete} complete, {sum(one.requises for one in found.values())} required pièces"
    )

    def ours() -> float:
        with database_clock() as clock:
            completude(etats=Etat.values)
        return clock.seconds

    def one_pass() -> float:
        return timed(lambda: floors.checklists(bare))

    name = f"checklists of {len(found)} dossiers"
    return compare(name, ours, one_pass, rounds=5, warmup=1, queries=queries, bound="1 query")


SCENARIOS: dict[str, Callable[[psycopg.Connection, factories.Monde], Result | list[Result]]] = {
    "queue": bench_queue,
    "search": bench_search,
    "transition": bench_transition,
    "declaration": bench_declaration,
    "uploads": bench_uploads,
    "checklists": bench_checklists,
    "procedures": bench_procedures,
    "bordereau": bench_bordereau,
    "relances": bench_relances,
    "relais": bench_relais,
}
IN_MEMORY: dict[str, Callable[[], list[Result]]] = {"droits": bench_droits}
"""What needs no database."""


def run(names: list[str]) -> list[Result]:
    world = factories.monde()
    with psycopg.connect(base.conninfo("DATABASE_URL", connection.settings_dict["NAME"]), autocommit=True) as bare:
        bare.prepare_threshold = None  # Django has each statement planned anew, but that of the pièces (ADR 10); the floor has them all
        results: list[Result] = []
        for name in names:
            found = SCENARIOS[name](bare, world)
            for result in found if isinstance(found, list) else [found]:
                print(result.line(), flush=True)
                results.append(result)
    return results


def run_in_memory(names: list[str]) -> list[Result]:
    results = [result for name in names for result in IN_MEMORY[name]()]
    for result in results:
        print(result.line(), flush=True)
    return results


def in_database(names: list[str], cases: int) -> tuple[dict[str, int], list[Result]]:
    """The scenarios that want `cases` sinistres around them, with what the volume holds."""
    with using(settings.HOME):
        database = base.TestDatabase.create()
        try:
            connections["default"].settings_dict["NAME"] = database.name
            load_volume(cases)
            sizes = {"sinistres": Sinistre.objects.count(), "agents": Agent.objects.count(), "taches": Tache.objects.count()}
            print(" ".join(f"{name}={size}" for name, size in sizes.items()))
            return sizes, run(names)
        finally:
            connections.close_all()
            database.drop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    known = [*SCENARIOS, *IN_MEMORY]
    parser.add_argument("names", nargs="*", metavar="scenario", help=", ".join(known))
    names = parser.parse_args().names or known
    if unknown := set(names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    cases = int(os.environ.get("BENCH_N", "100000"))
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.MFA_REQUIRED = False
    logging.disable(logging.INFO)
    print(f"{'':<44} {'p50 ms':>8} {'p95 ms':>8} |       {'p50':>8} {'p95':>8} |")
    results = run_in_memory([name for name in names if name in IN_MEMORY])
    sizes: dict[str, int] = {}
    if stored := [name for name in names if name in SCENARIOS]:
        sizes, found = in_database(stored, cases)
        results += found
    target = os.environ.get("BENCH_JSON")
    if target:
        figures = {"n": cases, **sizes, "results": [asdict(result) for result in results]}
        Path(target).write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
