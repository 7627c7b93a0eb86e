"""Reads of money: querysets that are already authorised."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.enums import Relation
from accounts.gate import peut, relations_of
from accounts.models import User
from cases.models import Sinistre
from cases.selectors import sinistres_visibles
from indemnities.enums import EtatDecompte, GenreDecompte
from indemnities.models import Bordereau, Decompte, LigneDecompte

UNPAID = (EtatDecompte.CALCULE, EtatDecompte.APPROUVE, EtatDecompte.TRANSMIS)


def decomptes_visibles(user: User) -> QuerySet[Decompte]:
    return Decompte.objects.filter(sinistre__in=sinistres_visibles(user, "decompte_lire")).select_related(
        "sinistre__collectivite", "sinistre__agent", "sinistre__contrat", "calcule_par", "approuve_par", "bordereau", "frais"
    )


def decomptes_du_sinistre(user: User, sinistre: Sinistre) -> QuerySet[Decompte]:
    """The décomptes of one dossier, oldest period first."""
    if not peut(user, "decompte_lire", sinistre):
        return Decompte.objects.none()
    return (
        Decompte.objects.filter(sinistre=sinistre)
        .select_related("calcule_par", "approuve_par", "bordereau", "corrige")
        .order_by("debut", "pk")
    )


def decomptes_a_transmettre(user: User) -> QuerySet[Decompte]:
    """Approved décomptes that wait for a bordereau, by collectivité."""
    return (
        decomptes_visibles(user)
        .filter(etat=EtatDecompte.APPROUVE)
        .order_by("sinistre__collectivite__nom", "sinistre__contrat_id", Coalesce("frais__tiers_payant", False), "debut", "pk")
    )


def lignes_en_vigueur(user: User, sinistre: Sinistre) -> list[LigneDecompte]:
    """The lines that say, today, what each day of the leave is worth: those of computed décomptes that nothing has replaced."""
    if not peut(user, "decompte_lire", sinistre):
        return []
    vivants = Decompte.objects.filter(sinistre=sinistre, genre=GenreDecompte.IJ).exclude(etat=EtatDecompte.REJETE)
    corriges = vivants.filter(corrige__isnull=False).values("corrige")
    return list(LigneDecompte.objects.filter(decompte__in=vivants.exclude(pk__in=corriges)).order_by("debut"))


def bordereaux_visibles(user: User) -> QuerySet[Bordereau]:
    """Bordereaux `user` may read: all, those of his collectivités, those of his contracts."""
    relations = relations_of(user, "bordereau_lire")
    visible = Q(pk__in=[])
    if Relation.PORTEFEUILLE in relations:
        visible = Q()
    else:
        if Relation.SA_COLLECTIVITE in relations:
            visible |= Q(collectivite_id__in=user.collectivite_ids)
        if Relation.TRANSMIS in relations:
            visible |= Q(contrat__assureur_id__in=user.organisme_ids) | Q(contrat__courtier_id__in=user.organisme_ids)
    return Bordereau.objects.filter(visible).select_related("collectivite", "contrat").order_by("-pk")


def has_unpaid(sinistre: Sinistre) -> bool:
    """Whether something validated is not settled yet."""
    return Decompte.objects.filter(sinistre=sinistre, etat__in=UNPAID).exists()


def has_approved(sinistre: Sinistre) -> bool:
    """Whether a décompte has been approved, sent or settled."""
    return Decompte.objects.filter(sinistre=sinistre, etat__in=[EtatDecompte.APPROUVE, EtatDecompte.TRANSMIS, EtatDecompte.REGLE]).exists()
