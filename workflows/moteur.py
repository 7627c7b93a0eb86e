"""The engine of the branches: open one, carry out a step, abandon one. Services of each branch call it inside their own acts.

Lock order of the house everywhere: the sinistre, then the process, then the Tache. A soutien has no sinistre to lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from viewflow.workflow.models import Task
from viewflow.workflow.nodes import Obsolete
from viewflow.workflow.status import PROCESS, STATUS

from accounts.gate import exiger
from accounts.models import User
from cases.enums import Canal, EtatBranche, GenreBranche, GenreTache, OrigineBranche
from cases.errors import DejaPris, DonneeInvalide, Erreur
from cases.models import Branche, Echeance, Sinistre, Tache
from cases.selectors import files_of
from cases.services import taches
from workflows import verrous
from workflows.models import Execution
from workflows.mots import check_words
from workflows.noeuds import ETAPE, Etape, tell
from workflows.registre import flow_of


class EtapeFermee(Erreur):
    """The step is not open: done already, not reached yet, or its branch is over."""

    def __init__(self, titre: str) -> None:
        super().__init__(f"« {titre} » n’est pas à faire : quelqu’un l’a peut-être faite entre-temps, ou la procédure est finie.")


@dataclass
class EtapeOuverte:
    """A step being carried out: everything is locked. Set `issue` to tell in one code how it ended."""

    branche: Branche
    sinistre: Sinistre | None
    tache: Tache | None
    issue: str = "faite"
    motif: str = ""

    @property
    def dossier(self) -> Sinistre:
        """The sinistre of a branch that has one."""
        if self.sinistre is None:
            raise ValueError("A soutien psychologique shows no sinistre.")
        return self.sinistre


def ouvrir(
    *,
    acteur: User | None,
    genre: GenreBranche,
    sinistre: Sinistre | None,
    origine: OrigineBranche,
    metier: Callable[[Branche], object],
    canal: Canal = Canal.PORTAIL,
) -> Branche:
    """Start a branch on a sinistre locked by the caller, who has checked the right; `metier` creates its business row.

    In the caller's transaction. Raises Erreur when one of this kind runs already.
    """
    flow_class = flow_of(genre)
    try:
        with transaction.atomic():
            activation = flow_class.start.activation_class.create(flow_class.start, None, None)
            activation.process.save()
            branche = Branche.objects.create(
                genre=genre, sinistre=sinistre, processus=activation.process, origine=origine, canal=canal, ouverte_par=acteur
            )
            activation.process.branche_lue = branche
            metier(branche)
            activation.execute()
            tell(branche, "branche.ouverte", acteur=acteur, origine=str(origine))
    except IntegrityError as error:
        if "branche_une_a_la_fois" not in str(error):
            raise
        raise Erreur(f"Une procédure « {GenreBranche(genre).label.lower()} » est déjà en cours sur ce dossier.") from error
    return branche


@contextmanager
def etape(*, acteur: User, branche: Branche, nom: str, motif: str = "", action: str = "") -> Iterator[EtapeOuverte]:
    """Carry out the step `nom` (a node of the flow): what the body writes, the Tache and the process commit together, or nothing does.

    `action`: the right that is asked instead of the step's own, on the dossier, of somebody else who ends it another way.
    Raises Refus without the step's right, EtapeFermee, DejaPris when another holds its Tache, verrous.Occupe.
    """
    flow_class = flow_of(branche.genre)
    node: Etape = getattr(flow_class, nom)
    with transaction.atomic():
        sinistre = verrous.lock(branche.sinistre_id) if branche.sinistre_id is not None else None
        branche.sinistre = sinistre
        exiger(acteur, action or node.action, sinistre if action else node.objet_de(branche))
        with held(branche):
            fresh = Branche.objects.get(pk=branche.pk)
            fresh.sinistre = sinistre
            task = _open_task(fresh, node)
            tache = _held_tache(acteur, node, task)
            task.process.branche_lue = fresh
            ouverte = EtapeOuverte(fresh, sinistre, tache, motif=motif)
            yield ouverte
            _finish(acteur, ouverte, node, task)


@contextmanager
def held(branche: Branche) -> Iterator[None]:
    """The lock of the branch's process, second of the house's order. Raises Occupe when another holds it for too long."""
    with flow_of(branche.genre).lock(branche.processus_id):
        yield


def _waiting(branche: Branche, node: Etape) -> Task | None:
    open_tasks = Task.objects.filter(process=branche.processus_id, flow_task=node, status=STATUS.NEW)
    return open_tasks.select_related("process").order_by("pk").first()


def _open_task(branche: Branche, node: Etape) -> Task:
    task = _waiting(branche, node)
    if task is None:
        raise EtapeFermee(node.task_title)
    return task


def _open_tache(node: Etape, task: Task) -> Tache | None:
    """The step's item as it is now, locked. Its holder is never joined to it: PostgreSQL, having waited for the lock, reads the locked
    row anew and no row beside it, so that whoever took the item meanwhile would be nobody.
    """
    ouvertes = Tache.objects.filter(genre=node.genre, objet_type=ETAPE, objet_id=task.pk, fermee_le__isnull=True)
    return ouvertes.select_for_update(of=("self",)).first()


def _held_tache(acteur: User, node: Etape, task: Task) -> Tache | None:
    """The step's item, unless a colleague holds it. A third party who owes it works in no queue: he is not stopped by who chases him."""
    tache = _open_tache(node, task)
    if tache is not None and tache.porteur is not None and tache.porteur_id != acteur.pk and tache.file in files_of(acteur):
        quand = timezone.localtime(tache.pris_le).strftime("%H:%M") if tache.pris_le is not None else ""
        raise DejaPris(f"Pris par {tache.porteur.get_full_name()} à {quand}.")
    return tache


def _finish(acteur: User | None, ouverte: EtapeOuverte, node: Etape, task: Task) -> None:
    now = timezone.now()
    if ouverte.tache is not None:
        ouverte.tache.fermee_le, ouverte.tache.issue = now, ouverte.issue[:40]
        ouverte.tache.save(update_fields=["fermee_le", "issue"])
    tell(ouverte.branche, "etape.faite", acteur=acteur, motif=ouverte.motif, etape=node.name, libelle=node.task_title, issue=ouverte.issue)
    task.owner = acteur
    activation = node.activation_class(task)
    activation.run(None)
    activation.execute()


def conclure(*, acteur: User | None, branche: Branche, nom: str, issue: str, motif: str = "") -> None:
    """An act of the dossier ends a branch through its step `nom`, whoever holds its item. Twice changes nothing.

    Where that step was not reached yet, what waits before it is cancelled and the branch is over all the same. The caller has checked the
    right of his act, and holds the lock of the sinistre.
    """
    node: Etape = getattr(flow_of(branche.genre), nom)
    with transaction.atomic(), held(branche):
        fresh = Branche.objects.select_related("processus").get(pk=branche.pk)
        if not fresh.est_en_cours:
            return
        fresh.sinistre, fresh.issue = branche.sinistre, issue
        fresh.save(update_fields=["issue"])
        task = _waiting(fresh, node)
        if task is not None:
            task.process.branche_lue = fresh
            _finish(acteur, EtapeOuverte(fresh, fresh.sinistre, _open_tache(node, task), issue=issue, motif=motif), node, task)
            return
        _cancel(fresh)
        taches.fermer_objet(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=fresh.pk, issue="abandonnee")
        fresh.processus.status = PROCESS.DONE
        fresh.processus.save(update_fields=["status"])
        fresh.etat, fresh.terminee_le = EtatBranche.TERMINEE, fresh.processus.finished
        fresh.save(update_fields=["etat", "terminee_le"])
        tell(fresh, "branche.terminee", acteur=acteur, motif=motif, issue=issue)


def _cancel(branche: Branche) -> None:
    """Cancel all that is active, and close what hangs on a step whose node is gone: viewflow no longer knows what such a step was."""
    actives = branche.processus.task_set.exclude(status__in=[STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED])
    disparues = [task.pk for task in actives if isinstance(task.flow_task, Obsolete)]
    flow_of(branche.genre).instance.cancel(branche.processus)
    if disparues:
        now = timezone.now()
        Tache.objects.filter(objet_type=ETAPE, objet_id__in=disparues, fermee_le=None).update(fermee_le=now, issue="annulee")
        Execution.objects.filter(etape__in=disparues, terminee_le=None).update(terminee_le=now)
        Echeance.objects.filter(etape__in=disparues, traitee_le=None, levee_le=None).update(levee_le=now, en_pause=False)


def abandonner(*, acteur: User | None, branche: Branche, motif: str) -> bool:
    """Stop a branch: its steps, timers and work items close, its business row stays as it is. Returns whether it ran until then.

    The caller has checked the right, and holds the lock of the sinistre where there is one. Raises DonneeInvalide without a motive.
    """
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi cette procédure s’arrête.")
    with transaction.atomic(), held(branche):
        fresh = Branche.objects.select_related("processus").get(pk=branche.pk)
        if not fresh.est_en_cours:
            return False
        _cancel(fresh)
        taches.fermer_objet(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=fresh.pk, issue="abandonnee")
        fresh.etat, fresh.terminee_le, fresh.motif_abandon = EtatBranche.ABANDONNEE, timezone.now(), motif.strip()[:200]
        fresh.save(update_fields=["etat", "terminee_le", "motif_abandon"])
        tell(fresh, "branche.abandonnee", acteur=acteur, motif=motif.strip())
        return True


def demander_abandon(*, acteur: User, branche: Branche, motif: str) -> None:
    """The same, asked for by a person. Raises Refus, DonneeInvalide, or Erreur where only an act of the dossier ends the branch."""
    flow_class = flow_of(branche.genre)
    with transaction.atomic():
        sinistre = verrous.lock(branche.sinistre_id) if branche.sinistre_id is not None else None
        exiger(acteur, "branche_abandonner", sinistre if sinistre is not None else branche)
        if flow_class.sans_abandon:
            raise Erreur(flow_class.sans_abandon)
        check_words("motif", motif)  # the employer reads it
        if abandonner(acteur=acteur, branche=branche, motif=motif) and flow_class.apres_abandon:
            import_string(flow_class.apres_abandon)(branche, sinistre)
