"""Reads of pièces: querysets that are already authorised."""

from __future__ import annotations

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.enums import Relation
from accounts.gate import peut, relations_of
from accounts.models import User
from cases.enums import OUVERTS
from cases.models import Sinistre
from cases.selectors import sinistres_visibles
from documents.enums import EtatPiece
from documents.models import Courrier, Depot, DossierPieces, Exigence, ExtraitAdministratif, ListePieces, Piece


def pieces_du_sinistre(user: User, sinistre: Sinistre) -> QuerySet[Piece]:
    """The checklist of one dossier, with its files for whoever may read them. A medical pièce shows its state and nothing else."""
    if not peut(user, "checklist_lire", sinistre):
        return Piece.objects.none()
    depots = Depot.objects.order_by("-pk") if peut(user, "piece_lire", sinistre) else Depot.objects.none()
    return (
        Piece.objects.filter(sinistre=sinistre)
        .select_related("arret", "exigence", "decidee_par")
        .prefetch_related(Prefetch("depots", queryset=depots))
        .order_by("exigence__ordre", "arret__debut", "pk")
    )


def piece_visible(user: User, numero: str, piece_id: int) -> Piece:
    """One pièce of a visible dossier. Raises Piece.DoesNotExist."""
    return Piece.objects.select_related("sinistre__collectivite", "sinistre__agent", "sinistre__contrat", "exigence").get(
        pk=piece_id, sinistre__in=sinistres_visibles(user).filter(numero=numero)
    )


def depot_visible(user: User, depot_id: int) -> Depot:
    """One file of a visible dossier, or of the corbeille for whoever works in it. Raises Depot.DoesNotExist."""
    visible = Q(piece__sinistre__in=sinistres_visibles(user, "piece_lire"))
    if peut(user, "corbeille_traiter"):
        visible |= Q(courrier__isnull=False) | Q(piece__isnull=True, depose_par=user)
    return Depot.objects.select_related("piece__sinistre__collectivite", "piece__sinistre__agent", "piece__sinistre__contrat").get(
        visible, pk=depot_id
    )


def pieces_attendues(user: User) -> QuerySet[Piece]:
    """« Ce qu'on attend de vous »: required pièces missing or refused, over all open dossiers of the user's collectivités."""
    if Relation.SA_COLLECTIVITE not in relations_of(user, "piece_deposer"):
        return Piece.objects.none()
    return (
        Piece.objects.filter(
            sinistre__in=sinistres_visibles(user, "piece_deposer"),
            sinistre__etat__in=OUVERTS,
            requise=True,
            etat__in=[EtatPiece.DEMANDEE, EtatPiece.REFUSEE],
        )
        .filter(Q(arret__isnull=True) | Q(arret__actif=True))
        .select_related("sinistre__agent", "sinistre__collectivite", "arret", "exigence")
        .order_by("demandee_le", "pk")
    )


def pieces_medicales_attendues(user: User) -> QuerySet[Piece]:
    """Medical pièces not yet received, for the gestionnaire de bulle."""
    if Relation.PORTEFEUILLE not in relations_of(user, "piece_medicale_marquer"):
        return Piece.objects.none()
    return (
        Piece.objects.filter(sinistre__etat__in=OUVERTS, visibilite="M", etat=EtatPiece.DEMANDEE)
        .select_related("sinistre__agent", "sinistre__collectivite", "arret")
        .order_by("demandee_le", "pk")
    )


def piece_medicale_visible(user: User, piece_id: int) -> Piece:
    """One medical pièce for the gestionnaire de bulle. Raises Piece.DoesNotExist."""
    return Piece.objects.select_related("sinistre__collectivite", "sinistre__agent").get(
        pk=piece_id, visibilite="M", sinistre__in=sinistres_visibles(user, "piece_medicale_marquer")
    )


def extraits_du_sinistre(user: User, sinistre: Sinistre) -> QuerySet[ExtraitAdministratif]:
    """What has left the bulle of a dossier's medical pièces: dates and amounts, the corrected ones left out, in the order they came."""
    if not peut(user, "checklist_lire", sinistre):
        return ExtraitAdministratif.objects.none()
    extraits = ExtraitAdministratif.objects.filter(piece__sinistre=sinistre, corrige_par__isnull=True)
    return extraits.select_related("piece", "saisi_par").order_by("piece_id", "pk")


def listes_visibles(user: User) -> QuerySet[ListePieces]:
    """Versions of the lists for whoever reads contracts, drafts for whoever writes them. `dossiers`: the open ones held to it."""
    if not peut(user, "contrat_lire"):
        return ListePieces.objects.none()
    listes = ListePieces.objects.all() if peut(user, "listes_modifier") else ListePieces.objects.filter(publiee_le__isnull=False)
    lignes = Exigence.objects.filter(liste=OuterRef("pk")).order_by().values("liste").annotate(n=Count("pk")).values("n")
    tenus = DossierPieces.objects.filter(liste=OuterRef("pk"), sinistre__etat__in=OUVERTS).order_by().values("liste")
    return listes.annotate(lignes=Coalesce(Subquery(lignes), 0), dossiers=Coalesce(Subquery(tenus.annotate(n=Count("pk")).values("n")), 0))


def courriers_a_classer(user: User) -> QuerySet[Courrier]:
    """Late paper that waits, oldest first."""
    if not peut(user, "corbeille_traiter"):
        return Courrier.objects.none()
    return Courrier.objects.filter(classe_le__isnull=True).select_related("collectivite", "depot").order_by("recu_le", "pk")


def courrier_visible(user: User, courrier_id: int) -> Courrier:
    """One paper of the corbeille. Raises Courrier.DoesNotExist."""
    visibles = Courrier.objects.all() if peut(user, "corbeille_traiter") else Courrier.objects.none()
    return visibles.select_related("collectivite", "depot", "sinistre").get(pk=courrier_id)


def piece_counts(sinistre_ids: list[int]) -> dict[int, tuple[int, int]]:
    """(conformes, required) by sinistre, for the rows of one page: one query whatever their number."""
    rows = (
        Piece.objects.filter(sinistre_id__in=sinistre_ids, requise=True)
        .exclude(etat=EtatPiece.SANS_OBJET)
        .order_by()
        .values_list("sinistre_id")
        .annotate(conformes=Count("pk", filter=Q(etat=EtatPiece.CONFORME)), requises=Count("pk"))
    )
    return {pk: (conformes, requises) for pk, conformes, requises in rows}
