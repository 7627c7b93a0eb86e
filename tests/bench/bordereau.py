"""A bordereau of 3,000 lines: composed, read again, printed, written as a table; each against the same work done bare in the same run.

Bare: the same rows written by hand in a pipeline (composing), one join (reading), the same cells typeset without tags, titles nor the
accessible profile (PDF), or written by `csv` as they come (table).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import secrets
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import psycopg
import typst
from django.utils import timezone

from cases.models import Sinistre
from indemnities.editions import bordereau as edition
from indemnities.editions.contenu import contenu_de
from indemnities.enums import EtatDecompte
from indemnities.models import Bordereau, Decompte
from tests import factories
from tests.bench.measure import Result, compare, database_clock, timed
from workflows import payments

LIGNES, DOSSIERS, ROUNDS = 3_000, 60, 3
NU = b"""#set page(paper: "a4", flipped: true)
#let lignes = json(bytes(sys.inputs.lignes))
#table(columns: 10, ..lignes.flatten())
"""

JOURNAL = (
    "WITH e AS (INSERT INTO journal_entree"
    " (le, acteur_id, acteur, origine, action, objet_type, objet_id, sinistre_id, motif, empreinte)"
    " VALUES (%s, %s, 'banc', 'web', 'decompte.transmis', 'decompte', %s, %s, '', %s) RETURNING id)"
    " INSERT INTO journal_contenu (entree_id, donnees, sel) SELECT id, %s::jsonb, %s FROM e"
)
EVENT = (
    "INSERT INTO journal_evenement (le, type, objet_type, objet_id, sinistre_id, donnees)"
    " VALUES (%s, 'decompte.transmis', 'decompte', %s, %s, '{}')"
)
READ = (
    "SELECT s.numero, a.matricule, a.nom, a.prenom, s.nature, s.survenance, d.debut, d.fin, d.montant, d.corrige_id"
    " FROM indemnities_decompte d JOIN cases_sinistre s ON s.id = d.sinistre_id JOIN contracts_agent a ON a.id = s.agent_id"
    " WHERE d.bordereau_id = %s ORDER BY s.numero, d.debut, d.id"
)


def bench_bordereau(bare: psycopg.Connection[Any], world: factories.Monde) -> list[Result]:
    dossiers = [factories.sinistre(world, de=factories.agent(world.collectivite)) for _ in range(DOSSIERS)]
    passes = count()
    made: list[Bordereau] = []

    def approved() -> list[Decompte]:
        return _approved(world, dossiers, next(passes))

    def compose() -> float:
        ids = [decompte.pk for decompte in approved()]
        return timed(
            lambda: made.append(
                payments.composer_bordereau(acteur=world.payeur, collectivite=world.collectivite, contrat=world.contrat, decompte_ids=ids)
            )
        )

    def written() -> float:
        decomptes = approved()
        return timed(lambda: _written(bare, world, made[-1].pk, decomptes))

    with database_clock() as clock:
        compose()
    results = [_compared("composed", compose, written, clock.queries)]
    last = made[-1].pk
    with database_clock() as clock:
        contenu = contenu_de(last)
    cells = [[str(valeur) for valeur in vars(ligne).values()] for ligne in contenu.lignes]
    if len(cells) != LIGNES:
        raise RuntimeError("the bordereau that is measured has not the lines that it should")
    return [
        *results,
        _compared("read again", lambda: timed(lambda: contenu_de(last)), lambda: timed(lambda: _read(bare, last)), clock.queries),
        _compared("PDF/UA", lambda: timed(lambda: edition.pdf(contenu)), lambda: timed(lambda: _plain_pdf(cells))),
        _compared("CSV", lambda: timed(lambda: edition.tableur(contenu)), lambda: timed(lambda: _plain_csv(cells))),
    ]


def _compared(what: str, ours: Callable[[], float], floor: Callable[[], float], queries: int = 0) -> Result:
    return compare(f"bordereau of {LIGNES}, {what}", ours, floor, rounds=ROUNDS, warmup=1, queries=queries, bound="for information")


def _approved(world: factories.Monde, dossiers: list[Sinistre], rang: int) -> list[Decompte]:
    """As many décomptes as the bordereau has lines, ready to be transmitted: days that no other pass has."""
    par_dossier = LIGNES // len(dossiers)
    premier = dt.date(2010, 1, 1) + rang * par_dossier * dt.timedelta(days=1)
    return Decompte.objects.bulk_create(
        Decompte(
            sinistre=dossier, debut=jour, fin=jour, montant=Decimal("57.43"), explication="Un jour.", calcule_par=world.gestionnaire,
            approuve_par=world.payeur, approuve_le=timezone.now(), etat=EtatDecompte.APPROUVE,
        )
        for dossier in dossiers
        for jour in (premier + n * dt.timedelta(days=1) for n in range(par_dossier))
    )  # fmt: skip


def _written(bare: psycopg.Connection[Any], world: factories.Monde, like: int, decomptes: list[Decompte]) -> None:
    now, acteur = dt.datetime.now(dt.UTC), world.payeur.pk
    payload = json.dumps({"avant": EtatDecompte.APPROUVE, "montant": "57.43"})
    with bare.transaction(), bare.cursor() as cursor:
        (pk,) = bare.execute(
            "INSERT INTO indemnities_bordereau"
            " (numero, collectivite_id, contrat_id, cree_par_id, cree_le, total, empreinte, etat, reference)"
            " SELECT 'nu-' || nextval('bordereau_numero_seq'), collectivite_id, contrat_id, cree_par_id, cree_le, total, empreinte,"
            " etat, reference FROM indemnities_bordereau WHERE id = %s RETURNING id",
            (like,),
        ).fetchone() or (0,)
        cursor.executemany(
            "UPDATE indemnities_decompte SET etat = 'TRANSMIS', bordereau_id = %s WHERE id = %s", [(pk, d.pk) for d in decomptes]
        )
        cursor.executemany(
            JOURNAL,
            [
                (now, acteur, d.pk, d.sinistre_id, secrets.token_bytes(32), payload, secrets.token_bytes(16)) for d in decomptes
            ],
        )  # fmt: skip
        cursor.executemany(EVENT, [(now, d.pk, d.sinistre_id) for d in decomptes])


def _read(bare: psycopg.Connection[Any], bordereau: int) -> int:
    return len(bare.execute(READ, (bordereau,)).fetchall())


def _plain_pdf(cells: list[list[str]]) -> bytes:
    contenu: bytes = typst.compile(NU, format="pdf", sys_inputs={"lignes": json.dumps(cells)}, ignore_system_fonts=True)
    return contenu


def _plain_csv(cells: list[list[str]]) -> bytes:
    flux = io.StringIO(newline="")
    csv.writer(flux, delimiter=";").writerows(cells)
    return flux.getvalue().encode()
