"""When somebody must be warned that the right to sue is about to be lost."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from cases.enums import GenreEcheance, GenreTache
from cases.models import Branche, Echeance, Sinistre
from cases.rules import end_of_business
from cases.services import taches
from indemnities.rules_recours import prochaine_alerte
from indemnities.selectors_recours import prescription_de
from workflows.noeuds import Terme

VEILLE = frozenset({"veiller", "prescription", "silence", "escalader"})
"""The nodes of the flow that watch over the prescription."""

SANS_REPONSE = 15
"""Days after which a warning that nobody has answered is told to the responsable, where no later one comes first. The CDG's own."""


def alerte(branche: Branche) -> Terme:
    """The next warning: two years, one year, three months before the end, on the last day; each year while the end is not known."""
    dossier = _dossier(branche)
    return _terme(dossier.survenance, jour_d_alerte(branche) or timezone.localdate())


def sans_reponse(branche: Branche) -> Terme:
    """An open warning waits no longer than the one that follows it, nor than SANS_REPONSE days where it is the last."""
    today = timezone.localdate()
    suivante = jour_d_alerte(branche, vue_le=today)
    limite = today + dt.timedelta(days=SANS_REPONSE)
    return _terme(today, min(suivante, limite) if suivante is not None and suivante > today else limite)


def jour_d_alerte(branche: Branche, vue_le: dt.date | None = None) -> dt.date | None:
    """The day of the next warning, those up to `vue_le` (by default the last one answered) taken as seen; None after the last."""
    recours, dossier = branche.recours, _dossier(branche)
    fin = prescription_de(recours, dossier).fin
    return prochaine_alerte(fin=fin, survenance=dossier.survenance, vue_le=vue_le or recours.alerte_vue_le)


def recaler(branche: Branche) -> None:
    """Set the clock again after what it runs from, or to, has changed. The caller holds the locks of the sinistre and of the process."""
    en_attente = Task.objects.filter(process=branche.processus_id, flow_task_type="TIMER", status=STATUS.SCHEDULED)
    echeances = Echeance.objects.filter(etape__in=en_attente, genre=GenreEcheance.RC_PRESCRIPTION, traitee_le__isnull=True)
    for echeance in echeances.select_related("etape").order_by("pk"):
        if echeance.etape is None or echeance.etape.flow_task.name != "veiller":
            continue
        terme = alerte(branche)
        echeance.depart, echeance.jours, echeance.due_at = terme.depart, terme.jours, terme.due_at
        echeance.save(update_fields=["depart", "jours", "due_at"])
        echeance.etape.scheduled = terme.due_at
        echeance.etape.save(update_fields=["scheduled"])


def arreter(branche: Branche) -> None:
    """Nothing can be prescribed any more: the clock, an open warning and what was to follow it fall. The caller holds both locks."""
    en_cours = Task.objects.filter(process=branche.processus_id, status__in=[STATUS.NEW, STATUS.SCHEDULED])
    for task in en_cours.filter(flow_task_type__in=["TIMER", "HUMAN", "JOB"]).select_related("process", "echeance").order_by("pk"):
        if task.flow_task.name in VEILLE:
            task.process.branche_lue = branche
            task.flow_task.activation_class(task).cancel()
            if task.flow_task.name == "prescription":
                fermer_escalade(branche)


def fermer_escalade(branche: Branche) -> None:
    """What the responsable was asked to see to has been seen to."""
    taches.fermer_objet(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=branche.pk, issue="vue")


def _dossier(branche: Branche) -> Sinistre:
    if branche.sinistre is None:
        raise ValueError("A recours belongs to a sinistre.")
    return branche.sinistre


def _terme(depart: dt.date, jour: dt.date) -> Terme:
    return Terme(depart=end_of_business(depart), jours=max((jour - depart).days, 0), due_at=end_of_business(jour))
