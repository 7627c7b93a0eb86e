"""Reads of subscriptions and their calls, already authorised."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.enums import Relation
from accounts.gate import peut, relations_of
from accounts.models import User
from cases.models import Sinistre
from notifications.enums import LIVRAISONS_OUVERTES, EtatLivraison
from notifications.models import Abonnement, Livraison

GERER, SUIVRE = "webhooks_gerer", "livraisons_suivre"

LATE = dt.timedelta(hours=1)
"""A call that waits for longer is late: its program does not answer, or nobody delivers."""


def abonnements_visibles(user: User) -> QuerySet[Abonnement]:
    """The subscriptions whose calls `user` may follow, open ones first: all, or those about his collectivités alone."""
    relations = relations_of(user, SUIVRE)
    visible = Q(pk__in=[])
    if Relation.PORTEFEUILLE in relations:
        visible = Q()
    elif Relation.SA_COLLECTIVITE in relations:
        visible = Q(collectivite_id__in=user.collectivite_ids)
    return Abonnement.objects.filter(visible).select_related("collectivite", "cree_par").order_by("-ferme_le", "nom", "pk")


def abonnements_comptes(user: User) -> QuerySet[Abonnement]:
    """The same with `attendent` and `abandonnees`: calls to make, and calls given up that nobody has seen."""

    def compte(**filtre: Any) -> Coalesce:
        siennes = Livraison.objects.filter(abonnement=OuterRef("pk"), **filtre).order_by().values("abonnement")
        return Coalesce(Subquery(siennes.annotate(n=Count("pk")).values("n")), 0)  # not a join: past calls are the many

    return abonnements_visibles(user).annotate(
        attendent=compte(etat__in=LIVRAISONS_OUVERTES), abandonnees=compte(etat=EtatLivraison.ABANDONNEE, vu_le=None)
    )


def livraisons_visibles(user: User, abonnement: Abonnement, *, dossier: str = "") -> QuerySet[Livraison]:
    """The calls of one subscription, newest first, with the `numero` of their dossier; none about `user`’s own.

    `dossier`: those of this number alone.
    """
    if not peut(user, SUIVRE, abonnement):
        return Livraison.objects.none()
    own = Sinistre.objects.filter(agent__compte=user.pk).values("pk")
    numero = Sinistre.objects.filter(pk=OuterRef("sinistre_id")).values("numero")
    rows = abonnement.livraisons.exclude(sinistre_id__in=own)
    if dossier:
        rows = rows.filter(sinistre_id__in=Sinistre.objects.filter(numero=dossier).values("pk"))
    return rows.annotate(numero=Subquery(numero)).order_by("-pk")


def en_defaut(user: User) -> QuerySet[Abonnement]:
    """The subscriptions that somebody must look at: calls given up and not seen, or a pause that nobody asked for."""
    if not peut(user, GERER):
        return Abonnement.objects.none()
    abandonnees = Livraison.objects.filter(etat=EtatLivraison.ABANDONNEE, vu_le=None).values("abonnement_id")
    return Abonnement.objects.filter(Q(pk__in=abandonnees) | Q(pause_motif__in=["DISPARU", "SECRET"]), ferme_le=None)


def compte_des_livraisons() -> dict[str, int]:
    """How many calls are late, and how many were given up unseen: what metrics show, nobody's data."""
    en_retard = Livraison.objects.filter(
        etat__in=LIVRAISONS_OUVERTES, cree_le__lt=timezone.now() - LATE, abonnement__actif=True, abonnement__ferme_le=None
    )
    abandonnees = Livraison.objects.filter(etat=EtatLivraison.ABANDONNEE, vu_le=None)
    return {"en_retard": en_retard.count(), "abandonnees": abandonnees.count()}
