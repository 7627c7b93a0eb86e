"""The first two locks of the house's order (sinistre, process, Tache, décompte): the sinistre, read as it is now; its process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, OperationalError
from django.db.models import QuerySet
from psycopg.errors import DeadlockDetected, LockNotAvailable
from viewflow.workflow.exceptions import FlowLockFailed
from viewflow.workflow.lock import SelectForUpdateLock

from cases.errors import Erreur
from cases.models import Sinistre


class Occupe(Erreur):
    """Somebody else has been working on this for longer than one waits (`lock_timeout`)."""

    def __init__(self) -> None:
        super().__init__("Quelqu’un d’autre agit en ce moment sur ce dossier. Réessayez dans un instant : rien n’est perdu.")


def locked(sinistres: QuerySet[Sinistre]) -> QuerySet[Sinistre]:
    return sinistres.select_for_update(of=("self",)).select_related("collectivite", "agent", "contrat", "termes")


def lock(sinistre_id: int) -> Sinistre:
    """One sinistre by its key, locked, for a caller who has checked that it is visible. Raises Occupe, with the transaction to undo."""
    try:
        return locked(Sinistre.objects.all()).get(pk=sinistre_id)
    except OperationalError as error:
        if est_occupe(error):
            raise Occupe() from error
        raise


def est_occupe(error: Exception) -> bool:
    """Whether an act failed because another held what it needs, and for nothing else: done again, it may go through."""
    en_base = isinstance(error, OperationalError) and isinstance(error.__cause__, LockNotAvailable | DeadlockDetected)
    return en_base or isinstance(error, Occupe)


class VerrouDeProcessus(SelectForUpdateLock):
    """viewflow's lock of a process's row. It names every fault of the database « lock failed »: here a wait too long is Occupe, as
    everywhere in the house, and any other fault is itself."""

    @contextmanager
    def __call__(self, flow_class: Any, process_pk: int) -> Iterator[None]:
        try:
            with super().__call__(flow_class, process_pk):
                yield
        except FlowLockFailed as error:
            cause = error.__context__
            if not isinstance(cause, DatabaseError):
                raise
            raise (Occupe() if est_occupe(cause) else cause) from cause.__cause__
