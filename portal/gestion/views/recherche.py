"""Finding a dossier: the words are posted and wait in the session under an opaque id; the address holds the id and codes only."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Collectivite, User
from cases.enums import Etat
from cases.models import Sinistre
from cases.selectors import FiltreSinistres, search_sinistres, sinistres_clos_recents
from contracts.enums import Nature
from contracts.selectors import collectivites_visibles
from portal.gestion.acces import gestion, visiteur

PAR_PAGE = 50
GARDEES = 10
"""Searches kept in a session; the oldest gives way."""


@gestion()
@require_http_methods(["GET", "POST"])
def recherche(request: HttpRequest) -> HttpResponse:
    """POST keeps the words and goes to an address without them."""
    if request.method == "POST":
        return redirect(f"{reverse('gestion:recherche')}?{urlencode({'r': _keep(request, request.POST.get('texte', '').strip())})}")
    user = visiteur(request)
    texte = request.session.get("recherches", {}).get(request.GET.get("r", ""), "")
    filtre = _filtre(request, texte)
    asked = filtre != FiltreSinistres()
    exact = Sinistre.objects.none() if not texte else search_sinistres(user, FiltreSinistres(texte=texte)).filter(numero=texte)
    only = exact.first()
    if only is not None and len(request.GET) == 1:
        return redirect("gestion:dossier", only.numero)
    page, suivant = _page(request, search_sinistres(user, filtre)) if asked else ([], "")
    return render(
        request,
        "gestion/recherche.html",
        {
            "texte": texte,
            "asked": asked,
            "dossiers": page,
            "suivant": suivant,
            "collectivites": _collectivites(user, texte),
            "collectivite": collectivites_visibles(user).filter(pk=filtre.collectivite_id).first() if filtre.collectivite_id else None,
            "natures": Nature.choices,
            "etats": Etat.choices,
            "filtre": filtre,
            "r": request.GET.get("r", ""),
        },
    )


def _keep(request: HttpRequest, texte: str) -> str:
    kept: dict[str, str] = request.session.get("recherches", {})
    opaque = secrets.token_urlsafe(9)
    request.session["recherches"] = dict(list(kept.items())[-GARDEES + 1 :]) | {opaque: texte[:200]}
    return opaque


def _filtre(request: HttpRequest, texte: str) -> FiltreSinistres:
    one = request.GET.get("collectivite", "")
    return FiltreSinistres(
        etats=tuple(e for e in request.GET.getlist("etat") if e in Etat.values),
        natures=tuple(n for n in request.GET.getlist("nature") if n in Nature.values),
        collectivite_id=int(one) if one.isdigit() else None,
        texte=texte,
    )


def _collectivites(user: User, texte: str) -> list[Collectivite]:
    """The collectivités whose name holds every word: a filter to choose, never a search through names of agents."""
    if len(texte) < 3:
        return []
    found: QuerySet[Collectivite] = collectivites_visibles(user)
    for mot in texte.split():
        found = found.filter(nom__icontains=mot)
    return list(found.order_by("nom", "pk")[:5])


def _page(request: HttpRequest, rows: QuerySet[Sinistre]) -> tuple[list[Sinistre], str]:
    """Newest first, by keyset on the id."""
    avant = request.GET.get("avant", "")
    if avant.isdigit():
        rows = rows.filter(pk__lt=int(avant))
    found = list(rows[: PAR_PAGE + 1])
    if len(found) <= PAR_PAGE:
        return found, ""
    params = request.GET.copy()
    params["avant"] = str(found[PAR_PAGE - 1].pk)
    return found[:PAR_PAGE], f"?{params.urlencode()}"


@gestion()
@require_GET
def clos_recents(request: HttpRequest) -> HttpResponse:
    """Closed in the last thirty days."""
    page, suivant = _page(request, sinistres_clos_recents(visiteur(request)))
    return render(request, "gestion/clos_recents.html", {"dossiers": page, "suivant": suivant})
