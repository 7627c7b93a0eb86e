"""Due reminders, from their clocks to digests in the outbox: swept, derived, composed; each against the same rows written bare.

BENCH_RELANCES is their number (100,000 unless told), over collectivités of two hundred dossiers with a person each. The floor writes what
the step leaves behind and nothing else, rows sent from here by `executemany` in one transaction, in turn in the same run: no reading of
what is missing, no calendar, no check of who may still be told.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import time_machine
from django.utils import timezone

from accounts.enums import Role
from cases.models import Echeance
from cases.rules import add_working_days, start_of_business
from journal import outbox
from notifications.composition import composer
from notifications.derivation import CONSUMER, deriver
from notifications.enums import EtatAnnonce
from notifications.models import Annonce, Courriel
from notifications.relances import relancer
from tests import base, factories
from tests.bench.measure import Result

RELANCES = int(os.environ.get("BENCH_RELANCES", "100000"))
PAR_COLLECTIVITE = 200
DUE = "genre = 'PIECES_ATTENDUES' AND traitee_le IS NULL AND levee_le IS NULL AND sinistre_id = ANY (%s)"

DOSSIERS = """
INSERT INTO cases_sinistre (numero, collectivite_id, agent_id, contrat_id, termes_id, nature, regime, survenance, declare_le,
    limite_declaration, jours_de_retard, circonstances, tiers_possible, etat, etat_depuis, version, motif_cloture, motif_annulation,
    motif_refus, portee_refus, etat_avant_mediation)
SELECT 'relance-' || a.id || '-' || i, a.collectivite_id, a.id, s.contrat_id, s.termes_id, s.nature, s.regime, s.survenance, s.declare_le,
    s.limite_declaration, 0, '', false, 'DECLARE', s.etat_depuis, 1, '', '', '', '', ''
FROM cases_sinistre s, contracts_agent a, generate_series(1, %s) i WHERE s.id = %s AND a.id = ANY (%s) RETURNING id
"""
PIECES = """
INSERT INTO documents_piece (sinistre_id, exigence_id, code, libelle, stade, visibilite, requise, etat, demandee_le, sur_papier,
    motif_refus, message_refus, version, alternative)
SELECT s, e.id, e.code, e.libelle, e.stade, e.visibilite, true, 'DEMANDEE', %s, false, '', '', 1, ''
FROM unnest(%s::bigint[]) s, documents_exigence e
WHERE e.id IN (SELECT exigence_id FROM documents_piece WHERE sinistre_id = %s)
"""
HORLOGES = """
INSERT INTO cases_echeance (sinistre_id, genre, depart, jours, jours_ouvres, due_at, rang, en_pause, tentatives, erreur)
SELECT s, 'PIECES_ATTENDUES', %s, 7, true, %s, 0, false, 0, '' FROM unnest(%s::bigint[]) s
"""
JOURNAL = (
    "WITH e AS (INSERT INTO journal_entree (le, acteur_id, acteur, origine, action, objet_type, objet_id, sinistre_id, motif, empreinte)"
    " VALUES (%s, NULL, 'banc', 'web', 'relance.faite', 'sinistre', %s, %s, '', %s) RETURNING id)"
    " INSERT INTO journal_contenu (entree_id, donnees, sel) SELECT id, %s::jsonb, %s FROM e"
)
PAST = (
    "WITH e AS (INSERT INTO journal_entree (le, acteur_id, acteur, origine, action, objet_type, objet_id, sinistre_id, motif, empreinte)"
    " SELECT %s, NULL, 'banc', 'web', 'banc', 'sinistre', id, id, '', %s FROM unnest(%s::bigint[]) id RETURNING id)"
    " INSERT INTO journal_contenu (entree_id, donnees, sel) SELECT id, '{}', %s FROM e"
)
EVENT = "INSERT INTO journal_evenement (le, type, objet_type, objet_id, sinistre_id, donnees) VALUES (%s, 'banc', 'sinistre', %s, %s, %s)"
NEXT = (
    "INSERT INTO cases_echeance (sinistre_id, genre, depart, jours, jours_ouvres, due_at, rang, en_pause, tentatives, erreur)"
    " VALUES (%s, 'PIECES_ATTENDUES', %s, 21, true, %s, 1, false, 0, '')"
)
ANNONCE = (
    "INSERT INTO notifications_annonce (cle, genre, destinataire_id, adresse, collectivite_id, sinistre_id, evenement_id, donnees, cadence,"
    " etat, cree_le, prevue_le)"
    " SELECT %s, genre, destinataire_id, adresse, collectivite_id, sinistre_id, evenement_id, donnees, cadence, 'EN_ATTENTE', cree_le,"
    " prevue_le FROM notifications_annonce WHERE id = %s"
)


def bench_relances(bare: psycopg.Connection[Any], world: factories.Monde) -> list[Result]:
    """Three steps of one backlog, each timed once as a whole: milliseconds for all of it, and how many a second."""
    with _at_work() as asked:
        mine, theirs = _backlog(bare, world, asked), _backlog(bare, world, asked)
        _hide(theirs)
        _as_a_house_at_work(bare, theirs)
        outbox.jump_to_now(CONSUMER)
        total = len(mine)
        results = [_result("swept", total, _until_done(relancer), lambda: _swept(bare, theirs, asked))]
        results.append(_result("derived", total, _until_done(deriver), lambda: _derived(bare, mine)))
        Annonce.objects.filter(cle__startswith="banc:").update(etat=EtatAnnonce.SANS_OBJET)
        results.append(_result("composed into digests", total, _until_done(composer), lambda: _composed(bare, mine)))
        digests = Courriel.objects.filter(genre="RECAPITULATIF", annonces__sinistre__in=mine[:1]).count()
        placed = Annonce.objects.filter(sinistre__in=mine, etat=EtatAnnonce.CONFIEE).count()
        if placed != total or digests != 1:
            raise RuntimeError(f"{placed} reminders of {total} are in digests")
    return results


@contextmanager
def _at_work() -> Iterator[dt.datetime]:
    """A morning of work, whatever the day of the measure; gives the instant at which pièces were asked for, two weeks before."""
    matin = start_of_business(add_working_days(timezone.localdate(), 20, "34")) + dt.timedelta(hours=2)
    with time_machine.travel(matin, tick=True):
        yield start_of_business(timezone.localdate() - dt.timedelta(days=14))


def _backlog(bare: psycopg.Connection[Any], world: factories.Monde, asked: dt.datetime) -> list[int]:
    """As many dossiers, each with two pièces missing and a reminder due since this morning."""
    like = factories.sinistre(world, de=factories.agent(world.collectivite)).pk
    agents = []
    for _ in range(max(1, RELANCES // PAR_COLLECTIVITE)):
        chez = factories.collectivite()
        factories.person(Role.COLLECTIVITE, collectivites=[chez])
        agents.append(factories.agent(chez).pk)
    each = RELANCES // len(agents)
    with bare.transaction():
        ids = [pk for (pk,) in bare.execute(DOSSIERS, (each, like, agents)).fetchall()]
        bare.execute(PIECES, (asked, ids, like))
        bare.execute(HORLOGES, (asked, timezone.now() - dt.timedelta(hours=1), ids))
    return ids


def _hide(ids: list[int]) -> None:
    """What the floor will write for is not swept."""
    Echeance.objects.filter(sinistre__in=ids).update(en_pause=True)


def _as_a_house_at_work(bare: psycopg.Connection[Any], ids: list[int]) -> None:
    """A journal with a past, and statistics, which a database just loaded has not.

    PostgreSQL keeps in each connection the plan by which it checks a foreign key. Made while the journal held a page, it reads the whole
    of it for each row written, and does so until an ANALYZE, autovacuum's most often: the sweep then slowed down with each batch, and was
    as fast as autovacuum came early. Superuser: to others ANALYZE is a warning, and nothing.
    """
    bare.execute(PAST, (timezone.now(), secrets.token_bytes(32), ids, secrets.token_bytes(16)))
    with psycopg.connect(base.TestDatabase.current().dsn("admin"), autocommit=True) as admin:
        admin.execute("VACUUM (ANALYZE)")


def _until_done(act: Callable[[], int]) -> Callable[[], int]:
    def run() -> int:
        done = 0
        while step := act():
            done += step
        return done

    return run


def _result(what: str, total: int, ours: Callable[[], int], floor: Callable[[], None]) -> Result:
    start = time.perf_counter()
    done = ours()
    mine = time.perf_counter() - start
    start = time.perf_counter()
    floor()
    bare = time.perf_counter() - start
    if done < total:
        raise RuntimeError(f"{done} of {total} were {what}")
    bound = f"{total / mine:,.0f}/s against {total / bare:,.0f}/s"
    return Result(f"{total} reminders, {what}", "ms", mine * 1e3, mine * 1e3, bare * 1e3, bare * 1e3, mine / bare, 0, bound)


def _swept(bare: psycopg.Connection[Any], ids: list[int], asked: dt.datetime) -> None:
    now, payload = timezone.now(), json.dumps({"rang": 1, "pieces": 2})
    with bare.transaction(), bare.cursor() as cursor:
        cursor.execute(f"UPDATE cases_echeance SET traitee_le = %s, en_pause = false WHERE {DUE}", (now, ids))
        cursor.executemany(NEXT, [(pk, asked, now + dt.timedelta(days=20)) for pk in ids])
        cursor.executemany(JOURNAL, [(now, pk, pk, secrets.token_bytes(32), payload, secrets.token_bytes(16)) for pk in ids])
        cursor.executemany(EVENT, [(now, pk, pk, '{"rang": 1}') for pk in ids])


def _derived(bare: psycopg.Connection[Any], ids: list[int]) -> None:
    """The same annonces again, under other keys."""
    like = Annonce.objects.filter(sinistre__in=ids).values_list("pk", flat=True)
    with bare.transaction(), bare.cursor() as cursor:
        cursor.executemany(ANNONCE, [(f"banc:{pk}", pk) for pk in like])


def _composed(bare: psycopg.Connection[Any], ids: list[int]) -> None:
    """Each annonce written to once more, as its place in a digest is; the digests are one in two hundred of the rows."""
    rows = list(Annonce.objects.filter(sinistre__in=ids, courriel__isnull=False).values_list("courriel_id", "pk"))
    with bare.transaction(), bare.cursor() as cursor:
        cursor.executemany("UPDATE notifications_annonce SET courriel_id = %s, etat = 'CONFIEE' WHERE id = %s", rows)
