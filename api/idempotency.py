"""`Idempotency-Key`: a creation sent twice (a timeout, a retry) happens once, and both callers read the same answer.

The key's row is inserted in the transaction of the act. A second request with the same key waits on the unique index until the first
commits, then reads its answer; if the first was refused, nothing is left of its key and the second acts for itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.gate import Refus
from api.base import acteur
from api.models import CleIdempotence
from api.problems import Problem
from cases.errors import Erreur

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
RETENTION = dt.timedelta(hours=48)
_KEY = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)
KEPT_HEADERS = ("ETag", "Location")


def once(request: Request, act: Callable[[], Response]) -> Response:
    """Answer with `act`, or with what it answered already under this key. Without the header, just act.

    The caller has checked that the person may see what he acts on: a stored answer is shown to nobody else. Raises Problem for a
    malformed key, and for a key that served another request.
    """
    cle = request.headers.get(HEADER)
    if cle is None:
        return act()
    if not _KEY.fullmatch(cle):
        message = "De 1 à 100 caractères ASCII visibles, tirés au hasard (un UUID convient)."
        raise Problem("en-tete-invalide", f"« {HEADER} » n’a pas la forme attendue.", champs={HEADER: [message]})
    user, empreinte = acteur(request), _digest(request)
    refusal: Refus | Erreur | ObjectDoesNotExist | APIException | None = None
    with transaction.atomic():
        mine = CleIdempotence(user=user, cle=cle, empreinte=empreinte)
        CleIdempotence.objects.bulk_create([mine], ignore_conflicts=True)
        row = CleIdempotence.objects.select_for_update(of=("self",)).get(user=user, cle=cle)
        if row.statut is not None:
            return _replay(row, empreinte)
        try:
            response = act()
        except (Refus, Erreur, ObjectDoesNotExist, APIException) as error:
            # The service has rolled its own work back; what it journaled of its refusal stays, and the key is free again.
            refusal = error
            row.delete()
        else:
            row.statut, row.reponse = response.status_code, json.dumps(response.data, cls=JSONEncoder, ensure_ascii=False)
            row.entetes = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
            row.save(update_fields=["statut", "reponse", "entetes"])
    if refusal is not None:
        raise refusal
    return response


def purge() -> int:
    """Erase the answers older than RETENTION. Returns how many. Safe to run twice."""
    erased, _ = CleIdempotence.objects.filter(cree_le__lt=timezone.now() - RETENTION).delete()
    return erased


def _replay(row: CleIdempotence, empreinte: str) -> Response:
    if row.empreinte != empreinte:
        raise Problem(
            "cle-deja-employee", "Cette clé a servi à une autre demande : tirez-en une nouvelle.", champs={HEADER: ["Clé déjà employée."]}
        )
    return Response(json.loads(row.reponse), status=row.statut, headers={**row.entetes, REPLAYED: "true"})


def _digest(request: Request) -> str:
    """SHA-256 over the method, the path, the version asked for and the document, whatever the order of its fields."""
    parts = [request.method, request.path, request.headers.get("If-Match", ""), request.data]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
