"""The agent, who has no account: he deposits a medical pièce by a link, or reads his own file by a link and a code.

The secret stands after the « # » of the address: the page's script sends it in a header or a form, never in an address.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.errors import Erreur
from documents.scan import ACCEPTED
from medical import selectors_dossiers
from medical.errors import Indisponible
from medical.models import Fichier
from medical.services import liens
from medical.services.missions import MissionLue
from medical.services.opinions import OpinionLue
from portal.bulle import ouverture, vues
from portal.bulle.forms import CodeForm
from portal.bulle.views.depots import SECRET
from portal.bulle.views.fichiers import streamed
from portal.presentation import instant

COOKIE = "vigie_mon_dossier"
CHEMIN = "/mon-dossier/"


# -- Deposit ----------------------------------------------------------------------------------------------------------------------


@never_cache
@require_GET
def deposer(request: HttpRequest) -> HttpResponse:
    """The page says what it is for, and nothing of the agent nor of the pièce: the server does not know yet who is there."""
    return render(request, "bulle/agent_deposer.html", {"accept": ",".join(ACCEPTED)})


@never_cache
@require_POST
def verifier(request: HttpRequest) -> JsonResponse:
    """Whether the secret in the header still opens the door: until when, and nothing more."""
    lien = selectors_dossiers.lien_de_depot_valable(request.headers.get(SECRET, ""))
    if lien is None:
        return JsonResponse(
            {"message": "Ce lien ne permet plus de déposer : il a déjà servi, a expiré ou a été retiré. Demandez-en un autre."}, status=403
        )
    return JsonResponse({"texte": f"Vous pouvez déposer le document médical qui vous est demandé, jusqu’au {instant(lien.expire_le)}."})


# -- His own file -----------------------------------------------------------------------------------------------------------------


@never_cache
@require_GET
def mon_dossier(request: HttpRequest) -> HttpResponse:
    """The code is asked, or the file is shown during the half hour that it opened."""
    lien = liens.seance(request.COOKIES.get(COOKIE, ""))
    if lien is None:
        return render(request, "bulle/agent_code.html", {"form": CodeForm(), "ferme": False})
    lues: list[OpinionLue] = []
    expertises: list[MissionLue] = []
    indisponible = ""
    try:
        lues, expertises = liens.lire_opinions(lien), liens.lire_missions(lien)
    except Indisponible as error:
        indisponible = error.message
    contexte = {
        "sinistre": lien.sinistre,
        "fin": lien.ouvert_le + liens.SEANCE if lien.ouvert_le is not None else None,
        "vues": vues.vues_de(selectors_dossiers.nommes(liens.fichiers(lien)), route="bulle:mon-fichier"),
        "opinions": lues,
        "missions": expertises,
        "indisponible": indisponible,
    }
    return render(request, "bulle/agent_dossier.html", contexte)


@never_cache
@require_http_methods(["POST"])
def entrer(request: HttpRequest) -> HttpResponse:
    form, ferme = CodeForm(request.POST), False
    if form.is_valid():
        try:
            jeton = liens.entrer(secret=form.cleaned_data["secret"], code=form.cleaned_data["code"])
        except liens.LienInvalide as error:
            ferme = True
            ouverture.retenir(form, error)
        except Erreur as error:
            ouverture.retenir(form, error)
        else:
            response = redirect("bulle:mon-dossier")
            response.set_cookie(
                COOKIE,
                jeton,
                max_age=int(liens.SEANCE.total_seconds()),
                path=CHEMIN,
                secure=settings.SECURE,
                httponly=True,
                samesite="Strict",
            )
            return response
    return render(request, "bulle/agent_code.html", {"form": form, "ferme": ferme}, status=403 if ferme else 422)


@require_GET
def mon_fichier(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """One of his files, streamed after its journal row."""
    lien = liens.seance(request.COOKIES.get(COOKIE, ""))
    if lien is None:
        raise Http404
    original = request.GET.get("original") == "oui"
    try:
        return streamed(liens.lire_fichier(lien=lien, uid=uid, apercu=not original), original=original)
    except Fichier.DoesNotExist as error:
        raise Http404 from error


@never_cache
@require_POST
def sortir(request: HttpRequest) -> HttpResponse:
    lien = liens.seance(request.COOKIES.get(COOKIE, ""))
    if lien is not None:
        liens.sortir(lien)
    response = render(request, "bulle/agent_fini.html")
    response.delete_cookie(COOKIE, path=CHEMIN, samesite="Strict")
    return response
