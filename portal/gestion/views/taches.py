"""Taking, giving back, handing over, putting aside: one click or one key, one winner, ten seconds to undo."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from accounts.gate import peut
from cases.errors import DejaPris, DonneeInvalide, Erreur
from cases.models import Tache
from cases.selectors_files import LIBELLES, MA_FILE, porteurs_possibles, tache_visible
from cases.services import taches
from portal.errors import raisons_de
from portal.gestion.acces import est_htmx, fragment, gestion, retour, visiteur
from portal.gestion.listes import Liste
from portal.gestion.views.files import lignes_de
from workflows import suites


def _answer(
    request: HttpRequest, tache: Tache, message: str, *, niveau: int = messages.SUCCESS, defaire: str = "", statut: int = 200
) -> HttpResponse:
    """The row as it is now, with the message in the live region; without htmx, back to where one came from."""
    messages.add_message(request, niveau, message)
    if not est_htmx(request):
        return redirect(retour(request, reverse("gestion:accueil")))
    user = visiteur(request)
    context = _contexte(request, tache) | {"defaire": defaire, "tache_id": tache.pk, "ligne": None}
    try:
        fresh = tache_visible(user, tache.pk)
    except Tache.DoesNotExist:  # done meanwhile: the row goes, the message stays
        return fragment(render(request, "gestion/_ligne_reponse.html", context), statut)
    [ligne] = lignes_de(user, context["liste"], [fresh], timezone.now())
    return fragment(render(request, "gestion/_ligne_reponse.html", context | {"ligne": ligne}), statut)


def _refused(request: HttpRequest, tache: Tache, error: Erreur) -> HttpResponse:
    """Somebody else was quicker: the row shows who, and the message says when."""
    return _answer(request, tache, " ".join(raisons_de(error)), niveau=messages.ERROR, statut=409)


def _again(request: HttpRequest, tache: Tache, gabarit: str, error: DonneeInvalide, **more: Any) -> HttpResponse:
    """The same dialog with what was typed and what is wrong with it."""
    context = _contexte(request, tache) | {"erreurs": raisons_de(error), "saisie": request.POST.dict()} | more
    if not est_htmx(request):
        messages.error(request, error.message)
        return redirect(retour(request, reverse("gestion:accueil")))
    response = fragment(render(request, gabarit, context), 422)
    response["HX-Retarget"], response["HX-Reswap"] = "#dialogue-corps", "innerHTML"
    return response


@gestion()
@require_POST
def prendre(request: HttpRequest, tache_id: int) -> HttpResponse:
    tache = tache_visible(visiteur(request), tache_id)
    try:
        taches.prendre(acteur=visiteur(request), tache=tache)
    except DejaPris as error:
        return _refused(request, tache, error)
    return _answer(request, tache, f"{_nom(tache)} : pris.", defaire="rendre")


@gestion()
@require_POST
def rendre(request: HttpRequest, tache_id: int) -> HttpResponse:
    tache = tache_visible(visiteur(request), tache_id)
    try:
        taches.rendre(acteur=visiteur(request), tache=tache)
    except Erreur as error:
        return _refused(request, tache, error)
    return _answer(request, tache, f"{_nom(tache)} : rendu à la file.")


@gestion()
@require_POST
def reprendre(request: HttpRequest, tache_id: int) -> HttpResponse:
    """Bring back what was put aside: the undo of « Me le ressortir le … »."""
    tache = tache_visible(visiteur(request), tache_id)
    taches.reprendre(acteur=visiteur(request), tache=tache)
    return _answer(request, tache, f"{_nom(tache)} : de retour dans la file.")


@gestion("tache_attribuer")
@require_GET
def formulaire_attribuer(request: HttpRequest, tache_id: int) -> HttpResponse:
    tache = tache_visible(visiteur(request), tache_id)
    return render(request, "gestion/_attribuer.html", _contexte(request, tache) | {"personnes": porteurs_possibles([tache.file])})


@gestion("tache_attribuer")
@require_POST
def attribuer(request: HttpRequest, tache_id: int) -> HttpResponse:
    tache = tache_visible(visiteur(request), tache_id)
    personnes = porteurs_possibles([tache.file])
    a = personnes.filter(pk=_number(request.POST.get("a", ""))).first()
    try:
        if a is None:
            raise DonneeInvalide.sur("a", "Choisissez une personne de la liste.")
        taches.attribuer(acteur=visiteur(request), tache=tache, a=a)
    except DonneeInvalide as error:
        return _again(request, tache, "gestion/_attribuer.html", error, personnes=personnes)
    except Erreur as error:
        return _refused(request, tache, error)
    return _answer(request, tache, f"{_nom(tache)} : attribué à {a.get_full_name()}.")


@gestion()
@require_GET
def formulaire_ressortir(request: HttpRequest, tache_id: int) -> HttpResponse:
    return render(request, "gestion/_ressortir.html", _contexte(request, tache_visible(visiteur(request), tache_id)))


@gestion()
@require_POST
def ressortir(request: HttpRequest, tache_id: int) -> HttpResponse:
    tache = tache_visible(visiteur(request), tache_id)
    le = parse_date_or_none(request.POST.get("le", ""))
    try:
        if le is None:
            raise DonneeInvalide.sur("le", "Donnez un jour, par exemple 04/12/2026.")
        taches.ressortir(acteur=visiteur(request), tache=tache, le=le, motif=request.POST.get("motif", ""))
    except DonneeInvalide as error:
        return _again(request, tache, "gestion/_ressortir.html", error)
    except Erreur as error:
        return _refused(request, tache, error)
    return _answer(request, tache, f"{_nom(tache)} : mis de côté jusqu’au {le:%d/%m/%Y}.", defaire="reprendre")


@gestion()
@require_GET
def formulaire_terminer(request: HttpRequest, tache_id: int) -> HttpResponse:
    return render(request, "gestion/_terminer.html", _contexte(request, tache_visible(visiteur(request), tache_id)))


@gestion()
@require_POST
def terminer(request: HttpRequest, tache_id: int) -> HttpResponse:
    """End what no other act ends: a reminder sent, a control arranged…"""
    tache = tache_visible(visiteur(request), tache_id)
    try:
        suites.terminer(acteur=visiteur(request), tache_id=tache.pk, commentaire=request.POST.get("commentaire", ""))
    except DonneeInvalide as error:
        return _again(request, tache, "gestion/_terminer.html", error)
    except Erreur as error:
        return _refused(request, tache, error)
    return _answer(request, tache, f"{_nom(tache)} : {suites.libelle(tache).lower()}, c’est noté.")


def _contexte(request: HttpRequest, tache: Tache) -> dict[str, Any]:
    """What rows and dialogs need: the list one comes from, and where to go back to without htmx."""
    sent = request.POST if request.method == "POST" else request.GET
    code = sent.get("file", MA_FILE)
    liste = Liste.de(code if code in LIBELLES else MA_FILE, request.GET)
    return {
        "tache": tache,
        "nom": _nom(tache),
        "liste": liste,
        "requete": liste.requete(),
        "suite": sent.get("suite", ""),
        "peut_attribuer": peut(visiteur(request), "tache_attribuer"),
        "erreurs": [],
        "geste_final": suites.libelle(tache),
        "a_expliquer": tache.genre in suites.EXPLAINED,
        "saisie": {"a": "", "le": "", "motif": "", "commentaire": ""},
    }


def _nom(tache: Tache) -> str:
    if tache.sinistre is not None:
        return tache.sinistre.numero
    return tache.collectivite.nom if tache.collectivite is not None else "Courrier"


def _number(texte: str) -> int:
    """An id from a form; 0, which no row has, for anything else."""
    return int(texte) if texte.isdigit() else 0


def parse_date_or_none(texte: str) -> dt.date | None:
    """A day from a date field (ISO), or None."""
    try:
        return parse_date(texte)
    except ValueError:
        return None
