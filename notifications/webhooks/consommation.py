"""From events to calls: the consumer « webhooks » of the outbox.

One Livraison per event and subscription, with its body as it will be signed: ids, codes, the dossier's number. Never a name, a nature, a
matricule or an amount: the program reads the rest by the API, under its own token and its own rights.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone

from cases.models import Sinistre
from documents.models import Piece
from indemnities.models import Bordereau
from journal import outbox
from journal.models import Evenement
from notifications.models import Abonnement, Livraison
from notifications.webhooks.catalogue import ESSAI, TYPE_OF

CONSUMER = "webhooks"
BATCH = 200
ROUNDS = 20


def deriver() -> int:
    """Write the calls of the events that wait, some thousands at most. How many events were handled.

    As long as nobody subscribes the consumer only keeps up: the past is told to no program.
    """
    if not Abonnement.objects.exists():
        outbox.jump_to_now(CONSUMER)
        return 0
    total = 0
    for _ in range(ROUNDS):
        tour = outbox.consume(CONSUMER, handle, BATCH)
        total += tour.traites
        if tour.traites + tour.ecartes < BATCH:
            break
    return total


def handle(evenement: Evenement) -> None:
    """Write the calls of one event. Handled twice, it adds nothing."""
    type = TYPE_OF.get(evenement.type)
    if type is None or (evenement.objet_type == "piece" and _is_medical(evenement.objet_id)):
        return
    sujet = _subject(evenement)
    if sujet is None:
        return
    fil, collectivite_id, sujet_du_corps, lien = sujet
    for abonnement in _told(type, collectivite_id, evenement):
        if abonnement.livraisons.filter(evenement_id=evenement.pk).exists():
            continue
        rang = next_rank(abonnement, fil)
        uid = uuid.uuid4()
        corps = {"id": str(uid), "type": type, "le": evenement.le.isoformat(), "abonnement": str(abonnement.uid), "rang": rang}
        Livraison.objects.create(
            uid=uid,
            abonnement=abonnement,
            evenement_id=evenement.pk,
            type=type,
            fil=fil,
            rang=rang,
            sinistre_id=evenement.sinistre_id,
            corps=en_json(corps | sujet_du_corps | {"lien": lien}),
        )


def appel_d_essai(abonnement: Abonnement) -> Livraison:
    """A call that tells nothing, to see that the program is there and checks signatures. In the caller's transaction."""
    uid = uuid.uuid4()
    corps = {"id": str(uid), "type": ESSAI, "le": timezone.now().isoformat(), "abonnement": str(abonnement.uid), "rang": 1}
    return Livraison.objects.create(uid=uid, abonnement=abonnement, type=ESSAI, fil=f"{ESSAI}:{uid}", rang=1, corps=en_json(corps))


def next_rank(abonnement: Abonnement, fil: str) -> int:
    """The next rank of a thread: ranks follow one another without a gap. The caller holds the subscription's row."""
    dernier = abonnement.livraisons.filter(fil=fil).aggregate(dernier=Max("rang"))["dernier"]
    return (dernier or 0) + 1


def en_json(corps: dict[str, Any]) -> str:
    return json.dumps(corps, ensure_ascii=False, separators=(",", ":"))


def _told(type: str, collectivite_id: int, evenement: Evenement) -> list[Abonnement]:
    """Who is told, locked so that ranks are given one at a time. What happened before somebody subscribed is not for him."""
    return list(
        Abonnement.objects.select_for_update(of=("self",), no_key=True)
        .filter(Q(collectivite=None) | Q(collectivite=collectivite_id), types__contains=[type], ferme_le=None, cree_le__lte=evenement.le)
        .order_by("pk")
    )


def _is_medical(piece_id: int) -> bool:
    """That a medical pièce is asked for says that the leave is one that needs it: no program is told of those."""
    return Piece.objects.get(pk=piece_id).est_medicale


def _subject(evenement: Evenement) -> tuple[str, int, dict[str, Any], str] | None:
    """The thread of an event, the collectivité it concerns, how the body names it, and where the API tells more."""
    api = f"{settings.PUBLIC_URL}/api/v1"
    if evenement.objet_type == "bordereau":
        bordereau = Bordereau.objects.get(pk=evenement.objet_id)
        corps = {"bordereau": {"numero": bordereau.numero}}
        return f"bordereau:{bordereau.pk}", bordereau.collectivite_id, corps, f"{api}/bordereaux/{bordereau.pk}/"
    if evenement.sinistre_id is None:
        return None
    sinistre = Sinistre.objects.get(pk=evenement.sinistre_id)
    dossier = f"{api}/sinistres/{sinistre.numero}/"
    lien = {"piece": f"{dossier}pieces/{evenement.objet_id}/", "decompte": f"{api}/decomptes/{evenement.objet_id}/"}
    nomme = {"numero": sinistre.numero}
    if evenement.donnees.get("apres"):
        nomme["etat"] = evenement.donnees["apres"]
    return f"sinistre:{sinistre.pk}", sinistre.collectivite_id, {"sinistre": nomme}, lien.get(evenement.objet_type, dossier)
