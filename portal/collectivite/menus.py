"""The menu of the collectivités' door."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from portal.collectivite.acces import visiteur
from portal.collectivite.selectors import decisions_attendues, mes_pieces_attendues, reprises_attendues
from portal.menus import Lien, Section

ACCUEIL = "collectivite:accueil"


def menu(request: HttpRequest) -> list[Section]:
    user = visiteur(request)

    def attendues() -> int | None:
        pieces = mes_pieces_attendues(user).exclude(visibilite="M").count()
        return pieces + reprises_attendues(user).count() + decisions_attendues(user).count() or None

    dossiers = reverse("collectivite:dossiers")
    declarer = reverse("collectivite:declarer")
    paiements = reverse("collectivite:paiements")
    agents = reverse("collectivite:agents")
    return [
        Section(
            "",
            (
                Lien("Ce qu’on attend de vous", reverse(ACCUEIL), attendues),
                Lien("Déclarer", declarer, actif=request.path.startswith(declarer)),
                Lien("Mes dossiers", dossiers, actif=request.path.startswith(dossiers)),
                Lien("Arrêts et paies", agents, actif=request.path.startswith(agents)),
                Lien("Paiements", paiements, actif=request.path.startswith(paiements)),
                Lien("Simulateur", reverse("simulateur")),
            ),
        )
    ]
