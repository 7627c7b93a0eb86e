"""The trail of the soutiens, held by the sealed journal: at each slot an entry outside carries the digest of what was added inside.

So the trail can't be rewritten unseen either (`manage.py verifier_bulle`), and its entries tell neither whom nor when: the digest covers
identifiers drawn at random that the public schema does not have, and the slots are the same for everybody.
"""

from __future__ import annotations

import hashlib

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from journal.models import Entree
from journal.services import consigner
from medical.models import SceauTraces, TraceSoutien
from medical.rules_soutien import RETENUE, creneau_passe

ACTION = "trace_soutien.scellee"
LOCK = 0x534F5554  # « SOUT »: one sealer at a time


def sceller() -> int:
    """Seal what was written before the last slot, a RETENUE earlier at least. Safe to run twice at once. Returns how many traces."""
    avant = creneau_passe(timezone.now()) - RETENUE
    if not TraceSoutien.objects.filter(pk__gt=_last()[0], le__lte=avant).exists():
        return 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        dernier, precedente = _last()
        fin = TraceSoutien.objects.filter(pk__gt=dernier, le__lte=avant).order_by("-pk").values_list("pk", flat=True).first()
        if fin is None:
            return 0
        nombre, empreinte = _digest(precedente, TraceSoutien.objects.filter(pk__gt=dernier, pk__lte=fin))
        SceauTraces.objects.create(dernier=fin, empreinte=empreinte)
        consigner(
            acteur=None,
            action=ACTION,
            objet_type="trace_soutien",
            objet_id=fin,
            donnees={"nombre": nombre, "empreinte": empreinte},
        )
    return nombre


def anomalies() -> list[str]:
    """What does not match its seal any more: one line each, that names keys and nobody."""
    found: list[str] = []
    dernier, precedente = 0, ""
    for sceau in Entree.objects.filter(action=ACTION).select_related("contenu").order_by("pk"):
        lot = TraceSoutien.objects.filter(pk__gt=dernier, pk__lte=sceau.objet_id)
        scellee = sceau.contenu.donnees
        if _digest(precedente, lot) != (scellee["nombre"], scellee["empreinte"]):
            found.append(f"medical_tracesoutien : les traces {dernier + 1} à {sceau.objet_id} ne sont plus celles qui ont été scellées")
        dernier, precedente = sceau.objet_id, scellee["empreinte"]
    return found


def _last() -> tuple[int, str]:
    """The last trace sealed and its digest."""
    sceau = SceauTraces.objects.order_by("-dernier").first()
    return (sceau.dernier, sceau.empreinte) if sceau is not None else (0, "")


def _digest(precedente: str, traces: QuerySet[TraceSoutien]) -> tuple[int, str]:
    """How many, and the SHA-256 over the digest before and each trace, in the order of their keys."""
    somme, nombre = hashlib.sha256(precedente.encode()), 0
    lignes = traces.order_by("pk").values_list("pk", "soutien__uid", "le", "acteur_id", "acte", "voie")
    for pk, uid, le, acteur, acte, voie in lignes.iterator(chunk_size=1000):
        somme.update(f"\n{pk}|{uid}|{le.isoformat()}|{acteur or ''}|{acte}|{voie}".encode())
        nombre += 1
    return nombre, somme.hexdigest()
