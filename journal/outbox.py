"""Reading the outbox of events, each consumer at its own pace, without missing the row whose transaction commits late.

A reader by id alone passes over an event that took its id early and commits after it: for good. Ours goes by (xid, id) and stops
below `pg_snapshot_xmin`, where every transaction has ended (see sealing.py).

What the handler writes and the cursor's advance commit together, so an event is handled once; a crash between two events
loses nothing. Two workers of one consumer never run at once: the second finds the cursor's row locked and leaves.

**An event that fails.** Its handler's changes are undone, those of the events before it kept. It is tried again with back-off,
ATTEMPTS times over about a quarter of an hour, during which the consumer stands still: most failures (a lock, a dependency,
a deployment halfway) pass, and order is kept. After that the event is parked in `EvenementEcarte` and the consumer goes on: one
bad event must not keep the e-mails of every other dossier from leaving. What is parked is counted by
`selectors.etat_des_consommateurs`, and `manage.py rejouer_evenements` hands it again to its consumer once the cause is mended.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from journal import liaison
from journal.models import Curseur, Evenement, EvenementEcarte
from journal.sealing import check_counter

logger = logging.getLogger(__name__)

Handler = Callable[[Evenement], None]
HandlerDeLot = Callable[[Sequence[Evenement]], None]

ATTEMPTS = 6
FIRST_DELAY = dt.timedelta(seconds=30)

NEXT = """
SELECT * FROM journal_evenement
WHERE (xid, id) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, id LIMIT %s
"""

_consumers: dict[str, Handler] = {}


@dataclass(frozen=True)
class Tour:
    """What a round did. `occupe`: another worker of this consumer was at it. `en_echec`: the next event failed and waits."""

    traites: int = 0
    ecartes: int = 0
    occupe: bool = False
    en_echec: bool = False


def register(nom: str, handler: Handler) -> None:
    """Make a consumer known by its name, for health and replay. Called by the room's `apps.ready`."""
    _consumers[nom] = handler


def registered() -> dict[str, Handler]:
    return dict(_consumers)


def read_events(curseur: Curseur, limite: int) -> list[Evenement]:
    """The next events after `curseur` that nothing can precede any more, `limite` at most, in order."""
    return list(Evenement.objects.raw(NEXT, [str(curseur.xid), curseur.evenement_id, limite]))


def consume(nom: str, handler: Handler, limite: int = 100, *, lot: HandlerDeLot | None = None) -> Tour:
    """Hand the next events to `handler`, `limite` at most, and advance the cursor, in one transaction.

    The handler runs inside that transaction, in a savepoint of its own: it writes rows, and calls nothing that can't be undone. A
    consumer that handles many at once faster gives `lot`: it is tried first, and where one event fails, they are handled one by one.
    Raises CompteurRecule; lets a lost database connection through, since nothing can be recorded then.
    """
    _ensure(nom)
    with transaction.atomic():
        curseur = Curseur.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=nom).first()
        if curseur is None:
            return Tour(occupe=True)
        if curseur.reprise_le is not None and curseur.reprise_le > timezone.now():
            return Tour(en_echec=True)
        check_counter(curseur.xid)
        traites = ecartes = 0
        evenements = read_events(curseur, limite)
        if lot is not None and len(evenements) > 1 and curseur.tentatives == 0 and _try_all(lot, evenements):
            _advance(curseur, evenements[-1])
            curseur.save()
            return Tour(traites=len(evenements))
        for evenement in evenements:
            erreur = _try(handler, evenement)
            if erreur is None:
                traites += 1
            elif curseur.tentatives + 1 < ATTEMPTS:
                _note_failure(curseur, erreur)
                return Tour(traites=traites, ecartes=ecartes, en_echec=True)
            else:
                _park(curseur, evenement, erreur)
                ecartes += 1
            _advance(curseur, evenement)
        if traites or ecartes:
            curseur.save()
        return Tour(traites=traites, ecartes=ecartes)


def rejouer(nom: str, handler: Handler) -> Tour:
    """Hand the parked events of a consumer again to its handler; those that fail again stay parked."""
    traites = ecartes = 0
    for pk in EvenementEcarte.objects.filter(nom=nom, traite_le__isnull=True).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            ecarte = (
                EvenementEcarte.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("evenement")
                .filter(pk=pk, traite_le__isnull=True)
                .first()
            )
            if ecarte is None:
                continue
            erreur = _try(handler, ecarte.evenement)
            ecarte.tentatives += 1
            if erreur is None:
                ecarte.traite_le = timezone.now()
                traites += 1
            else:
                ecarte.erreur = erreur
                ecartes += 1
            ecarte.save()
    return Tour(traites=traites, ecartes=ecartes)


def jump_to_now(nom: str) -> None:
    """Put a consumer's cursor past every event that has ended: a consumer added late does not tell the past over again."""
    _ensure(nom)
    with transaction.atomic(), connection.cursor() as cursor:
        curseur = Curseur.objects.select_for_update(of=("self",)).get(pk=nom)
        cursor.execute(
            "SELECT xid::text::bigint, id FROM journal_evenement WHERE xid < pg_snapshot_xmin(pg_current_snapshot())"
            " ORDER BY xid DESC, id DESC LIMIT 1"
        )
        row = cursor.fetchone()
        if row is not None and row > (curseur.xid, curseur.evenement_id):
            curseur.xid, curseur.evenement_id = row
            _settle(curseur)
            curseur.save()


def _ensure(nom: str) -> None:
    """Make the cursor's row, committed before any handler runs: a second worker would wait for the first one's insertion."""
    if not Curseur.objects.filter(pk=nom).exists():
        Curseur.objects.bulk_create([Curseur(nom=nom)], ignore_conflicts=True)


def _try(handler: Handler, evenement: Evenement) -> str | None:
    """Run the handler in a savepoint. Why it failed, without any value that could be somebody's, or None."""
    try:
        with transaction.atomic():
            handler(evenement)
    except (OperationalError, InterfaceError):
        if liaison.is_lost():
            raise
        return "OperationalError"
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        erreur = f"{type(error).__name__} ({Path(frame.filename).name}:{frame.lineno})"[:200]
        logger.error("evenement en echec", extra={"type": evenement.type, "evenement": evenement.pk, "erreur": erreur})
        return erreur
    return None


def _try_all(lot: HandlerDeLot, evenements: Sequence[Evenement]) -> bool:
    """Run the handler of lots in a savepoint; where it fails, one of them is at fault, and handling each alone will tell which."""
    try:
        with transaction.atomic():
            lot(evenements)
    except (OperationalError, InterfaceError):
        if liaison.is_lost():
            raise
        return False
    except Exception as error:
        logger.warning("lot en echec", extra={"erreur": type(error).__name__, "evenements": len(evenements)})
        return False
    return True


def _note_failure(curseur: Curseur, erreur: str) -> None:
    curseur.reprise_le = timezone.now() + FIRST_DELAY * 2**curseur.tentatives
    curseur.tentatives += 1
    curseur.erreur = erreur
    curseur.save()


def _park(curseur: Curseur, evenement: Evenement, erreur: str) -> None:
    EvenementEcarte.objects.create(
        nom=curseur.nom, evenement=evenement, tentatives=curseur.tentatives + 1, erreur=erreur, ecarte_le=timezone.now()
    )


def _advance(curseur: Curseur, evenement: Evenement) -> None:
    curseur.xid, curseur.evenement_id = evenement.xid, evenement.pk
    _settle(curseur)


def _settle(curseur: Curseur) -> None:
    curseur.tentatives, curseur.reprise_le, curseur.erreur = 0, None, ""
