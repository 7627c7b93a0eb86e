"""Reads of the outbox of e-mails, already authorised."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Count, QuerySet

from accounts.gate import peut
from accounts.models import User
from notifications.enums import EtatCourriel, GenreCourriel
from notifications.models import AdresseEnDefaut, Courriel


def courriels_visibles(user: User) -> QuerySet[Courriel]:
    """The e-mails `user` may read, newest first; none about his own dossier.

    Those of sign-in hold a link that opens somebody's account: they are shown in a demonstration, where accounts are public anyway.
    """
    if not peut(user, "courriels_lire"):
        return Courriel.objects.none()
    found = Courriel.objects.exclude(sinistre__agent__compte=user.pk)
    if not settings.DEMO:
        found = found.exclude(genre=GenreCourriel.COMPTE)
    return found.select_related("sinistre", "destinataire").order_by("-pk")


def compte_par_etat() -> dict[str, int]:
    """How many e-mails are not settled, by state: what health pages show."""
    waiting = [EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS, EtatCourriel.INCERTAIN, EtatCourriel.ABANDONNE]
    counted = Courriel.objects.filter(etat__in=waiting).order_by().values_list("etat").annotate(n=Count("pk"))
    found = {str(etat): 0 for etat in waiting}
    found.update(counted)
    return found


def adresses_en_defaut(adresses: Iterable[str]) -> set[str]:
    """Those of these addresses, as they are given, that nothing is sent to: they bounced, or their owner complained. One query."""
    asked = list(adresses)
    known = AdresseEnDefaut.objects.filter(levee_le__isnull=True, adresse__in={adresse.lower() for adresse in asked})
    refused = set(known.values_list("adresse", flat=True))
    return {adresse for adresse in asked if adresse.lower() in refused}
