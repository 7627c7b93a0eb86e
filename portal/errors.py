"""What services refuse, as a French page: the status says the kind, the page says why and what to do.

Doors catch `DonneeInvalide`, `GardeNonSatisfaite`… themselves where the message belongs beside a field; what they let through ends
here, and nobody ever reads a traceback.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.gate import Refus
from cases.errors import AlerteAConfirmer, DejaPris, DonneeInvalide, Erreur, GardeNonSatisfaite, VersionPerimee
from medical.errors import Indisponible, OuvertureRequise
from workflows.verrous import Occupe

TITRES: dict[type[Erreur], tuple[int, str]] = {
    DonneeInvalide: (422, "Une information est à corriger"),
    GardeNonSatisfaite: (422, "Ce n’est pas encore possible"),
    VersionPerimee: (409, "Quelqu’un vous a devancé"),
    DejaPris: (409, "Quelqu’un vous a devancé"),
    AlerteAConfirmer: (409, "À vérifier avant de continuer"),
    OuvertureRequise: (409, "Ce dossier n’est pas ouvert"),
    Indisponible: (503, "Momentanément indisponible"),
    Occupe: (503, "Quelqu’un agit sur ce dossier"),
}


def raisons_de(erreur: Erreur) -> list[str]:
    """Each sentence to show, in order."""
    match erreur:
        case GardeNonSatisfaite():
            return list(erreur.raisons)
        case DonneeInvalide():
            return [message for messages in erreur.champs.values() for message in messages]
        case AlerteAConfirmer():
            return list(erreur.alertes.values())
    return [erreur.message]


def statut_de(erreur: Erreur) -> int:
    return _statut_et_titre(erreur)[0]


def _statut_et_titre(erreur: Erreur) -> tuple[int, str]:
    return next((TITRES[genre] for genre in type(erreur).__mro__ if genre in TITRES), (422, "Ce n’est pas possible"))


class ErrorsMiddleware:
    """Turns a refusal that no view caught into a page (or a fragment, for htmx) with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refus):
            if not exception.visible:
                return self._page(request, 404, "Page introuvable", ["Ce dossier n’existe pas, ou vous n’y avez pas accès."])
            return self._page(request, 403, "Vous n’avez pas ce droit", [exception.message])
        if isinstance(exception, Erreur):
            statut, titre = _statut_et_titre(exception)
            return self._page(request, statut, titre, raisons_de(exception))
        return None

    @staticmethod
    def _page(request: HttpRequest, statut: int, titre: str, raisons: list[str]) -> HttpResponse:
        htmx = request.headers.get("HX-Request") == "true"
        gabarit = "portal/_refus.html" if htmx else "portal/refus.html"
        response = render(request, gabarit, {"titre": titre, "raisons": raisons}, status=statut)
        if htmx:
            # The page keeps what the person typed: the refusal goes to the live region of messages.
            response["HX-Retarget"] = "#messages"
            response["HX-Reswap"] = "innerHTML"
            response["X-Vigie-Fragment"] = "1"
        return response
