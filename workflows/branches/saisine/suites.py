"""The automatic steps of a saisine."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from viewflow.workflow.models import Task

from cases.enums import OUVERTS, GenreTache
from cases.models import Branche, Sinistre, Tache
from workflows import effects
from workflows.branches.saisine.regles import SUITE_DU_CONGE, est_ajournee
from workflows.noeuds import ETAPE, tell


def relancer(branche: Branche, sinistre: Sinistre | None) -> None:
    """No opinion after 60 days: the item that waits for it is due now, before the others."""
    saisine = branche.saisine
    if saisine.sens and not est_ajournee(saisine):
        return  # it came while this step waited for its worker
    now = timezone.now()
    saisine.relancee_le = now
    saisine.save(update_fields=["relancee_le"])
    attente = Tache.objects.filter(objet_type=ETAPE, genre=GenreTache.SC_AVIS, fermee_le__isnull=True)
    attente.filter(sinistre=sinistre, due_at__gt=now, objet_id__in=tasks_of(branche)).update(due_at=now, priorite=1)
    tell(branche, "saisine.relance")


def confirmer(branche: Branche, sinistre: Sinistre | None) -> None:
    """Four months of silence: the contested opinion is confirmed (décret 87-602, art. 5-2)."""
    saisine = branche.saisine
    conteste = saisine.conteste
    if saisine.silence or conteste is None:
        return
    saisine.silence, saisine.sens, saisine.avis_conforme = True, conteste.sens, conteste.avis_conforme
    saisine.periode_debut, saisine.periode_fin = conteste.periode_debut, conteste.periode_fin
    saisine.save(update_fields=["silence", "sens", "avis_conforme", "periode_debut", "periode_fin"])
    tell(branche, "saisine.confirmee_par_silence", sens=saisine.sens)


def diffuser(branche: Branche, sinistre: Sinistre | None) -> None:
    """The employer's decision is known to all who follow the dossier."""
    saisine = branche.saisine
    branche.issue = saisine.decision
    branche.save(update_fields=["issue"])
    tell(branche, "saisine.decidee", objet=saisine.objet, sens=saisine.sens, decision=saisine.decision)


def reanticiper(branche: Branche, sinistre: Sinistre | None) -> None:
    """Given up by a person: what follows the leave is to be asked again, in good time."""
    if sinistre is not None and sinistre.etat in OUVERTS and branche.saisine.objet in SUITE_DU_CONGE:
        effects.resume_leave_deadlines(sinistre)


def tasks_of(branche: Branche) -> QuerySet[Task, int]:
    """The keys of the steps of its process: what the work items of its steps are about."""
    return Task.objects.filter(process=branche.processus_id).values_list("pk", flat=True)
