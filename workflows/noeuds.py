"""The nodes that the flows of this house are made of, over viewflow's own.

`Etape`: a person's step, which is one Tache; `Automatique`: a worker's step, retried until it is done; `Delai`: a timer that is an
échéance; `Depart` and `Fin`. Conditions of gateways read columns of the branch or of its business row, nothing else. Nothing medical
ever stands in viewflow's rows: their `data` stay empty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from viewflow.workflow import flow
from viewflow.workflow.activation import Activation
from viewflow.workflow.nodes.boundary import TimerBoundary, TimerBoundaryActivation
from viewflow.workflow.nodes.end import EndActivation
from viewflow.workflow.nodes.handle import HandleActivation
from viewflow.workflow.nodes.job import AbstractJob, AbstractJobActivation
from viewflow.workflow.nodes.join import JoinActivation
from viewflow.workflow.nodes.timer import Timer, TimerActivation
from viewflow.workflow.status import STATUS

from accounts.models import User
from cases.enums import EtatBranche, GenreEcheance, GenreTache
from cases.models import Branche, Echeance, Sinistre
from cases.services import taches
from cases.services.echeances import MAX_ATTEMPTS
from journal.services import annoncer, consigner
from workflows.models import Execution
from workflows.reveil import reveiller
from workflows.verrous import VerrouDeProcessus

ETAPE = "etape"
"""`objet_type` of the Tache of a step: its `objet_id` is viewflow's task."""


def branche_de(activation: Activation) -> Branche:
    """The branch whose process this is, read once for each time the process is held."""
    process = activation.process
    branche = getattr(process, "branche_lue", None)
    if branche is None:
        branche = Branche.objects.select_related("sinistre__collectivite", "sinistre__agent").get(processus=process.pk)
        process.branche_lue = branche
    return cast(Branche, branche)


class BrancheFlow(flow.Flow):
    """What every flow of ours has: a lock that waits its turn. With viewflow's default, two branches that end at once hang for ever."""

    lock_impl = VerrouDeProcessus(nowait=False, attempts=1)
    dans_la_bulle: ClassVar[bool] = False
    """Whether its automatic steps and timers belong to the bulle's worker."""
    sans_abandon: ClassVar[str] = ""
    """Why nobody may abandon it, where an act of the dossier alone ends it."""
    apres_abandon: ClassVar[str] = ""
    """The dotted path of `(branche, sinistre) -> None`, called once a person has abandoned it: what it saw to is to be seen to again."""


# -- Start and end ------------------------------------------------------------------------------------------------------------


class Depart(flow.StartHandle):
    def __init__(self, titre: str) -> None:
        super().__init__()
        self.task_title = titre


class FinActivation(EndActivation):
    @Activation.status.super()
    def activate(self) -> None:
        """Where nothing else of the process is active, the branch is over."""
        super().activate.original()
        if self.process.finished is not None:
            branche = branche_de(self)
            branche.etat, branche.terminee_le = EtatBranche.TERMINEE, self.process.finished
            branche.save(update_fields=["etat", "terminee_le"])
            tell(branche, "branche.terminee", issue=branche.issue)


class Fin(flow.End):
    activation_class = FinActivation

    def __init__(self, titre: str = "Fin") -> None:
        super().__init__()
        self.task_title = titre


class ReunionActivation(JoinActivation):
    @classmethod
    def create(cls, flow_task: Any, prev_activation: Activation, token: Any, data: Any = None, seed: Any = None) -> Activation:
        """As viewflow does it, going on with the process that is held and whose branch is read, instead of one read again."""
        waiting = list(prev_activation.process.task_set.filter(flow_task=flow_task, status__in=[STATUS.NEW, STATUS.STARTED]))
        if len(waiting) != 1:
            return cast(Activation, super().create(flow_task, prev_activation, token, data=data, seed=seed))
        waiting[0].previous.add(prev_activation.task)
        return cls(waiting[0])


class Reunion(flow.Join):
    """Where parallel paths meet again: goes on once nothing of them is left to do."""

    activation_class = ReunionActivation


# -- A person's step ----------------------------------------------------------------------------------------------------------


class EtapeActivation(HandleActivation):
    @Activation.status.super()
    def activate(self) -> None:
        """The step waits in a queue, as one Tache."""
        branche, node = branche_de(self), self.flow_task
        taches.ouvrir(
            genre=node.genre,
            sinistre=branche.sinistre,
            objet_type=ETAPE,
            objet_id=self.task.pk,
            destinataire=node.destinataire_de(branche),
            file=node.file_de(branche),
        )

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.CANCELED)
    def cancel(self) -> None:
        super().cancel.original()
        taches.fermer_objet(genre=self.flow_task.genre, objet_type=ETAPE, objet_id=self.task.pk, issue="annulee")


class Etape(flow.Handle):
    """A person's step. `genre`: its Tache; `action`: the right it asks for, on the dossier or on the `objet` of the branch.

    `destinataire`: to whom alone it is addressed, if to one; `file`: the queue it waits in, where that depends on the branch.
    """

    activation_class = EtapeActivation
    task_type = "HUMAN"
    bpmn_element = "userTask"

    def __init__(
        self,
        genre: GenreTache,
        *,
        action: str,
        titre: str = "",
        destinataire: Callable[[Branche], User | None] | None = None,
        file: Callable[[Branche], str] | None = None,
        objet: Callable[[Branche], Any] | None = None,
    ) -> None:
        super().__init__()
        self.genre, self.action, self._destinataire, self._file, self._objet = genre, action, destinataire, file, objet
        self.task_title = titre or genre.label

    def destinataire_de(self, branche: Branche) -> User | None:
        return self._destinataire(branche) if self._destinataire is not None else None

    def file_de(self, branche: Branche) -> str:
        return self._file(branche) if self._file is not None else ""

    def objet_de(self, branche: Branche) -> Any:
        """What the right of the step is asked on: the dossier, or the branch where it shows none."""
        if self._objet is not None:
            return self._objet(branche)
        return branche.sinistre if branche.sinistre_id is not None else branche


# -- A worker's step ----------------------------------------------------------------------------------------------------------


class AutomatiqueActivation(AbstractJobActivation):
    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        """Wait for a worker: the row is the truth, the broker only wakes it."""
        self.task.save()
        bulle = self.flow_class.dans_la_bulle or self.flow_task.bulle
        execution = Execution.objects.create(etape=self.task, dans_la_bulle=bulle)
        transaction.on_commit(lambda: reveiller(execution))

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """Done, and on to the next: a fault there undoes all of it, and the whole step is tried again."""
        self.complete()
        self.activate_next()

    @Activation.status.transition(source=[STATUS.NEW, STATUS.SCHEDULED, STATUS.STARTED], target=STATUS.CANCELED)
    def cancel(self) -> None:
        self.task.finished = timezone.now()
        self.task.save()
        Execution.objects.filter(etape=self.task).update(terminee_le=timezone.now())
        taches.fermer_objet(genre=GenreTache.REPRENDRE_ETAPE, objet_type=ETAPE, objet_id=self.task.pk, issue="annulee")


class Automatique(AbstractJob):
    """A worker's step. `fonction`: the dotted path of `(branche, sinistre) -> None`, run under both locks; it must be safe to run again.

    `bulle`: for the bulle's worker, in a flow whose other steps are the web's.
    """

    activation_class = AutomatiqueActivation

    def __init__(self, fonction: str, titre: str, *, bulle: bool = False) -> None:
        super().__init__()
        self.fonction, self.task_title, self.bulle = fonction, titre, bulle

    def run(self, branche: Branche, sinistre: Sinistre | None) -> None:
        import_string(self.fonction)(branche, sinistre)


# -- A timer ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terme:
    """When a timer runs out, and how that instant is explained: so many days (working days or not) from `depart`."""

    depart: dt.datetime
    jours: int
    due_at: dt.datetime
    ouvres: bool = False


def _poser(activation: Activation) -> None:
    """A timer is an échéance: it may be paused, it is swept, it shows on the case page."""
    branche, node = branche_de(activation), activation.flow_task
    terme = node.terme(branche)
    activation.task.scheduled = terme.due_at
    activation.task.save()
    Echeance.objects.create(
        sinistre=branche.sinistre,
        etape=activation.task,
        genre=node.genre,
        depart=terme.depart,
        jours=terme.jours,
        jours_ouvres=terme.ouvres,
        due_at=terme.due_at,
    )


def _lever(activation: Activation) -> None:
    """What the timer waited for has come."""
    activation.task.finished = timezone.now()
    activation.task.save()
    echeance = getattr(activation.task, "echeance", None)  # at hand already for whoever read the task with it
    if echeance is None or echeance.traitee_le is not None:
        return
    echeance.levee_le, echeance.en_pause = timezone.now(), False
    echeance.save(update_fields=["levee_le", "en_pause"])
    if echeance.tentatives >= MAX_ATTEMPTS:
        taches.fermer_objet(genre=GenreTache.REPRENDRE_ETAPE, objet_type=ETAPE, objet_id=activation.task.pk, issue="annulee")


class DelaiActivation(TimerBoundaryActivation):
    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        _poser(self)

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """As viewflow's own, but a fault further on undoes all of it, where viewflow would keep local variables in its rows."""
        if self.flow_task._interrupting:
            self.cancel_host_tasks()
        self.complete()
        self.activate_next()

    @Activation.status.transition(source=[STATUS.NEW, STATUS.SCHEDULED], target=STATUS.CANCELED)
    def cancel(self) -> None:
        _lever(self)


class Delai(TimerBoundary):
    """A timer on a person's step. When it runs out, its own path starts; the step goes on unless `interrompt`.

    Where `terme` gives None, the step has no clock this time.
    """

    activation_class = DelaiActivation

    def __init__(self, etape: Any, *, genre: GenreEcheance, terme: Callable[[Branche], Terme | None], interrompt: bool = False) -> None:
        super().__init__(etape, dt.timedelta(), interrupting=interrompt)
        self.genre, self.terme = genre, terme
        self.task_title = genre.label

    def bpmn_content(self) -> str:
        """Its term is worked out for each run: no fixed duration can be told."""
        return "<bpmn:timerEventDefinition/>"

    def _arm(self, host_activation: Activation) -> None:
        if self.terme(branche_de(host_activation)) is not None:
            super()._arm(host_activation)

    def _on_host_finished(self, **signal_kwargs: Any) -> None:
        """The step is done: its timer falls. As viewflow does it, with the process at hand instead of read again."""
        host = signal_kwargs["task"]
        if host.flow_task != self._attached_to:
            return
        timers = host.process.task_set.filter(flow_task=self, previous=host, status=STATUS.SCHEDULED)
        for task in timers.select_related("echeance"):
            self.activation_class(task).cancel()


class AttenteActivation(TimerActivation):
    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        _poser(self)

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """Time has come, and on to the next: a fault there undoes all of it, and the timer is tried again."""
        self.complete()
        self.activate_next()

    @Activation.status.transition(source=[STATUS.NEW, STATUS.SCHEDULED], target=STATUS.CANCELED)
    def cancel(self) -> None:
        _lever(self)


class Attente(Timer):
    """A timer that stands on a path by itself: the path goes on once it has run out. A join that waits for no other path cancels it."""

    activation_class = AttenteActivation

    def __init__(self, *, genre: GenreEcheance, terme: Callable[[Branche], Terme], titre: str = "") -> None:
        super().__init__(lambda activation: terme(branche_de(activation)).due_at)
        self.genre, self.terme = genre, terme
        self.task_title = titre or genre.label


# -- Telling ------------------------------------------------------------------------------------------------------------------


def tell(branche: Branche, action: str, *, acteur: User | None = None, motif: str = "", **donnees: Any) -> None:
    """A journal entry and an event about a branch. A soutien shows no sinistre there either."""
    donnees = {"genre": branche.genre, "libelle": branche.get_genre_display(), **donnees}
    consigner(
        acteur=acteur,
        action=action,
        objet_type="branche",
        objet_id=branche.pk,
        sinistre_id=branche.sinistre_id,
        motif=motif,
        donnees=donnees,
    )
    annoncer(type=action, objet_type="branche", objet_id=branche.pk, sinistre_id=branche.sinistre_id, donnees=donnees)
