"""Words of e-mails: what is in use, a draft with its preview, publication, the way back, earlier versions."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.errors import DonneeInvalide, Erreur
from notifications import services_gabarits as service
from notifications.apercus import apercevoir
from notifications.enums import GenreCourriel
from notifications.gabarits import Mots, mots_d_origine, mots_en_usage
from notifications.models import Gabarit
from notifications.selectors_gabarits import gabarits_visibles
from notifications.selectors_gabarits import modeles as modeles_visibles
from notifications.verification import variables_permises, variables_requises, verifier
from portal.gestion.acces import gestion, visiteur
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_modeles import ModeleForm, VuForm

DROIT = service.DROIT
DANS_UN_CADRE = csp_replace({"frame-src": [SELF]})
"""The preview stands in a frame of our own, where nothing runs."""
POLITIQUE_APERCU = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
"""An e-mail carries its style in its elements; nothing else of it is let in."""
SEUL, RECAPITULATIF = "seul", "recapitulatif"


@gestion(DROIT)
@require_GET
def modeles(request: HttpRequest) -> HttpResponse:
    return render(request, "gestion/modeles.html", {"modeles": modeles_visibles(visiteur(request))})


@DANS_UN_CADRE
@gestion(DROIT)
@require_GET
def modele(request: HttpRequest, genre: str) -> HttpResponse:
    """One kind of e-mail: the words in use, what they give, the draft, and every version with who and when."""
    connu = _genre(genre)
    versions = list(gabarits_visibles(visiteur(request)).filter(genre=connu))
    publies = [une for une in versions if une.est_publie]
    mots = mots_en_usage([connu])[connu]
    context = {
        "genre": connu,
        "en_usage": publies[0] if publies else None,
        "brouillon": next((une for une in versions if not une.est_publie), None),
        "publies": publies,
        "d_origine": mots == mots_d_origine()[connu],
        **_mots(connu, mots),
    }
    return render(request, "gestion/modele.html", context)


@DANS_UN_CADRE
@gestion(DROIT)
@require_http_methods(["GET", "POST"])
def version(request: HttpRequest, gabarit_id: int) -> HttpResponse:
    """GET: one version, and what it gives. POST: write the draft; what was typed is kept whatever happens."""
    found = _gabarit(request, gabarit_id)
    if request.method == "GET":
        return _page(request, found)
    form = ModeleForm(request.POST, gabarit=found)
    if form.is_valid():
        try:
            service.enregistrer(acteur=visiteur(request), gabarit_id=found.pk, mots=form.mots(), vu=form.cleaned_data["vu"])
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except service.BrouillonChange as error:
            return _stale(request, found, form, error)
        else:
            messages.success(request, "Le brouillon est enregistré. Relisez l’aperçu avant de le publier.")
            return redirect("gestion:modele-version", found.pk)
    return _page(request, found, form, statut=422)


def _stale(request: HttpRequest, found: Gabarit, form: ModeleForm, error: service.BrouillonChange) -> HttpResponse:
    """Somebody else wrote meanwhile: both texts, field by field, and the form as it was filled."""
    messages.error(request, error.message)
    typed = form.mots()
    if error.actuel is None:
        return _page(request, _gabarit(request, found.pk), perdu=typed, statut=409)
    actuel = service.mots_de(error.actuel)
    autres = [
        (form.fields[champ].label, getattr(actuel, champ))
        for champ in ("objet", "corps", "ligne")
        if champ in form.fields and getattr(actuel, champ) != getattr(typed, champ)
    ]
    data = request.POST.copy()
    data["vu"] = error.actuel.ecrit_le.isoformat()
    return _page(request, error.actuel, ModeleForm(data, gabarit=error.actuel), autres=autres, statut=409)


def _page(request: HttpRequest, found: Gabarit, form: ModeleForm | None = None, statut: int = 200, **more: Any) -> HttpResponse:
    context = {
        "gabarit": found,
        "genre": GenreCourriel(found.genre),
        "form": None if found.est_publie else form or ModeleForm(gabarit=found),
        "autres": [],
        "perdu": None,
        **_mots(found.genre, service.mots_de(found)),
        **more,
    }
    return render(request, "gestion/modele_version.html", context, status=statut)


def _mots(genre: str, mots: Mots) -> dict[str, Any]:
    """Words, what they give and what they may name. No preview of what could not be published."""
    fautes = [faute for une in verifier(genre, mots).values() for faute in une]
    requises = {nom for champ in ("corps", "ligne") for nom in variables_requises(genre, champ)}
    return {
        "mots": mots,
        "fautes": fautes,
        "apercu": None if fautes else apercevoir(genre, mots),
        "variables": [(nom, valeur, nom in requises) for nom, valeur in sorted(variables_permises(genre).items())],
    }


@gestion(DROIT)
@require_GET
@xframe_options_sameorigin
def apercu_version(request: HttpRequest, gabarit_id: int, forme: str) -> HttpResponse:
    """The e-mail itself, for the frame of the page."""
    found = _gabarit(request, gabarit_id)
    return _courriel(found.genre, service.mots_de(found), forme)


@gestion(DROIT)
@require_GET
@xframe_options_sameorigin
def apercu_en_usage(request: HttpRequest, genre: str, forme: str) -> HttpResponse:
    connu = _genre(genre)
    return _courriel(connu, mots_en_usage([connu])[connu], forme)


def _courriel(genre: str, mots: Mots, forme: str) -> HttpResponse:
    if forme not in (SEUL, RECAPITULATIF) or verifier(genre, mots):
        raise Http404
    apercu = apercevoir(genre, mots)
    page = apercu.seul if forme == SEUL else apercu.recapitulatif
    if page is None:
        raise Http404
    return HttpResponse(page.html, headers={"Content-Security-Policy": POLITIQUE_APERCU})


@gestion(DROIT)
@require_POST
def preparer(request: HttpRequest, genre: str) -> HttpResponse:
    """A draft of the next version, from the words in use or from those of an earlier version."""
    connu = _genre(genre)
    numero = request.POST.get("depuis", "")
    depuis = gabarits_visibles(visiteur(request)).get(pk=int(numero), genre=connu) if numero.isdigit() else None
    try:
        brouillon = service.preparer(acteur=visiteur(request), genre=connu, depuis=depuis)
    except Erreur as error:
        messages.error(request, error.message)
        return redirect("gestion:modele", connu)
    return redirect("gestion:modele-version", brouillon.pk)


@gestion(DROIT)
@require_POST
def publier(request: HttpRequest, gabarit_id: int) -> HttpResponse:
    """From now on, e-mails say it."""
    found = _gabarit(request, gabarit_id)
    lu = VuForm(request.POST)
    if not lu.is_valid():
        messages.error(request, "Rien n’a été publié : relisez d’abord le brouillon.")
        return redirect("gestion:modele-version", found.pk)
    try:
        publie = service.publier(acteur=visiteur(request), gabarit_id=found.pk, vu=lu.cleaned_data["vu"])
    except DonneeInvalide as error:
        form = ModeleForm({"vu": request.POST["vu"], "objet": found.objet, "corps": found.corps, "ligne": found.ligne}, gabarit=found)
        poser_erreurs(form, error)
        return _page(request, found, form, statut=422)
    except service.BrouillonChange as error:
        messages.error(request, f"{error.message} Relisez-le : rien n’a été publié par vous.")
        return redirect("gestion:modele-version", found.pk)
    messages.success(request, f"La version {publie.version} est publiée : les prochains courriels la suivent, ceux qui attendent compris.")
    return redirect("gestion:modele", publie.genre)


@gestion(DROIT)
@require_POST
def abandonner(request: HttpRequest, gabarit_id: int) -> HttpResponse:
    found = _gabarit(request, gabarit_id)
    try:
        service.abandonner(acteur=visiteur(request), gabarit_id=found.pk)
    except service.BrouillonChange as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Le brouillon est abandonné.")
    return redirect("gestion:modele", found.genre)


@gestion(DROIT)
@require_POST
def revenir(request: HttpRequest, genre: str) -> HttpResponse:
    """Back to the application's own words."""
    connu = _genre(genre)
    try:
        publie = service.revenir(acteur=visiteur(request), genre=connu)
    except Erreur as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"Les mots de l’application sont de nouveau en usage : c’est la version {publie.version}.")
    return redirect("gestion:modele", connu)


def _genre(genre: str) -> GenreCourriel:
    if genre not in mots_d_origine():
        raise Http404
    return GenreCourriel(genre)


def _gabarit(request: HttpRequest, gabarit_id: int) -> Gabarit:
    """Raises Gabarit.DoesNotExist, a 404."""
    return gabarits_visibles(visiteur(request)).get(pk=gabarit_id)
