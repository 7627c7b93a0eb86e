"""The one door through which medical files enter: a PUT with a one-time right, straight from the sender's page to the bulle.

No session, no cookie, no form: the secret in the header is the whole right, and it opens nothing to read. The body is read in pieces
and encrypted as it comes; what wants to see it whole (`request.body`, a form parser) must never be called here.
"""

from __future__ import annotations

import json
import logging
import time
from urllib.parse import urlsplit

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt

from accounts import cadence
from cases.errors import DonneeInvalide, Erreur
from documents.annonces import Annonce
from documents.models import MAX_BYTES
from medical.errors import Indisponible
from medical.services.depots import EnvoiIncomplet, LaissezPasserInvalide, deposer_par_laissez_passer
from portal.bulle import envois

logger = logging.getLogger(__name__)

SECRET = "X-Vigie-Laissez-Passer"
ATTEMPTS = 600
"""PUTs of one network address in a minute. The secret has 256 bits: this spares the process, not the secret."""
RECU = "Reçu. Le document est chiffré ; il est contrôlé dans la bulle de confidentialité."


@csrf_exempt
def deposer(request: HttpRequest) -> HttpResponse:
    """PUT one file. 201 {etat, texte}; else {message}: 400, 403, 409, 411, 413, 422, 429 or 503."""
    origine = request.headers.get("Origin")
    if origine is not None and origine not in _origines():
        return _answer(request, 403, "Ce site ne peut pas déposer de document ici.")
    if request.method == "OPTIONS":
        return _with_cors(request, HttpResponse(status=204))
    if request.method != "PUT":
        refus = _answer(request, 405, "Un document s’envoie par PUT.")
        refus["Allow"] = "PUT, OPTIONS"
        return refus
    if not _within_limits(request):
        return _answer(request, 429, "Trop d’envois en une minute : patientez un instant, puis réessayez.")
    try:
        annonce = envois.annonce(request)
    except DonneeInvalide as error:
        return _answer(request, 411, error.message)
    if annonce.taille > MAX_BYTES:
        return _answer(request, 413, f"Le fichier dépasse {MAX_BYTES // 1024 // 1024} Mo.")
    statut, texte = _receive(request, annonce)
    if statut != 201:
        _drain(request)
    return _answer(request, statut, texte)


def _receive(request: HttpRequest, annonce: Annonce) -> tuple[int, str]:
    try:
        deposer_par_laissez_passer(secret=request.headers.get(SECRET, ""), annonce=annonce, morceaux=envois.morceaux(request))
    except LaissezPasserInvalide as error:
        return 403, error.message
    except EnvoiIncomplet as error:
        return 400, error.message
    except DonneeInvalide as error:
        return 422, error.message
    except Indisponible as error:
        logger.warning("depot_medical.attend", extra={"cause": type(error).__name__})
        return 503, "La bulle ne peut pas recevoir de document en ce moment. Rien n’a été gardé : réessayez dans quelques minutes."
    except Erreur as error:
        return 409, error.message
    except DatabaseError as error:
        logger.error("depot_medical.base", extra={"cause": type(error).__name__})
        return 503, "La bulle ne peut pas recevoir de document en ce moment : réessayez dans quelques minutes."
    return 201, RECU


def _drain(request: HttpRequest) -> None:
    """Let the sender finish, so that he reads the refusal instead of a cut connection."""
    fin = time.monotonic() + 30
    try:
        while request.read(envois.CHUNK) and time.monotonic() < fin:
            continue
    except (UnreadablePostError, OSError):
        return


def _origines() -> set[str]:
    return {f"{part.scheme}://{part.netloc}" for part in map(urlsplit, (settings.PUBLIC_URL, settings.BULLE_URL))}


def _answer(request: HttpRequest, statut: int, texte: str) -> HttpResponse:
    corps = {"etat": "CONTROLE", "texte": texte} if statut == 201 else {"message": texte}
    response = HttpResponse(json.dumps(corps, ensure_ascii=False), content_type="application/json", status=statut)
    if statut in (429, 503):
        response["Retry-After"] = str(cadence.WINDOW)
    return _with_cors(request, response)


def _with_cors(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Only our two addresses may read the answer, and never with cookies."""
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Origin"
    origine = request.headers.get("Origin")
    if origine is not None and origine in _origines():
        response["Access-Control-Allow-Origin"] = origine
        response["Access-Control-Allow-Methods"] = "PUT"
        response["Access-Control-Allow-Headers"] = f"Content-Type, {SECRET}, {envois.NOM}"
        response["Access-Control-Max-Age"] = "600"
    return response


def _within_limits(request: HttpRequest) -> bool:
    """Counted by network address, of which a digest alone is kept. The store down lets requests pass."""
    adresse = salted_hmac("portal.bulle.depots", get_client_ip_address(request) or "").hexdigest()[:24]
    compte = cadence.compter("depots", adresse)
    return compte is None or compte.fois <= ATTEMPTS
