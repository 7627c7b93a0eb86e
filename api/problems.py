"""RFC 9457 problem documents, in French: every answer of the API that is not a success goes through here.

Members beside the standard ones: `champs` {field: [messages]} (a dotted path for a nested field), `raisons` [sentences] of a guard
that is not met, `alertes` {code: sentence} to confirm, `version` of today where the caller's was stale, `page` where a person is to go.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.gate import Refus
from cases.errors import AlerteAConfirmer, DejaPris, DonneeInvalide, Erreur, GardeNonSatisfaite, TransitionImpossible, VersionPerimee
from documents.storage import StockageIndisponible
from workflows.verrous import Occupe

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
NOT_FOUND = "Cette ressource n’existe pas, ou elle est hors de vos droits."

TITLES: dict[str, tuple[int, str]] = {
    "json-illisible": (400, "Le corps de la requête n’est pas lisible"),
    "donnee-invalide": (400, "Un champ n’a pas la forme attendue"),
    "en-tete-invalide": (400, "Un en-tête n’a pas la forme attendue"),
    "jeton-absent": (401, "Jeton absent ou refusé"),
    "droit-manquant": (403, "Vos droits ne le permettent pas"),
    "authentification-recente-requise": (403, "Une authentification récente est requise"),
    "introuvable": (404, "Ressource introuvable"),
    "methode-refusee": (405, "Méthode non admise"),
    "version-perimee": (409, "Le dossier a changé entre-temps"),
    "deja-pris": (409, "La tâche est déjà prise"),
    "alerte-a-confirmer": (409, "Une erreur est probable"),
    "longueur-inconnue": (411, "La longueur du corps est inconnue"),
    "corps-trop-grand": (413, "Le corps de la requête est trop grand"),
    "type-non-admis": (415, "Type de contenu non admis"),
    "donnee-refusee": (422, "Une donnée est refusée"),
    "garde-non-satisfaite": (422, "Une condition n’est pas remplie"),
    "transition-impossible": (422, "L’état ne le permet pas"),
    "refus": (422, "L’action est refusée"),
    "cle-deja-employee": (422, "Clé d’idempotence déjà employée"),
    "version-requise": (428, "La version du dossier est requise"),
    "trop-de-requetes": (429, "Trop de requêtes"),
    "erreur-interne": (500, "Erreur interne"),
    "indisponible": (503, "Service momentanément indisponible"),
}
"""Every kind of problem: its status and its title. `type` is « urn:vigie:probleme:<kind> »."""

KINDS_OF_STATUS = {
    400: "json-illisible", 401: "jeton-absent", 403: "droit-manquant", 404: "introuvable", 405: "methode-refusee",
    415: "type-non-admis", 429: "trop-de-requetes",
}  # fmt: skip


class Problem(exceptions.APIException):
    """A refusal of the door itself: a header, a body, a version. `kind` is a key of TITLES."""

    def __init__(self, kind: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status_code = TITLES[kind][0]
        self.text = detail
        self.members = members


def urn(kind: str) -> str:
    return f"urn:vigie:probleme:{kind}"


def document(kind: str, detail: str, instance: str, **members: Any) -> Response:
    """The problem document of one request."""
    status, title = TITLES[kind]
    body = {"type": urn(kind), "title": title, "status": status, "detail": detail, "instance": instance, **members}
    return Response(body, status=status, content_type=CONTENT_TYPE)


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Turn whatever a view raised into a problem document. What nobody foresaw is logged, and told without details."""
    set_rollback()
    instance = context["request"].path
    kind, detail, members = _read(error)
    if kind == "erreur-interne":
        logger.error("api.erreur", exc_info=error, extra={"chemin": instance})
    response = document(kind, detail, instance, **members)
    if getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if kind == "indisponible":
        response["Retry-After"] = "5"
    elif isinstance(error, exceptions.Throttled):
        response["Retry-After"] = str(int(getattr(error, "wait", None) or 1))
    return response


def _read(error: Exception) -> tuple[str, str, dict[str, Any]]:
    match error:
        case Problem():
            return error.kind, error.text, error.members
        case Refus():
            return ("droit-manquant", error.message, {}) if error.visible else ("introuvable", NOT_FOUND, {})
        case DonneeInvalide():
            return "donnee-refusee", error.message, {"champs": error.champs}
        case GardeNonSatisfaite():
            return "garde-non-satisfaite", error.message, {"raisons": error.raisons}
        case AlerteAConfirmer():
            detail = f"{error.message} Pour continuer, renvoyez la demande avec « alertes_assumees »."
            return "alerte-a-confirmer", detail, {"alertes": error.alertes}
        case VersionPerimee():
            return "version-perimee", error.message, {"version": error.version}
        case Occupe():
            return "indisponible", error.message, {}
        case DejaPris():
            return "deja-pris", error.message, {}
        case TransitionImpossible():
            return "transition-impossible", error.message, {}
        case Erreur():
            return "refus", error.message, {}
        case ObjectDoesNotExist() | Http404():
            return "introuvable", NOT_FOUND, {}
        case OperationalError() | InterfaceError() | StockageIndisponible():
            logger.warning("api.indisponible", extra={"cause": type(error).__name__})
            return "indisponible", "Le service ne répond pas pour l’instant : réessayez dans quelques secondes.", {}
        case exceptions.ValidationError():
            champs = flatten(error.detail)
            return "donnee-invalide", " ".join(m for messages in champs.values() for m in messages), {"champs": champs}
        case exceptions.APIException():
            kind = KINDS_OF_STATUS.get(error.status_code, "erreur-interne")
            return kind, _sentence(error, kind), {}
    return "erreur-interne", "Une erreur est survenue. Rien n’a été enregistré ; elle est signalée à l’exploitant.", {}


def _sentence(error: exceptions.APIException, kind: str) -> str:
    match kind:
        case "jeton-absent" if isinstance(error, exceptions.NotAuthenticated):
            return "Présentez votre jeton : « Authorization: Token … »."
        case "methode-refusee":
            return "Cette adresse n’admet pas cette méthode."
        case "type-non-admis":
            return "Envoyez le corps en JSON, avec « Content-Type: application/json »."
        case "trop-de-requetes":
            return "Vous envoyez trop de requêtes : attendez le délai indiqué par « Retry-After »."
    return str(error.detail)


def flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested messages as {dotted path: [messages]}; « » is the document as a whole."""
    if isinstance(detail, dict):
        champs: dict[str, list[str]] = {}
        for name, inner in detail.items():
            part = "" if name == "non_field_errors" else str(name)
            champs |= flatten(inner, ".".join(p for p in (path, part) if p))
        return champs
    if isinstance(detail, list):
        if any(isinstance(inner, dict | list) for inner in detail):
            nested: dict[str, list[str]] = {}
            for rang, inner in enumerate(detail):
                if inner:
                    nested |= flatten(inner, f"{path}.{rang}" if path else str(rang))
            return nested
        return {path: [str(message) for message in detail]}
    return {path: [str(detail)]}
