"""Reads of the outbox of e-mails, already authorised."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Count, QuerySet
from django.db.models.functions import Lower

from accounts.gate import peut
from accounts.models import Collectivite, User
from cases.models import Sinistre
from notifications.enums import EN_DEFAUT, OUVERTS, GenreCourriel
from notifications.models import AdresseEnDefaut, Annonce, Courriel


def courriels_visibles(user: User) -> QuerySet[Courriel]:
    """The e-mails `user` may read, newest first; none about his own dossier, not even a digest that speaks of it.

    Those of sign-in hold a link that opens somebody's account: they are shown in a demonstration, where accounts are public anyway.
    """
    if not peut(user, "courriels_lire"):
        return Courriel.objects.none()
    # Subqueries asked once, almost always empty: as joins, they would cost each row.
    siens = Sinistre.objects.filter(agent__compte=user.pk)
    en_parlent = Annonce.objects.filter(sinistre__in=siens, courriel__isnull=False)
    found = Courriel.objects.exclude(sinistre__in=siens).exclude(pk__in=en_parlent.values("courriel_id"))
    if not settings.DEMO:
        found = found.exclude(genre=GenreCourriel.COMPTE)
    return found.select_related("sinistre", "destinataire").order_by("-pk")


def du_dossier(courriels: QuerySet[Courriel], numero: str) -> QuerySet[Courriel]:
    """Those of these e-mails that tell about one dossier, the digests that speak of it among others included."""
    annonces = Annonce.objects.filter(sinistre__numero=numero, courriel__isnull=False).values("courriel_id")
    return courriels.filter(pk__in=Courriel.objects.filter(sinistre__numero=numero).values("pk").union(annonces))


def en_defaut() -> QuerySet[Courriel]:
    """The e-mails that nobody has looked at yet though they did not arrive, or may not have."""
    return Courriel.objects.filter(etat__in=EN_DEFAUT, vu_le__isnull=True).exclude(genre=GenreCourriel.COMPTE)


def adresses_refusees(user: User) -> QuerySet[AdresseEnDefaut]:
    """The addresses that nothing is sent to, the last one first, for whoever may restore them."""
    if not peut(user, "adresses_traiter"):
        return AdresseEnDefaut.objects.none()
    return AdresseEnDefaut.objects.filter(levee_le__isnull=True).order_by("-pk")


def porteurs_de(adresses: Iterable[str]) -> dict[str, list[str]]:
    """Whose each address is today, by name: active people, then collectivités. Keys in lower case; two queries."""
    found: dict[str, list[str]] = {adresse.lower(): [] for adresse in adresses}
    people = User.objects.annotate(bas=Lower("email")).filter(is_active=True, bas__in=found)
    for user in people.order_by("nom", "prenom", "pk"):
        found[user.email.lower()].append(user.get_full_name())
    for collectivite in Collectivite.objects.annotate(bas=Lower("email")).filter(bas__in=found).order_by("nom", "pk"):
        found[collectivite.email.lower()].append(collectivite.nom)
    return found


def compte_par_etat() -> dict[str, int]:
    """How many e-mails are to be sent, and how many did not arrive, or may not have, and nobody has looked at: by state, for metrics."""
    etats = (*OUVERTS, *EN_DEFAUT)
    suivis = Courriel.objects.filter(etat__in=etats, vu_le__isnull=True).order_by()
    return dict.fromkeys(map(str, etats), 0) | dict(suivis.values_list("etat").annotate(n=Count("pk")))


def adresses_en_defaut(adresses: Iterable[str]) -> set[str]:
    """Those of these addresses, as they are given, that nothing is sent to: they bounced, or their owner complained. One query."""
    asked = list(adresses)
    known = AdresseEnDefaut.objects.filter(levee_le__isnull=True, adresse__in={adresse.lower() for adresse in asked})
    refused = set(known.values_list("adresse", flat=True))
    return {adresse for adresse in asked if adresse.lower() in refused}
