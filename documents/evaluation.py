"""Which pièces are expected of a set of sinistres: one SQL statement, the same for one dossier and for a hundred thousand.

The list that each dossier is held to × the nature of each of its épisodes × its régime × the stages that its arrêts, its épisodes and what
was said of it have opened × the condition of each line (documents/conditions.py). Nothing here reads the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from django.db import connection, transaction

from cases.enums import OUVERTS, GenreArret
from documents import conditions
from documents.enums import Stade
from documents.models import Piece

STADES_OF: dict[str, tuple[Stade, ...]] = {
    GenreArret.INITIAL: (Stade.DECLARATION, Stade.VALIDATION, Stade.REMBOURSEMENT),
    GenreArret.PROLONGATION: (Stade.PROLONGATION, Stade.REMBOURSEMENT),
    GenreArret.RECHUTE: (Stade.RECHUTE, Stade.VALIDATION, Stade.REMBOURSEMENT),
    GenreArret.TPT: (Stade.DECLARATION, Stade.REMBOURSEMENT),
}
"""The stages that an arrêt of each kind opens. An épisode opens those of its kind by itself: a décès has no arrêt. The first arrêt after
a requalification opens what an initial one does, a temps partiel thérapeutique that follows another what a prolongation does."""

HELD = "documents_dossierpieces"

IN_STATES = "s.etat = ANY (%(etats)s)"
SOME = "s.id = ANY (%(ids)s)"

_STADES = ", ".join(f"('{genre}', '{stade}')" for genre, stades in STADES_OF.items() for stade in stades)
_RUNS = ", ".join(f'bool_or({sql}) AS "{name}"' for name, sql in conditions.RUN_OF_CMO.items())
_TOTALS = ", ".join(f'({sql}) AS "{name}"' for name, sql in conditions.TOTALS.items())
_CASES = "\n".join(
    [f"WHEN '{name}' THEN {sql}" for name, sql in conditions.OF_DOSSIER.items()]
    + [f"WHEN '{name}' THEN coalesce(m.\"{name}\", false)" for name in conditions.RUN_OF_CMO]
    + [f"WHEN '{name}' THEN coalesce(t.\"{name}\", false)" for name in conditions.TOTALS]
)


def _sum(name: str, *natures: str) -> str:
    among = ", ".join(f"'{nature}'" for nature in natures)
    return (
        f"min(debut) FILTER (WHERE nature IN ({among})) AS {name}_debut,"
        f" (sum(fin - debut + 1) FILTER (WHERE nature IN ({among})))::int AS {name}_jours"
    )


_CUMULS = ", ".join([_sum("clm", "CLM"), _sum("cld", "CLD"), _sum("long", "CLM", "CLD"), _sum("cgm", "CGM"), _sum("tpt", "TPT")])


def expected(which: str, held: str = HELD) -> str:
    """The CTEs that end with `attendue` (sinistre_id, arret_id, exigence_id, code, requise), for the sinistres `s` that `which` names.

    `held` is a relation (sinistre_id, liste_id, faits): to what list each dossier is held. One row for each (dossier, code, arrêt): of two
    lines that ask for the same paper, the required one speaks.
    """
    # Every part is a constant of this module or of documents/conditions.py; values travel as parameters.
    return f"""
    dossier AS (
        SELECT s.id, s.collectivite_id, s.regime, s.tiers_possible, h.liste_id, h.faits,
               s.reprise_effective IS NOT NULL OR s.etat = 'CLOS' AS finit
        FROM cases_sinistre s JOIN {held} h ON h.sinistre_id = s.id
        WHERE {which}
    ),
    stade_de (genre, stade) AS (VALUES {_STADES}),
    arret AS (SELECT a.* FROM cases_arret a JOIN dossier d ON d.id = a.sinistre_id),
    episode AS (
        SELECT e.id, e.sinistre_id, d.liste_id, d.regime, e.nature, e.genre,
               e.rang = max(e.rang) OVER (PARTITION BY e.sinistre_id) AS dernier, a.episode_id IS NULL AS sans_arret
        FROM cases_episode e
        JOIN dossier d ON d.id = e.sinistre_id
        LEFT JOIN (SELECT DISTINCT episode_id FROM arret) a ON a.episode_id = e.id
    ),
    periode AS (
        SELECT a.sinistre_id, e.liste_id, e.regime, a.id, a.debut, a.fin, CASE WHEN a.genre = 'TPT' THEN 'TPT' ELSE e.nature END AS nature,
               CASE WHEN a.genre = 'TPT' AND row_number() OVER rang > 1 THEN 'PROLONGATION'
                    WHEN a.genre <> 'TPT' AND e.genre = 'REQUALIFICATION' AND row_number() OVER rang = 1 THEN 'INITIAL'
                    ELSE a.genre END AS ouvre
        FROM arret a JOIN episode e ON e.id = a.episode_id
        WHERE a.actif
        WINDOW rang AS (PARTITION BY a.sinistre_id, a.episode_id, a.genre = 'TPT' ORDER BY a.debut, a.id)
    ),
    ilot AS (
        SELECT sinistre_id, min(debut) AS debut, max(fin) AS fin
        FROM (
            SELECT sinistre_id, debut, fin, count(*) FILTER (WHERE saut) OVER (PARTITION BY sinistre_id ORDER BY debut) AS ilot
            FROM (
                SELECT sinistre_id, debut, fin,
                       debut > lag(fin) OVER (PARTITION BY sinistre_id ORDER BY debut) + {conditions.SAME_LEAVE_DAYS} AS saut
                FROM periode WHERE nature = 'CMO'
            ) marche
        ) coupe
        GROUP BY sinistre_id, ilot
    ),
    mesure AS (SELECT i.sinistre_id, {_RUNS} FROM ilot i GROUP BY i.sinistre_id),
    total AS (
        SELECT c.sinistre_id, {_TOTALS}
        FROM (SELECT sinistre_id, {_CUMULS} FROM periode WHERE nature IN ('CLM', 'CLD', 'CGM', 'TPT') GROUP BY sinistre_id) c
    ),
    ouverture AS (
        SELECT p.sinistre_id, p.liste_id, p.regime, p.id AS arret_id, p.nature, o.stade, true AS par_periode
        FROM periode p JOIN stade_de o ON o.genre = p.ouvre
        UNION ALL
        SELECT DISTINCT p.sinistre_id, p.liste_id, p.regime, NULL::bigint, p.nature, o.stade, false
        FROM periode p JOIN stade_de o ON o.genre = p.ouvre WHERE p.ouvre IN ('PROLONGATION', 'TPT')
        UNION ALL
        SELECT e.sinistre_id, e.liste_id, e.regime, NULL, e.nature, o.stade, b.par_periode
        FROM episode e
        JOIN stade_de o ON o.genre = CASE WHEN e.genre = 'RECHUTE' THEN 'RECHUTE' ELSE 'INITIAL' END
        JOIN (VALUES (false), (true)) b (par_periode) ON e.sans_arret OR NOT b.par_periode
        WHERE e.dernier OR NOT e.sans_arret
        UNION ALL
        SELECT e.sinistre_id, e.liste_id, e.regime, NULL, e.nature, o.stade, b.par_periode
        FROM episode e JOIN dossier d ON d.id = e.sinistre_id
        JOIN (VALUES ('DECES'), ('FRAIS'), ('RECOURS'), ('CLOTURE')) o (stade) ON CASE o.stade
            WHEN 'DECES' THEN e.nature = 'DC'
            WHEN 'FRAIS' THEN e.nature = 'FM' OR 'FRAIS_MEDICAUX' = ANY (d.faits)
            WHEN 'RECOURS' THEN d.tiers_possible IS TRUE
            ELSE d.finit END
        CROSS JOIN (VALUES (false), (true)) b (par_periode)
        WHERE e.dernier
    ),
    ligne AS MATERIALIZED (
        -- `papier` and `rang` are whole numbers, since a million rows are sorted by them: the same code, and which line of it speaks.
        -- A list says every nature and régime: only those met here are looked at.
        SELECT e.*, c.nature, c.regime
        FROM (
            SELECT *, dense_rank() OVER (ORDER BY code) AS papier, row_number() OVER (ORDER BY exigee DESC, ordre, id) AS rang
            FROM (
                SELECT id, liste_id, stade, code, par_periode, condition, ordre, natures, regimes,
                       requise AND condition <> '{conditions.NEVER_REQUIRED}' AS exigee
                FROM documents_exigence WHERE liste_id IN (SELECT liste_id FROM dossier)
            ) x
        ) e
        JOIN (SELECT liste_id, regime, nature FROM episode UNION SELECT liste_id, regime, nature FROM periode) c
            ON c.liste_id = e.liste_id AND c.nature = ANY (e.natures) AND c.regime = ANY (e.regimes)
    ),
    candidate AS MATERIALIZED ( -- a fence: the planner would multiply every dossier by every line first
        SELECT o.sinistre_id, o.arret_id, l.id, l.code, l.papier, l.exigee, l.rang, l.condition
        FROM ouverture o JOIN ligne l USING (liste_id, regime, nature, stade, par_periode)
    ),
    attendue AS MATERIALIZED (
        SELECT DISTINCT ON (l.sinistre_id, l.papier, l.arret_id)
               l.sinistre_id, l.arret_id, l.id AS exigence_id, l.code, l.exigee AS requise
        FROM candidate l
        JOIN dossier d ON d.id = l.sinistre_id
        LEFT JOIN mesure m ON m.sinistre_id = d.id
        LEFT JOIN total t ON t.sinistre_id = d.id
        WHERE CASE l.condition
            {_CASES}
        END
        ORDER BY l.sinistre_id, l.papier, l.arret_id, l.rang
    )"""  # noqa: S608


SAME = "p.sinistre_id = x.sinistre_id AND p.code = x.code AND coalesce(p.arret_id, 0) = coalesce(x.arret_id, 0)"
"""That the pièce `p` is the one that the expected row `x` asks for."""

PIN = """
    epingle AS (
        INSERT INTO documents_dossierpieces (sinistre_id, liste_id, faits, epinglee_le)
        SELECT s.id, (
            SELECT l.id FROM documents_listepieces l
            WHERE l.publiee_le IS NOT NULL AND (l.contrat_id = s.contrat_id OR l.contrat_id IS NULL)
              AND l.debut <= s.survenance AND (l.fin IS NULL OR l.fin >= s.survenance)
            ORDER BY l.contrat_id NULLS LAST, l.version DESC LIMIT 1
        ), '{}', $2
        FROM cases_sinistre s WHERE s.id = $1
        ON CONFLICT (sinistre_id) DO UPDATE SET liste_id = EXCLUDED.liste_id WHERE documents_dossierpieces.liste_id IS NULL
        RETURNING sinistre_id, liste_id, faits
    ),
    tenu AS (
        SELECT * FROM epingle
        UNION ALL
        SELECT sinistre_id, liste_id, faits FROM documents_dossierpieces WHERE sinistre_id = $1 AND liste_id IS NOT NULL
    )"""
"""A dossier that is held to no list yet is pinned to the one of its survenance: its contract's own where there is one, else the CDG's."""

_FIELDS = [field.attname for field in Piece._meta.concrete_fields]
_PIECE = ", ".join(_FIELDS)
"""Named, since a connection keeps the statement while a migration may add a column."""

APPLY = f"""
    WITH {PIN}, {expected("s.id = $1", "tenu")},
    ajoutee AS (
        INSERT INTO documents_piece (sinistre_id, arret_id, exigence_id, code, libelle, stade, visibilite, requise, etat, demandee_le,
            version, alternative, sur_papier, motif_refus, message_refus)
        SELECT x.sinistre_id, x.arret_id, x.exigence_id, x.code, e.libelle, e.stade, e.visibilite, x.requise, 'DEMANDEE', $2,
            1, '', false, '', ''
        FROM attendue x JOIN documents_exigence e ON e.id = x.exigence_id
        WHERE NOT EXISTS (SELECT FROM documents_piece p WHERE {SAME})
        ORDER BY e.ordre, e.id
        ON CONFLICT DO NOTHING
        RETURNING *
    ),
    retiree AS (
        UPDATE documents_piece p SET etat = 'SANS_OBJET'
        WHERE p.sinistre_id = $1 AND p.etat IN ('DEMANDEE', 'REFUSEE') AND NOT EXISTS (SELECT FROM attendue x WHERE {SAME})
        RETURNING p.*
    ),
    reprise AS (
        UPDATE documents_piece p SET exigence_id = e.id, libelle = e.libelle, stade = e.stade, requise = x.requise,
            -- What has begun to arrive stays on the side where it arrived.
            visibilite = CASE WHEN p.etat NOT IN ('DEMANDEE', 'SANS_OBJET')
                                   OR EXISTS (SELECT FROM documents_depot f WHERE f.piece_id = p.id)
                              THEN p.visibilite ELSE e.visibilite END,
            demandee_le = CASE WHEN p.etat = 'SANS_OBJET' THEN $2 ELSE p.demandee_le END,
            etat = CASE WHEN p.etat <> 'SANS_OBJET' THEN p.etat WHEN p.motif_refus = '' THEN 'DEMANDEE' ELSE 'REFUSEE' END
        FROM attendue x JOIN documents_exigence e ON e.id = x.exigence_id, documents_piece avant
        WHERE {SAME} AND avant.id = p.id AND (p.etat = 'SANS_OBJET' OR p.exigence_id <> x.exigence_id OR p.requise <> x.requise)
        RETURNING p.*, CASE avant.etat WHEN 'SANS_OBJET' THEN 'redemandee' ELSE 'reecrite' END AS mouvement
    )
    SELECT 'ajoutee' AS mouvement, {_PIECE} FROM ajoutee
    UNION ALL SELECT 'retiree', {_PIECE} FROM retiree
    UNION ALL SELECT mouvement, {_PIECE} FROM reprise
"""  # noqa: S608
"""At the instant $2, brings the pièces of the dossier $1 in line with what is expected of it, under its caller's lock."""

_prepared: WeakSet[Any] = WeakSet()


def apply(sinistre_id: int, maintenant: dt.datetime) -> list[tuple[str, Piece]]:
    """Run APPLY: each pièce that it moved, with « ajoutee », « retiree », « redemandee » or « reecrite ». Inside the caller's transaction.

    To read and plan that text costs four times what it does (ADR 10): a connection reads it once and keeps one plan, good for any
    dossier. PostgreSQL by itself would plan the first five anew.
    """
    connection.ensure_connection()
    session = connection.connection
    if session not in _prepared:
        with connection.wrap_database_errors:
            session.execute(f"PREPARE documents_apply (bigint, timestamptz) AS {APPLY}")
        _prepared.add(session)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan; EXECUTE documents_apply (%s, %s)", [sinistre_id, maintenant])
        cursor.nextset()
        return [(mouvement, Piece.from_db(connection.alias, _FIELDS, values)) for mouvement, *values in cursor.fetchall()]


def _whole(which: str) -> str:
    return f"""
    WITH {expected(which)}
    SELECT x.sinistre_id, count(*) FILTER (WHERE x.requise), count(*) FILTER (WHERE x.requise AND p.etat = 'CONFORME'),
           coalesce(array_agg(x.code ORDER BY x.code) FILTER (WHERE x.requise AND p.etat IS DISTINCT FROM 'CONFORME'), '{{}}')
    FROM attendue x LEFT JOIN documents_piece p ON {SAME}
    GROUP BY x.sinistre_id"""  # noqa: S608


BULK = "SET LOCAL work_mem = '64MB'; SET LOCAL enable_nestloop = off; SET LOCAL jit = off; SET LOCAL statement_timeout = '120s'"
"""For statements over many dossiers: the planner can't know how many rows come out of the CTEs, and a nested loop over two is quadratic."""


@dataclass(frozen=True)
class Completude:
    """How one dossier stands against what is expected of it: the codes of the required pièces that are not conformes, in order."""

    requises: int
    conformes: int
    manquantes: tuple[str, ...]

    @property
    def complet(self) -> bool:
        return not self.manquantes


def completude(ids: Iterable[int] | None = None, *, etats: Iterable[str] = OUVERTS) -> dict[int, Completude]:
    """Who lacks what, by sinistre: of these, or of every dossier in these states. One set-based query whatever their number.

    It computes what is expected afresh and looks at the pièces' states; a dossier of which nothing is expected is not in it.
    """
    params: dict[str, Any] = {"etats": list(etats)} if ids is None else {"ids": list(ids)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BULK)
        cursor.execute(_whole(IN_STATES if ids is None else SOME), params)
        return {pk: Completude(requises, conformes, tuple(codes)) for pk, requises, conformes, codes in cursor.fetchall()}


def attendues(ids: Iterable[int]) -> set[tuple[int, str, int | None, bool]]:
    """(sinistre, code, arrêt or None, required) of everything expected of these dossiers."""
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {expected(SOME)} SELECT sinistre_id, code, arret_id, requise FROM attendue", {"ids": list(ids)})  # noqa: S608
        return set(cursor.fetchall())
