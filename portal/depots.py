"""What portal/static/portal/depot.js and the doors say to each other about a file. Both doors that take files use it.

announce  POST {nom, type, taille, sha256} → 201 {id, depot: {methode, url, entetes, expire}, confirmer, suivi}
confirm   POST → 202 {etat, ton, texte, fini}
follow    GET  → 200 {etat, ton, texte, fini}
A refusal is {"erreur": "…"} with the status portal/errors.py gives it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, JsonResponse

from accounts.gate import Refus
from cases.errors import DonneeInvalide, Erreur
from documents.enums import EtatDepot
from documents.models import MAX_BYTES, Depot
from documents.scan import ACCEPTED
from documents.storage import presign_put
from portal import presentation
from portal.errors import raisons_de, statut_de

P = ParamSpec("P")

EXTENSIONS = {"pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "tif": "image/tiff",
              "tiff": "image/tiff", "heic": "image/heic"}  # fmt: skip
"""What a browser that does not know a type may be told by the name; the content alone decides in the end."""

ACCEPT = ",".join([*ACCEPTED, *(f".{extension}" for extension in EXTENSIONS)])
MAX_MEGABYTES = MAX_BYTES // 1024 // 1024


def json_refusals(view: Callable[Concatenate[HttpRequest, P], JsonResponse]) -> Callable[Concatenate[HttpRequest, P], JsonResponse]:
    """Refusals of the services as JSON, for a script that shows them beside the file."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except Refus as refusal:
            message = refusal.message if refusal.visible else "Ce dossier n’existe pas, ou vous n’y avez pas accès."
            return JsonResponse({"erreur": message}, status=403 if refusal.visible else 404)
        except Erreur as error:
            return JsonResponse({"erreur": " ".join(raisons_de(error))}, status=statut_de(error))

    return wrapped


def announcement(request: HttpRequest) -> dict[str, Any]:
    """The file a page announces: nom, type, taille in bytes, sha256 or nothing. Raises DonneeInvalide for anything else."""
    try:
        donnees = json.loads(request.body)
        return {
            "nom": str(donnees["nom"]),
            "type": str(donnees["type"]),
            "taille": int(donnees["taille"]),
            "sha256": str(donnees.get("sha256") or ""),
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DonneeInvalide.sur("", "L’annonce de ce fichier est illisible : rechargez la page.") from error


def announced(depot: Depot, *, confirmer: str, suivi: str) -> JsonResponse:
    """Where to send the announced file, then where to confirm it and ask after it."""
    envoi = presign_put(depot)
    return JsonResponse(
        {
            "id": depot.pk,
            "depot": {"methode": envoi.methode, "url": envoi.url, "entetes": envoi.entetes, "expire": envoi.expire},
            "confirmer": confirmer,
            "suivi": suivi,
        },
        status=201,
    )


def followed(depot: Depot, *, status: int = 200) -> JsonResponse:
    return JsonResponse(
        {
            "etat": depot.etat,
            "ton": presentation.TONS[depot.etat],
            "texte": in_words(depot),
            "fini": depot.etat in (EtatDepot.DISPONIBLE, EtatDepot.ECARTE),
        },
        status=status,
    )


def in_words(depot: Depot) -> str:
    """What became of a file, as its sender reads it: the antivirus's answer included."""
    match depot.etat:
        case EtatDepot.ATTENDU:
            return "Envoi interrompu : choisissez ce fichier de nouveau."
        case EtatDepot.CONTROLE if depot.motif:
            return f"Reçu, en cours de contrôle. {depot.motif} Le contrôle reprendra tout seul : rien à refaire."
        case EtatDepot.CONTROLE:
            return "Reçu, en cours de contrôle par l’antivirus."
        case EtatDepot.DISPONIBLE if depot.sans_antivirus:
            return "Reçu. Aucun antivirus n’est branché sur cette démonstration : fichier accepté sans analyse."
        case EtatDepot.DISPONIBLE:
            return "Reçu, l’antivirus n’a rien trouvé."
    return f"Écarté : {depot.motif}"
