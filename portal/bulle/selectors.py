"""What the bulle's people read: the authorised selectors, one page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from viewflow.workflow.models import Task

from accounts.models import User
from cases.enums import EtatBranche, FileTravail, GenreBranche, GenreTache
from cases.models import AvisMedecin, Branche, Expertise, Sinistre, Tache
from cases.selectors import sinistres_visibles, taches_visibles
from cases.selectors_files import porteurs_possibles
from contracts.text import search_key
from documents.models import Depot, Piece
from documents.selectors import depot_visible, piece_medicale_visible, pieces_medicales_attendues
from medical.models import Fichier
from workflows.noeuds import ETAPE

PAGE = 30


# -- Gestionnaire de bulle --------------------------------------------------------------------------------------------------


def pieces_attendues(user: User, *, texte: str, apres: int | None) -> QuerySet[Piece]:
    """Medical papers not yet received, the oldest request first, after the pièce of that key."""
    pieces = pieces_medicales_attendues(user)
    for mot in search_key(texte).split():
        pieces = pieces.filter(Q(sinistre__numero__startswith=mot) | Q(sinistre__agent__recherche__contains=mot))
    jalon = Piece.objects.filter(pk=apres).values_list("demandee_le", flat=True).first() if apres is not None else None
    if jalon is not None:
        pieces = pieces.filter(Q(demandee_le__gt=jalon) | Q(demandee_le=jalon, pk__gt=apres))
    return pieces.order_by("demandee_le", "pk")


def piece_attendue(user: User, piece_id: int) -> Piece:
    """One medical pièce. Raises Http404."""
    try:
        return piece_medicale_visible(user, piece_id)
    except Piece.DoesNotExist as error:
        raise Http404 from error


def taches_des_dossiers(user: User, sinistre_ids: list[int]) -> dict[int, Tache]:
    """The open work item « receive » of each dossier of a page, in one query."""
    taches = taches_visibles(user).filter(genre=GenreTache.RECEVOIR_PIECE_MEDICALE, sinistre_id__in=sinistre_ids)
    return {t.sinistre_id: t for t in taches.select_related("porteur", "collectivite") if t.sinistre_id is not None}


def tache_visible(user: User, tache_id: int) -> Tache:
    """One open work item of the user's queues. Raises Http404."""
    try:
        return taches_visibles(user).select_related("sinistre__agent").get(pk=tache_id)
    except Tache.DoesNotExist as error:
        raise Http404 from error


@dataclass(frozen=True)
class AControler:
    """A line of the queue: a medical pièce whose form is to be checked, or a misfiled paper to be put in its place (then `volet`)."""

    tache: Tache
    piece: Piece | None
    volet: Fichier | None


MAX_A_CONTROLER = 100


def a_controler(user: User) -> list[AControler]:
    """What the gestionnaire de bulle has to look at, the most urgent first, MAX_A_CONTROLER at most."""
    genres = [GenreTache.CONTROLER_PIECE_MEDICALE, GenreTache.RECLASSER_VOLET]
    taches = list(
        taches_visibles(user)
        .filter(genre__in=genres)
        .select_related("porteur", "collectivite", "sinistre__agent", "sinistre__collectivite")
        .order_by("due_at", "pk")[:MAX_A_CONTROLER]
    )
    controles = [t.objet_id for t in taches if t.genre == GenreTache.CONTROLER_PIECE_MEDICALE]
    reclassements = [t.objet_id for t in taches if t.genre == GenreTache.RECLASSER_VOLET]
    pieces = Piece.objects.in_bulk(controles)
    volets = {volet.depot_id: volet for volet in Fichier.objects.filter(depot__in=reclassements)}
    return [
        AControler(t, None, volets.get(t.objet_id))
        if t.genre == GenreTache.RECLASSER_VOLET
        else AControler(t, pieces.get(t.objet_id), None)
        for t in taches
    ]


def medecins_remplacants(user: User) -> QuerySet[User]:
    """The other médecins conseil: who may replace this one."""
    return porteurs_possibles([FileTravail.MEDECIN]).exclude(pk=user.pk)


# -- Médecin conseil --------------------------------------------------------------------------------------------------------


def mes_avis(user: User) -> QuerySet[AvisMedecin]:
    """The dossiers entrusted to this médecin, or to one he replaces today, and not recalled."""
    confies = AvisMedecin.objects.confies_a(user).filter(sinistre__in=sinistres_visibles(user, "dossier_medical_lire"))
    return confies.select_related("sinistre__agent", "sinistre__collectivite", "medecin")


def mon_avis(user: User, avis_id: int) -> AvisMedecin:
    """One of them. Raises Http404."""
    try:
        return mes_avis(user).select_related("sinistre__contrat", "demande_par").get(pk=avis_id)
    except AvisMedecin.DoesNotExist as error:
        raise Http404 from error


def taches_des_avis(user: User, avis_ids: list[int]) -> dict[int, Tache]:
    """The open work item of each opinion of a page, in one query."""
    taches = taches_visibles(user).filter(genre=GenreTache.AVIS_MEDECIN, objet_type="avis", objet_id__in=avis_ids)
    return {t.objet_id: t for t in taches.select_related("porteur", "collectivite")}


def avis_que_rend_une_expertise(avis_ids: list[int]) -> set[int]:
    """Those that were asked for an expertise alone, while it runs: its conclusions are their answer."""
    en_cours = Expertise.objects.filter(avis__in=avis_ids, avis_a_rendre=True, branche__etat=EtatBranche.EN_COURS)
    return set(en_cours.values_list("avis_id", flat=True))


EXPERTISES = (GenreTache.EX_MISSION, GenreTache.EX_CONCLUSIONS)
"""The steps of an expertise that wait for a médecin conseil."""


def expertises_a_faire(user: User) -> list[tuple[Tache, Branche]]:
    """The missions to write and the reports to conclude upon, the most urgent first, each with its procedure."""
    taches = taches_visibles(user).filter(genre__in=EXPERTISES, objet_type=ETAPE).select_related("collectivite", "porteur")
    rows = list(taches.order_by("due_at", "pk"))
    processus = dict(Task.objects.filter(pk__in=[tache.objet_id for tache in rows]).values_list("pk", "process_id"))
    branches = {branche.processus_id: branche for branche in _expertises(user).filter(processus__in=processus.values())}
    return [(tache, branches[processus[tache.objet_id]]) for tache in rows if processus.get(tache.objet_id) in branches]


def mon_expertise(user: User, uid: UUID) -> Branche:
    """An expertise of a dossier entrusted to this médecin. Raises Http404."""
    try:
        return _expertises(user).get(uid=uid)
    except Branche.DoesNotExist as error:
        raise Http404 from error


def _expertises(user: User) -> QuerySet[Branche]:
    siennes = Branche.objects.filter(genre=GenreBranche.EXPERTISE, sinistre__in=sinistres_visibles(user, "dossier_medical_lire"))
    return siennes.select_related(
        "expertise__avis", "expertise__medecin", "expertise__arret", "sinistre__agent", "sinistre__collectivite", "sinistre__contrat"
    )


def sinistre_de(branche: Branche) -> Sinistre:
    """Raises Http404 for a branch that shows none."""
    if branche.sinistre is None:
        raise Http404
    return branche.sinistre


def avis_du_dossier(user: User, sinistre: Sinistre) -> AvisMedecin:
    """The latest referral of a dossier to this médecin. Raises Http404."""
    avis = mes_avis(user).filter(sinistre=sinistre).order_by("-pk").first()
    if avis is None:
        raise Http404
    return avis


def fichier_lisible(user: User, depot_id: int) -> Depot:
    """An administrative file of a dossier entrusted to this médecin, an earlier one of the agent included. Raises Http404."""
    try:
        depot = depot_visible(user, depot_id)
    except Depot.DoesNotExist as error:
        raise Http404 from error
    if depot.piece is None:
        raise Http404
    return depot
