"""Reads of what is known besides the dossier: for the engines (no user: the caller has its right), and for pages (through a user)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.gate import peut
from accounts.models import User
from cases.enums import OUVERTS, Etat, GenreArret
from cases.models import Arret, Sinistre
from contracts.models import Agent
from indemnities.enums import GenreMontant
from indemnities.models import ArretConnu, MontantConstate


def arrets_connus_de(agent: Agent) -> QuerySet[ArretConnu]:
    """Live known arrêts of an agent, in date order."""
    return ArretConnu.objects.filter(agent=agent, annule_le__isnull=True).order_by("debut", "fin", "pk")


def montants_de(sinistre: Sinistre, genre: str | None = None) -> QuerySet[MontantConstate]:
    """Live amounts of a dossier (of one GenreMontant), in date order."""
    montants = MontantConstate.objects.filter(sinistre=sinistre, annule_le__isnull=True).order_by("debut", "genre", "pk")
    return montants if genre is None else montants.filter(genre=genre)


def arrets_declares(agent_ids: Iterable[int]) -> QuerySet[Arret]:
    """Active arrêts of these agents' live dossiers (neither cancelled nor refused), in date order; temps partiel thérapeutique apart."""
    return (
        Arret.objects.filter(sinistre__agent__in=agent_ids, sinistre__etat__in=[*OUVERTS, Etat.CLOS], actif=True)
        .exclude(genre=GenreArret.TPT)
        .select_related("sinistre")
        .order_by("debut", "pk")
    )


def historique_de(user: User, agent: Agent) -> list[ArretConnu]:
    """Every known arrêt of an agent for a page, annulled ones included, newest first; nothing to whom may not read them."""
    if agent.compte_id == user.pk or not peut(user, "constat_lire", agent):
        return []
    return list(ArretConnu.objects.filter(agent=agent).select_related("agent", "saisi_par", "annule_par").order_by("-debut", "-pk"))


def constats_de(user: User, sinistre: Sinistre, genre: str = "") -> list[MontantConstate]:
    """Every amount found for a dossier for a page, annulled ones included, oldest first; nothing to whom may not read them."""
    if not peut(user, "constat_lire", sinistre):
        return []
    montants = MontantConstate.objects.filter(sinistre=sinistre).select_related("sinistre__agent", "saisi_par", "annule_par")
    if genre in GenreMontant.values:
        montants = montants.filter(genre=genre)
    return list(montants.order_by("debut", "pk"))
