"""What portal/static/portal/depot.js and the doors say to each other about a file. Both doors that take files use it.

announce  POST {nom, type, taille, sha256, alternative, remplacer, version} → 201 {id, depot: {methode, url, entetes, expire}, confirmer,
          suivi}
confirm   POST → 202 {etat, ton, texte, fini}
follow    GET  → 200 {etat, ton, texte, fini}
pli       POST {type, taille} → 201 {depot: {methode, url, entetes, expire}}: a medical file, sent straight to the bulle, whose answer
          {etat, texte} (or a refusal {message}) ends it. Its name goes to the bulle alone.
A refusal is {"erreur": "…"} with the status portal/errors.py gives it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, JsonResponse

from accounts.gate import Refus
from cases.errors import DonneeInvalide, Erreur
from documents.enums import EtatDepot
from documents.models import MAX_BYTES, Depot, Piece
from documents.scan import ACCEPTED
from documents.services.laissez_passer import envoi_de
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


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        donnees = json.loads(request.body)
        return {"type": str(donnees["type"]), "taille": int(donnees["taille"]), "reste": donnees}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DonneeInvalide.sur("", "L’annonce de ce fichier est illisible : rechargez la page.") from error


def announcement(request: HttpRequest) -> dict[str, Any]:
    """The file a page announces: nom, type, taille in bytes, sha256 or nothing; `alternative`, and `remplacer` with the version
    it replaces (`version_vue`), where the page says so. Raises DonneeInvalide for anything else.
    """
    lu = _read(request)
    reste = lu.pop("reste")
    if "nom" not in reste:
        raise DonneeInvalide.sur("", "L’annonce de ce fichier est illisible : rechargez la page.")
    lu |= {"nom": str(reste["nom"]), "sha256": str(reste.get("sha256") or "")}
    if reste.get("alternative"):
        lu["alternative"] = str(reste["alternative"])
    if reste.get("remplacer") is True:
        version = reste.get("version")
        lu |= {"remplacer": True, "version_vue": version if isinstance(version, int) and 0 < version < 1000 else None}
    return lu


def sealed_announcement(request: HttpRequest) -> str:
    """The type of a medical file that a page is about to send to the bulle; its name is not asked. Raises DonneeInvalide."""
    lu = _read(request)
    if lu["type"] not in ACCEPTED:
        raise DonneeInvalide.sur("type", "Envoyez un PDF ou une image (JPEG, PNG, TIFF, HEIC).")
    if not 0 < lu["taille"] <= MAX_BYTES:
        raise DonneeInvalide.sur("taille", f"Le fichier est vide, ou dépasse {MAX_MEGABYTES} Mo.")
    return str(lu["type"])


def sealed(secret: str, type: str) -> dict[str, Any]:
    """Where and how to send one medical file straight to the bulle, with the secret of its laissez-passer."""
    return asdict(envoi_de(secret, type=type))


def announced(depot: Depot, *, confirmer: str, suivi: str) -> JsonResponse:
    """Where to send the announced file, then where to confirm it and ask after it."""
    envoi = presign_put(depot)
    return JsonResponse(
        {
            "id": depot.pk,
            "depot": asdict(envoi),
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
            "fini": depot.etat in (EtatDepot.DISPONIBLE, EtatDepot.ECARTE, EtatDepot.RECLASSE),
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
        case EtatDepot.RECLASSE:
            return "Envoyé dans la bulle de confidentialité : il n’est plus dans ce dossier."
    return f"Écarté : {depot.motif}"


# -- how the files of a pièce are listed ----------------------------------------------------------------------------------------


@dataclass
class Version:
    """The files of one version of a pièce, newest first. `remplacee_le`: when another version took its place."""

    numero: int
    remplacee_le: dt.datetime | None = None
    fichiers: list[Depot] = field(default_factory=list)


@dataclass
class Fichiers:
    """The files of a pièce: those in force, the versions they replaced (newest first), how many went to the bulle."""

    en_cours: list[Depot] = field(default_factory=list)
    anciennes: list[Version] = field(default_factory=list)
    reclasses: int = 0


def fichiers_de(depots: Iterable[Depot]) -> Fichiers:
    """What the pages list of a pièce's files, given newest first. A file sent to the bulle is counted, never listed."""
    trouves = Fichiers()
    par_version: dict[int, Version] = {}
    for depot in depots:
        if depot.etat == EtatDepot.RECLASSE:
            trouves.reclasses += 1
        elif depot.remplace_le is None:
            trouves.en_cours.append(depot)
        else:
            version = par_version.setdefault(depot.version, Version(depot.version, depot.remplace_le))
            version.fichiers.append(depot)
    trouves.anciennes = [par_version[numero] for numero in sorted(par_version, reverse=True)]
    return trouves


def alternatives_de(piece: Piece, regime: str) -> list[dict[str, Any]]:
    """The documents of which one suffices, for an agent of this régime: [{code, libelle}]. Empty when the pièce is one document."""
    toutes: list[dict[str, Any]] = piece.exigence.alternatives
    return [une for une in toutes if not une.get("regimes") or regime in une["regimes"]]


def libelle_recu(piece: Piece) -> str:
    """Which of its alternatives was received, or nothing."""
    return next((str(une["libelle"]) for une in piece.exigence.alternatives if une["code"] == piece.alternative), "")
