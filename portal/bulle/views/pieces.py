"""The gestionnaire de bulle: medical papers awaited, marked received when they arrive."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from contracts.text import search_key
from documents.services.decisions import recevoir_sur_papier
from portal.bulle import selectors
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms import RechercheForm

RECHERCHES = "recherches_bulle"
"""Session key: searches are kept under an opaque id, since nothing personal stands in an address."""
MAX_RECHERCHES = 10


@reserve_a(Role.GESTIONNAIRE_BULLE)
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    cle = request.GET.get("recherche", "")
    texte = request.session.get(RECHERCHES, {}).get(cle, "")
    jalon = request.GET.get("apres", "")
    apres = int(jalon) if jalon.isdecimal() and len(jalon) < 19 else None
    page = list(selectors.pieces_attendues(user, texte=texte, apres=apres)[: selectors.PAGE + 1])
    suite = page[selectors.PAGE - 1].pk if len(page) > selectors.PAGE else None
    page = page[: selectors.PAGE]
    taches = selectors.taches_des_dossiers(user, [piece.sinistre_id for piece in page])
    contexte = {
        "lignes": [(piece, taches.get(piece.sinistre_id)) for piece in page],
        "suite": suite,
        "recherche": cle if texte else "",
        "texte": texte,
        "form": RechercheForm(),
    }
    return render(request, "bulle/pieces.html", contexte)


@reserve_a(Role.GESTIONNAIRE_BULLE)
@require_POST
def rechercher(request: HttpRequest) -> HttpResponse:
    form = RechercheForm(request.POST)
    if not form.is_valid() or not search_key(form.cleaned_data["q"]):
        return redirect("bulle:pieces")
    cle = secrets.token_urlsafe(8)
    gardees = list(request.session.get(RECHERCHES, {}).items())[-MAX_RECHERCHES + 1 :]
    request.session[RECHERCHES] = dict([*gardees, (cle, form.cleaned_data["q"])])
    return redirect(f"{reverse('bulle:pieces')}?recherche={cle}")


@reserve_a(Role.GESTIONNAIRE_BULLE)
@require_POST
def recevoir(request: HttpRequest, piece_id: int) -> HttpResponse:
    user = visiteur(request)
    piece = recevoir_sur_papier(acteur=user, piece=selectors.piece_attendue(user, piece_id))
    messages.success(request, f"« {piece.libelle} » est marquée reçue. L’employeur et le gestionnaire ne lisent que cela.")
    return redirect("bulle:pieces")
