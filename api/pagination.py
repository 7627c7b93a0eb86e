"""Pages by keyset: a cursor says after which row to go on, so that a page costs the same wherever it lies and no row comes twice."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

PARAMETER = "curseur"
DEFAULT_SIZE = 50
_MAX_ID = 2**63 - 1

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the cursor of the next one (None at the end)."""

    lignes: list[Any]
    curseur: str | None
    taille: int

    def suivant(self, request: Request) -> str | None:
        """The address of the next page, with the same filters."""
        if self.curseur is None:
            return None
        parameters = request.query_params.copy()
        parameters[PARAMETER] = self.curseur
        return request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")


@dataclass(frozen=True)
class Reprise:
    """What a cursor of the work queues holds: the last row's key, and the instant of the first page."""

    suspendue: bool = False
    due_at: dt.datetime | None = None
    pk: int = 0
    reference: dt.datetime = field(default_factory=timezone.now)


def encode(valeurs: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(valeurs, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(curseur: str, *types: type) -> list[Any]:
    """The values of a cursor, each of the type said. Raises ValidationError for anything we never gave."""
    try:
        if len(curseur) > 200:
            raise ValueError
        valeurs = json.loads(base64.b64decode(curseur + "=" * (-len(curseur) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _invalid() from error
    if not isinstance(valeurs, list) or [type(v) for v in valeurs] != list(types):
        raise _invalid()
    return valeurs


def by_id(rows: QuerySet[M], curseur: str | None, taille: int) -> Page:
    """Newest first. `rows` is already authorised and filtered."""
    if curseur:
        (dernier,) = decode(curseur, int)
        if not 0 < dernier <= _MAX_ID:
            raise _invalid()
        rows = rows.filter(pk__lt=dernier)
    found = list(rows.order_by("-pk")[: taille + 1])
    page = found[:taille]
    return Page(page, encode([page[-1].pk]) if len(found) > taille else None, taille)


def by_deadline(rows: QuerySet[Any], curseur: str | None, taille: int) -> tuple[Page, dt.datetime]:
    """Work items: those put aside last, then by deadline. Also returns the instant of the first page, to which lateness is told."""
    reprise = _resume(curseur) if curseur else Reprise()
    if reprise.due_at is not None:
        after = Q(due_at__gt=reprise.due_at) | Q(due_at=reprise.due_at, pk__gt=reprise.pk)
        rows = rows.filter(Q(suspendue=True) & after if reprise.suspendue else Q(suspendue=True) | (Q(suspendue=False) & after))
    found = list(rows.order_by("suspendue", "due_at", "pk")[: taille + 1])
    page = found[:taille]
    suite = None
    if len(found) > taille:
        last = page[-1]
        suite = encode([last.suspendue, last.due_at.isoformat(), last.pk, reprise.reference.isoformat()])
    return Page(page, suite, taille), reprise.reference


def _resume(curseur: str) -> Reprise:
    suspendue, due_at, pk, reference = decode(curseur, bool, str, int, str)
    try:
        instants = [dt.datetime.fromisoformat(texte) for texte in (due_at, reference)]
    except ValueError as error:
        raise _invalid() from error
    if not 0 < pk <= _MAX_ID or any(i.tzinfo is None or not 1950 < i.year < 2200 for i in instants):
        raise _invalid()
    return Reprise(suspendue, instants[0], pk, instants[1])


def _invalid() -> ValidationError:
    return ValidationError({PARAMETER: ["Ce curseur n’a pas été donné par cette API : reprenez à la première page."]})
