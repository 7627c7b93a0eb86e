"""Changing a flow while procedures run through it: what a data migration calls when a node takes another name, or goes.

viewflow keeps the dotted name of its node in each task. A task whose node no longer exists cannot be done: our pages still answer, its step
shows no title, the drawing leaves it out, a worker's step fails until a person is asked, `verifier_coherence` reports it; one of these
functions heals it. `workflows/etapes.txt` holds every name that was ever in service: a test asks for the migration of one that goes
(docs/procedures/moteur.md).

`apps`: the registry that a migration receives; it depends on the last migrations of viewflow and of cases. `flow`: as viewflow writes it,
"workflows/flows.contre_visite.ContreVisiteFlow". Each returns how many tasks it changed; run twice, it changes nothing more.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from workflows.noeuds import ETAPE


def renommer_etape(apps: Any, *, flow: str, ancien: str, nouveau: str) -> int:
    """Give every task of the node `ancien` its new name, done ones too: what was done keeps its title."""
    return _tasks(apps, flow, ancien).update(flow_task=f"{flow}.{nouveau}")


def retirer_etape(apps: Any, *, flow: str, ancien: str, vers: str, genre: str, file: str) -> int:
    """Send whoever waits at the person's step `ancien`, which goes, to the step `vers`. What was done there stays told, without a title.

    Its open work item stays with its holder and takes the kind and the queue of the new step: `genre` and `file`.
    """
    waiting = _tasks(apps, flow, ancien).filter(status="NEW")
    moved = list(waiting.order_by("pk").values_list("pk", flat=True))
    waiting.update(flow_task=f"{flow}.{vers}")
    taches = apps.get_model("cases", "Tache").objects
    taches.filter(objet_type=ETAPE, objet_id__in=moved, fermee_le__isnull=True).update(genre=genre, file=file)
    return len(moved)


def retirer_automatique(apps: Any, *, flow: str, ancien: str, vers: str) -> int:
    """Send what waits for a worker at the automatic step `ancien`, which goes, to the automatic step `vers`: it is run there instead."""
    return _tasks(apps, flow, ancien).filter(status="SCHEDULED").update(flow_task=f"{flow}.{vers}")


def retirer_minuterie(apps: Any, *, flow: str, ancien: str) -> int:
    """Lift the timers of the node `ancien`, which goes: its step waits on, without a clock."""
    waiting = _tasks(apps, flow, ancien).filter(status="SCHEDULED")
    lifted = list(waiting.order_by("pk").values_list("pk", flat=True))
    echeances = apps.get_model("cases", "Echeance").objects.filter(etape__in=lifted, traitee_le__isnull=True, levee_le__isnull=True)
    echeances.update(levee_le=timezone.now(), en_pause=False)
    return waiting.update(status="CANCELED", finished=timezone.now())


def _tasks(apps: Any, flow: str, nom: str) -> QuerySet[Any]:
    found: QuerySet[Any] = apps.get_model("viewflow", "Task").objects.filter(flow_task=f"{flow}.{nom}")
    return found
