"""A file sent by a signed-in person of the bulle: the raw body of a PUT, read as it comes. No form parser ever writes it in clear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import unquote

from django.http import HttpRequest, JsonResponse, UnreadablePostError

from cases.errors import DonneeInvalide, Erreur
from documents.annonces import Annonce, legible
from medical.services.depots import EnvoiIncomplet
from portal.errors import raisons_de, statut_de

P = ParamSpec("P")
NOM = "X-Vigie-Nom"
CHUNK = 64 * 1024


def annonce(request: HttpRequest) -> Annonce:
    """Name (percent-encoded in its header), type and length that the request tells. Raises DonneeInvalide when no length does."""
    longueur = request.META.get("CONTENT_LENGTH") or ""
    if not longueur.isdecimal():
        raise DonneeInvalide.sur("taille", "La longueur du document manque.")
    nom = legible(unquote(request.headers.get(NOM, ""), errors="replace"))
    return Annonce(nom=nom, type=(request.content_type or "").lower(), taille=int(longueur[:12]))


def morceaux(request: HttpRequest) -> Iterator[bytes]:
    """The body as it comes. Raises EnvoiIncomplet when the sender goes away."""
    try:
        while morceau := request.read(CHUNK):
            yield morceau
    except (UnreadablePostError, OSError) as error:
        raise EnvoiIncomplet() from error


def recu() -> JsonResponse:
    return JsonResponse({"texte": "Reçu. Le document est chiffré ; il est contrôlé dans la bulle."}, status=201)


def json_refusals(
    view: Callable[Concatenate[HttpRequest, P], JsonResponse],
) -> Callable[Concatenate[HttpRequest, P], JsonResponse]:
    """Refusals of the services as {"message": …}, for the script that sends."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except Erreur as error:
            return JsonResponse({"message": " ".join(raisons_de(error))}, status=statut_de(error))

    return wrapped
