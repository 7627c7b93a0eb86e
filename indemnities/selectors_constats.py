"""Reads of what is known besides the dossier: for the engines (no user: the caller has its right), and for pages (through a user)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import User
from cases.enums import Etat, GenreArret
from cases.models import Arret, Sinistre
from cases.selectors import sinistres_visibles
from contracts.models import Agent
from contracts.selectors import collectivites_visibles
from indemnities.models import ArretConnu, MontantConstate


def arrets_connus_de(agent: Agent) -> QuerySet[ArretConnu]:
    """Live known arrêts of an agent, in date order."""
    return ArretConnu.objects.filter(agent=agent, annule_le__isnull=True).order_by("debut", "fin", "pk")


def montants_de(sinistre: Sinistre, genre: str | None = None) -> QuerySet[MontantConstate]:
    """Live amounts of a dossier (of one GenreMontant), in date order."""
    montants = MontantConstate.objects.filter(sinistre=sinistre, annule_le__isnull=True).order_by("debut", "genre", "pk")
    return montants if genre is None else montants.filter(genre=genre)


def arrets_declares(agent_ids: Iterable[int]) -> QuerySet[Arret]:
    """Active arrêts of these agents' dossiers, cancelled ones and temps partiel thérapeutique apart, in date order."""
    return (
        Arret.objects.filter(sinistre__agent__in=agent_ids, actif=True)
        .exclude(sinistre__etat=Etat.ANNULE)
        .exclude(genre=GenreArret.TPT)
        .select_related("sinistre")
        .order_by("debut", "pk")
    )


def arrets_connus_visibles(user: User, action: str = "constat_lire") -> QuerySet[ArretConnu]:
    """Known arrêts on which `user` holds `action`, annulled ones included; his own are never among them."""
    arrets = ArretConnu.objects.filter(agent__collectivite__in=collectivites_visibles(user, action)).exclude(agent__compte=user.pk)
    return arrets.select_related("agent__collectivite", "saisi_par", "annule_par")


def montants_visibles(user: User, action: str = "constat_lire") -> QuerySet[MontantConstate]:
    """Amounts on which `user` holds `action`, annulled ones included."""
    montants = MontantConstate.objects.filter(sinistre__in=sinistres_visibles(user, action))
    return montants.select_related("sinistre__agent", "sinistre__collectivite", "sinistre__contrat", "saisi_par", "annule_par")


def historique_de(user: User, agent: Agent) -> list[ArretConnu]:
    """Every known arrêt of an agent for a page, newest first; nothing to whom may not read them."""
    return list(arrets_connus_visibles(user).filter(agent=agent).order_by("-debut", "-pk"))


def constats_de(user: User, sinistre: Sinistre) -> list[MontantConstate]:
    """Every amount found for a dossier for a page, oldest first; nothing to whom may not read them."""
    return list(montants_visibles(user).filter(sinistre=sinistre).order_by("debut", "pk"))
