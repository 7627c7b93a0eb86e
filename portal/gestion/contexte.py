"""From which list and item a person opened a dossier: what « 7 / 43 », « ‹ › » and « Suivant » rest on."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from cases.models import Tache
from cases.selectors_files import LIBELLES, Position, position, tache_de_liste
from portal.gestion.listes import Liste


@dataclass(frozen=True)
class Contexte:
    """`requete`: what addresses of the dossier carry on, empty when it was opened outside any list."""

    liste: Liste | None = None
    tache: Tache | None = None
    position: Position | None = None

    @property
    def requete(self) -> str:
        return self.liste.contexte(self.tache.pk) if self.liste is not None and self.tache is not None else ""

    @property
    def precedent(self) -> str:
        return self._url(self.position.precedent) if self.position is not None else ""

    @property
    def suivant(self) -> str:
        return self._url(self.position.suivant) if self.position is not None else ""

    def _url(self, tache: Tache | None) -> str:
        return self.liste.url_dossier(tache) if tache is not None and self.liste is not None else ""


def contexte_de(request: HttpRequest, user: User, *, positions: bool = True) -> Contexte:
    """Read from the address. A list or an item that is not (or no longer) one of ours gives no context, and the dossier still opens."""
    code, tache_id = request.GET.get("file", ""), request.GET.get("t", "")
    if code not in LIBELLES or not tache_id.isdigit():
        return Contexte()
    tache = tache_de_liste(user, int(tache_id))
    if tache is None:
        return Contexte()
    liste = Liste.de(code, request.GET)
    return Contexte(liste, tache, position(liste.taches(user), tache, tri=liste.tri) if positions else None)


def url_dossier(numero: str, contexte: Contexte, **more: str | int) -> str:
    """The case page within its list, with `more` parameters."""
    parts = [contexte.requete, *(f"{key}={value}" for key, value in more.items())]
    requete = "&".join(part for part in parts if part)
    base = reverse("gestion:dossier", args=[numero])
    return f"{base}?{requete}" if requete else base
