"""What a collectivité reads: the authorised selectors of the rooms, narrowed to the user's own collectivités."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.gate import peut
from accounts.models import Collectivite, User
from cases.enums import OUVERTS, GenreArret
from cases.models import AvisMedecin, Sinistre, Tache
from cases.selectors import FiltreSinistres, search_sinistres, sinistres_visibles
from documents.enums import EtatPiece
from documents.models import Depot, Piece
from documents.selectors import depot_visible, pieces_attendues
from indemnities.enums import EtatDecompte
from indemnities.models import Bordereau, Decompte
from indemnities.selectors import bordereaux_visibles, decomptes_du_sinistre, decomptes_visibles
from workflows.selectors import etapes_de_l_employeur

PAGE = 30

A_RENDRE_COMPTE = (EtatDecompte.TRANSMIS, EtatDecompte.REGLE)
"""The décomptes a collectivité reads: what is being paid and what is paid, never a sum still under discussion."""


def mes_collectivites(user: User) -> QuerySet[Collectivite]:
    return Collectivite.objects.filter(pk__in=user.collectivite_ids).order_by("nom", "pk")


# -- Dossiers ---------------------------------------------------------------------------------------------------------------


def mes_sinistres(user: User, action: str = "dossier_lire") -> QuerySet[Sinistre]:
    return sinistres_visibles(user, action).filter(collectivite_id__in=user.collectivite_ids)


def mon_sinistre(user: User, numero: str) -> Sinistre:
    """One dossier of the user's collectivités. Raises Http404 for a foreign one as for an unknown one."""
    try:
        return mes_sinistres(user).select_related("collectivite", "agent", "contrat", "termes__formule").get(numero=numero)
    except Sinistre.DoesNotExist as error:
        raise Http404 from error


def chercher(user: User, *, etats: tuple[str, ...], texte: str, avant: int | None) -> QuerySet[Sinistre]:
    """The user's dossiers, newest first, before the dossier of that key."""
    trouves = search_sinistres(user, FiltreSinistres(etats=etats, texte=texte)).filter(collectivite_id__in=user.collectivite_ids)
    return trouves if avant is None else trouves.filter(pk__lt=avant)


def reprises_attendues(user: User) -> QuerySet[Sinistre]:
    """Open dossiers whose last certificate is over and whose return nobody has told, the oldest first. `fin_arret`: its last day."""
    return (
        mes_sinistres(user, "dossier_declarer_reprise")
        .filter(etat__in=OUVERTS, reprise_effective__isnull=True)
        .annotate(fin_arret=Max("arrets__fin", filter=Q(arrets__actif=True) & ~Q(arrets__genre=GenreArret.TPT)))
        .filter(fin_arret__lt=timezone.localdate())
        .select_related("agent", "collectivite")
        .order_by("fin_arret", "pk")
    )


def decisions_attendues(user: User) -> QuerySet[Tache]:
    """The steps of procedures that wait for the user's collectivités: a decision, a position. The oldest first."""
    return etapes_de_l_employeur(mes_sinistres(user, "branche_lire"))


def fins_d_arret(sinistres: QuerySet[Sinistre]) -> list[tuple[Sinistre, dt.date]]:
    """Rows of `reprises_attendues` with the last day of their last certificate."""
    return [(sinistre, sinistre.fin_arret) for sinistre in sinistres]  # type: ignore[attr-defined]  # annotated


# -- Pièces -----------------------------------------------------------------------------------------------------------------


def mes_pieces_attendues(user: User) -> QuerySet[Piece]:
    """Every paper the user's collectivités owe, the oldest request first. Medical papers, which go elsewhere, are among them."""
    return pieces_attendues(user).filter(sinistre__collectivite_id__in=user.collectivite_ids).order_by("demandee_le", "pk")


def apres(pieces: QuerySet[Piece], piece_id: int | None) -> QuerySet[Piece]:
    """What follows that pièce in the list of requests."""
    jalon = Piece.objects.filter(pk=piece_id).values_list("demandee_le", flat=True).first() if piece_id is not None else None
    if jalon is None:
        return pieces
    return pieces.filter(Q(demandee_le__gt=jalon) | Q(demandee_le=jalon, pk__gt=piece_id))


def ma_piece(user: User, numero: str, piece_id: int) -> Piece:
    """One pièce of one of the user's dossiers. Raises Http404."""
    sinistre = mon_sinistre(user, numero)
    try:
        return Piece.objects.select_related("exigence", "arret").get(pk=piece_id, sinistre=sinistre)
    except Piece.DoesNotExist as error:
        raise Http404 from error


def mon_depot(user: User, depot_id: int) -> Depot:
    """One file of one of the user's dossiers. Raises Http404."""
    try:
        depot = depot_visible(user, depot_id)
    except Depot.DoesNotExist as error:
        raise Http404 from error
    if depot.piece is None or depot.piece.sinistre.collectivite_id not in user.collectivite_ids:
        raise Http404
    return depot


@dataclass(frozen=True)
class ResumePieces:
    """How the papers of one dossier stand: still owed (since when), waiting for the CDG's eye, medical ones awaited elsewhere."""

    attendues: int = 0
    refusees: int = 0
    depuis: dt.datetime | None = None
    a_controler: int = 0
    medicales: int = 0


def resume_pieces(sinistre_ids: list[int]) -> dict[int, ResumePieces]:
    """By dossier, in one query whatever their number."""
    owed = Q(requise=True, etat__in=[EtatPiece.DEMANDEE, EtatPiece.REFUSEE]) & ~Q(visibilite="M")
    rows = (
        Piece.objects.filter(sinistre_id__in=sinistre_ids)
        .order_by()
        .values_list("sinistre_id")
        .annotate(
            attendues=Count("pk", filter=owed),
            refusees=Count("pk", filter=owed & Q(etat=EtatPiece.REFUSEE)),
            depuis=Min("demandee_le", filter=owed),
            a_controler=Count("pk", filter=Q(etat__in=[EtatPiece.RECUE, EtatPiece.A_CONTROLER]) & ~Q(visibilite="M")),
            medicales=Count("pk", filter=Q(requise=True, visibilite="M", etat__in=[EtatPiece.DEMANDEE, EtatPiece.REFUSEE])),
        )
    )
    return {pk: ResumePieces(*values) for pk, *values in rows}


# -- Money ------------------------------------------------------------------------------------------------------------------


def etats_decomptes(sinistre_ids: list[int]) -> dict[int, set[str]]:
    """The states in which the décomptes of each dossier stand, in one query."""
    etats: dict[int, set[str]] = {}
    rows = Decompte.objects.filter(sinistre_id__in=sinistre_ids).order_by().values_list("sinistre_id", "etat").distinct()
    for pk, etat in rows:
        etats.setdefault(pk, set()).add(etat)
    return etats


def mes_decomptes(user: User, sinistre: Sinistre) -> QuerySet[Decompte]:
    return decomptes_du_sinistre(user, sinistre).filter(etat__in=A_RENDRE_COMPTE)


def mes_bordereaux(user: User) -> QuerySet[Bordereau]:
    return bordereaux_visibles(user).filter(collectivite_id__in=user.collectivite_ids).annotate(lignes=Count("decomptes"))


def mon_bordereau(user: User, numero: str) -> Bordereau:
    """One bordereau of the user's collectivités. Raises Http404."""
    try:
        return mes_bordereaux(user).get(numero=numero)
    except Bordereau.DoesNotExist as error:
        raise Http404 from error


def mon_decompte(user: User, decompte_id: int) -> Decompte:
    """One line of a bordereau that was sent to the user's collectivités. Raises Http404."""
    try:
        return decomptes_visibles(user).filter(bordereau__isnull=False).get(pk=decompte_id)
    except Decompte.DoesNotExist as error:
        raise Http404 from error


def lignes_du_bordereau(bordereau: Bordereau) -> QuerySet[Decompte]:
    """The lines of a bordereau that its reader was given, by dossier and period."""
    return bordereau.decomptes.select_related("sinistre__agent").order_by("sinistre__numero", "debut", "pk")


# -- Conclusions ------------------------------------------------------------------------------------------------------------


def conclusions(user: User, sinistre: Sinistre) -> QuerySet[AvisMedecin]:
    """The administrative conclusions that came back, newest first. That an opinion is awaited is the CDG's own affair."""
    if not peut(user, "avis_lire", sinistre):
        return AvisMedecin.objects.none()
    return AvisMedecin.objects.filter(sinistre=sinistre, rendu_le__isnull=False).order_by("-rendu_le")
