"""Reads that only the gestionnaires' door has: their own arrangements, and contracts as pages show them."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.gate import peut
from accounts.models import Collectivite, User
from cases.models import Sinistre
from contracts.models import Adhesion, BaseAssurance, ContratGroupe, Formule, FormuleAnnee
from portal.models import Consultation, VueEnregistree


def vues_de(user: User) -> QuerySet[VueEnregistree]:
    """One's own views and those that are shared."""
    return VueEnregistree.objects.filter(Q(proprietaire=user) | Q(partagee=True)).select_related("proprietaire").order_by("nom", "pk")


def autres_lecteurs(user: User, sinistre: Sinistre) -> list[User]:
    """Who else has this dossier open now. The caller has shown that `user` may see it."""
    rows = (
        Consultation.objects.filter(sinistre=sinistre, expire_le__gt=timezone.now())
        .exclude(user=user)
        .select_related("user")
        .order_by("user__nom", "pk")
    )
    return [row.user for row in rows]


# -- Contracts, read only ----------------------------------------------------------------------------------------------------


def contrats_visibles(user: User) -> QuerySet[ContratGroupe]:
    """Every contract of the CDG for whoever may read contracts, newest first."""
    if not peut(user, "contrat_lire"):
        return ContratGroupe.objects.none()
    return ContratGroupe.objects.select_related("assureur", "courtier").order_by("-debut", "pk")


def contrats_comptes(user: User) -> QuerySet[ContratGroupe]:
    """The same, with the number of their adhésions."""
    return contrats_visibles(user).annotate(adhesions=Count("formules__adhesions"))


def formules_du_contrat(contrat: ContratGroupe) -> QuerySet[Formule]:
    """The formules of a contract that has been found visible, each with its terms year by year."""
    annees = FormuleAnnee.objects.order_by("annee")
    return Formule.objects.filter(contrat=contrat).order_by("regime", "code").prefetch_related(Prefetch("annees", queryset=annees))


def adhesions_du_contrat(contrat: ContratGroupe) -> QuerySet[Adhesion]:
    return Adhesion.objects.filter(formule__contrat=contrat).select_related("collectivite", "formule").order_by("collectivite__nom", "pk")


def adhesions_de(collectivite: Collectivite) -> QuerySet[Adhesion]:
    """The adhésions of a collectivité that has been found visible, each with what it insures year by year."""
    bases = BaseAssurance.objects.order_by("-annee")
    return (
        Adhesion.objects.filter(collectivite=collectivite)
        .select_related("formule__contrat")
        .prefetch_related(Prefetch("bases", queryset=bases))
        .order_by("-debut", "pk")
    )
