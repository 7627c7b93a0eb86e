"""What the bulle's people read: the authorised selectors, one page at a time."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from cases.enums import GenreTache
from cases.models import AvisMedecin, Tache
from cases.selectors import sinistres_visibles, taches_visibles
from contracts.text import search_key
from documents.models import Depot, Piece
from documents.selectors import depot_visible, piece_medicale_visible, pieces_medicales_attendues

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


# -- Médecin conseil --------------------------------------------------------------------------------------------------------


def mes_avis(user: User) -> QuerySet[AvisMedecin]:
    """The dossiers entrusted to this médecin and not recalled."""
    return AvisMedecin.objects.filter(medecin=user, rappele_le__isnull=True, sinistre__in=sinistres_visibles(user)).select_related(
        "sinistre__agent", "sinistre__collectivite"
    )


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


def fichier_lisible(user: User, depot_id: int) -> Depot:
    """An administrative file of a dossier entrusted to this médecin. Raises Http404."""
    try:
        depot = depot_visible(user, depot_id)
    except Depot.DoesNotExist as error:
        raise Http404 from error
    if depot.piece is None or not mes_avis(user).filter(sinistre=depot.piece.sinistre_id).exists():
        raise Http404
    return depot
