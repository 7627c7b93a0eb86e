"""Reads of a branch's run: its steps as people follow them. The caller has found the branch through cases.selectors_branches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, QuerySet
from django.utils.text import capfirst
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from accounts.models import User
from cases.enums import FileTravail
from cases.models import Branche, Sinistre, Tache
from cases.selectors_branches import branches_en_cours
from workflows.noeuds import ETAPE

OVER = (STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED)


@dataclass(frozen=True)
class EtapeVue:
    """A step as a page shows it: who did it or holds it, when it was done or is due. No title: its node no longer exists."""

    nom: str
    titre: str
    tache: Tache | None = None
    fait_le: dt.datetime | None = None
    par: str = ""

    @property
    def court(self) -> str:
        """The title without the kind it begins with (« Contre-visite : … »), for a page that is of that kind."""
        return capfirst(self.titre.partition(" : ")[2] or self.titre)


def etapes_ouvertes(branche: Branche) -> dict[str, Task]:
    """The steps and automatic steps that wait, by name; one whose node no longer exists is left out."""
    return {task.flow_task.name: task for task in _tasks(branche) if task.flow_task is not None and task.status not in OVER}


def etapes_de(branche: Branche) -> tuple[list[EtapeVue], list[EtapeVue]]:
    """(done, waiting) steps of a branch, oldest first."""
    tasks = _tasks(branche)
    taches = Tache.objects.filter(objet_type=ETAPE, objet_id__in=[task.pk for task in tasks], fermee_le__isnull=True)
    by_task = {tache.objet_id: tache for tache in taches.select_related("porteur", "collectivite").order_by("pk")}
    faites, attendent = [], []
    for task in tasks:
        titre = task.flow_task.task_title if task.flow_task is not None else ""
        nom = task.flow_task.name if task.flow_task is not None else ""
        if task.status == STATUS.DONE:
            faites.append(EtapeVue(nom, titre, fait_le=task.finished, par=task.owner.get_full_name() if task.owner is not None else ""))
        elif task.status not in OVER:
            attendent.append(EtapeVue(nom, titre, tache=by_task.get(task.pk)))
    return faites, attendent


def en_cours_par_genre(user: User) -> dict[str, int]:
    """How many procedures of each kind are under way on the dossiers that `user` may follow."""
    return dict(branches_en_cours(user).order_by().values_list("genre").annotate(Count("pk")))


def en_cours_par_etape(user: User, genre: str) -> dict[str, int]:
    """How many of one kind wait at each step, by its name; a branch that waits at two steps counts at both."""
    rows = Task.objects.filter(process__branche__in=branches_en_cours(user).filter(genre=genre), flow_task_type__in=["HUMAN", "JOB"])
    counts = rows.exclude(status__in=OVER).order_by().values_list("flow_task").annotate(Count("pk"))
    return {node.name: combien for node, combien in counts if node is not None}


def etapes_de_l_employeur(sinistres: QuerySet[Sinistre]) -> QuerySet[Tache]:
    """The steps that wait for the employer himself (his decision, his position) on those dossiers, the oldest first."""
    return (
        Tache.objects.filter(objet_type=ETAPE, file=FileTravail.EMPLOYEUR, fermee_le__isnull=True, sinistre__in=sinistres)
        .select_related("sinistre__agent", "sinistre__collectivite")
        .order_by("cree_le", "pk")
    )


def branches_des_etapes(taches: Sequence[Tache]) -> dict[int, Branche]:
    """The branch of each step, by the step's id, in one query."""
    rows = Branche.objects.filter(processus__task__in=[tache.objet_id for tache in taches]).annotate(etape=F("processus__task"))
    return {branche.etape: branche for branche in rows}  # type: ignore[attr-defined]  # annotated


def _tasks(branche: Branche) -> list[Task]:
    rows = Task.objects.filter(process=branche.processus_id, flow_task_type__in=["HUMAN", "JOB", "START"])
    return list(rows.select_related("owner").order_by("pk"))
