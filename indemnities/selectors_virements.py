"""Reads of accounts, remises and bank returns: querysets that are already authorised."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.gate import peut
from accounts.models import Collectivite, User
from contracts.enums import ModeReglement
from indemnities.enums import EtatBordereau, EtatCompte, EtatDecompte
from indemnities.models import Bordereau, CompteBancaire, Remise, RetourPaiement, Virement
from indemnities.models.virements import VIVANTS

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Net(TypedDict):
    """What a bordereau is still owed, in euros."""

    net: Decimal


def comptes_visibles(user: User) -> QuerySet[CompteBancaire]:
    """Every account, those that wait first, then by owner (the CDG before the collectivités), newest first."""
    if not peut(user, "compte_lire"):
        return CompteBancaire.objects.none()
    return CompteBancaire.objects.select_related("collectivite", "saisi_par", "confirme_par").order_by(
        F("collectivite__nom").asc(nulls_first=True), "-pk"
    )


def comptes_courants(user: User) -> QuerySet[CompteBancaire]:
    """Those in force and those that wait."""
    return comptes_visibles(user).filter(etat__in=[EtatCompte.EN_VIGUEUR, EtatCompte.SAISI])


def comptes_en_vigueur(user: User, collectivites: list[int]) -> dict[int, CompteBancaire]:
    """By collectivité, one query: what a page about their money shows."""
    found = comptes_visibles(user).filter(etat=EtatCompte.EN_VIGUEUR, collectivite__in=collectivites)
    return {compte.collectivite_id: compte for compte in found if compte.collectivite_id is not None}


def collectivites_sans_compte(user: User) -> QuerySet[Collectivite]:
    """Those that no transfer can pay yet, and for which no account waits."""
    if not peut(user, "compte_lire"):
        return Collectivite.objects.none()
    courants = CompteBancaire.objects.filter(collectivite=OuterRef("pk"), etat__in=[EtatCompte.EN_VIGUEUR, EtatCompte.SAISI])
    return Collectivite.objects.filter(~Exists(courants)).order_by("nom", "pk")


def bordereaux_a_virer(user: User) -> QuerySet[WithAnnotations[Bordereau, Net]]:
    """Transmitted bordereaux that the CDG settles and that no living transfer pays, oldest first; `net`: what each is still owed."""
    vivants = Virement.objects.filter(bordereau=OuterRef("pk"), etat__in=VIVANTS)
    dus = Sum("decomptes__montant", filter=Q(decomptes__etat=EtatDecompte.TRANSMIS))
    rows = Bordereau.objects.filter(~Exists(vivants), etat=EtatBordereau.TRANSMIS, contrat__mode_reglement=ModeReglement.CDG)
    if not peut(user, "remise_composer"):
        rows = rows.none()
    net = Coalesce(dus, 0, output_field=DecimalField(max_digits=12, decimal_places=2))
    return rows.annotate(net=net).select_related("collectivite", "contrat").order_by("pk")


def remises_visibles(user: User) -> QuerySet[Remise]:
    """Newest first."""
    if not peut(user, "remise_lire"):
        return Remise.objects.none()
    return Remise.objects.select_related("compte", "cree_par", "signe_par", "emis_par").order_by("-pk")


def virements_de_la_remise(user: User, remise: Remise) -> QuerySet[Virement]:
    """In the order of the file."""
    if not peut(user, "remise_lire"):
        return Virement.objects.none()
    return remise.virements.select_related("bordereau__collectivite", "compte__collectivite").order_by("pk")


def virements_visibles(user: User) -> QuerySet[Virement]:
    return Virement.objects.all() if peut(user, "remise_lire") else Virement.objects.none()


def retours_visibles(user: User) -> QuerySet[RetourPaiement]:
    """Newest first."""
    if not peut(user, "remise_lire"):
        return RetourPaiement.objects.none()
    return RetourPaiement.objects.select_related("importe_par").order_by("-pk")
