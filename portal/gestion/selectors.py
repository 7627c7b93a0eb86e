"""Reads of the gestionnaires' own arrangements."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre
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
