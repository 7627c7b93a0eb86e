"""« Abonnements (webhooks) »: the programs of others that are called, their secret shown once, each call and what became of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.errors import DonneeInvalide, Erreur
from contracts.selectors import collectivites_visibles
from notifications.enums import EtatLivraison
from notifications.genres.base import jour_en_francais
from notifications.models import Abonnement
from notifications.webhooks import services
from notifications.webhooks.catalogue import libelle
from notifications.webhooks.purge import gardees_depuis
from notifications.webhooks.selectors import GERER, abonnements_comptes, abonnements_visibles, livraisons_visibles
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_webhooks import AbonnementForm, RejouerForm

PAR_PAGE = 50

GESTES: dict[str, tuple[Callable[..., object], str]] = {
    "essayer": (services.essayer, "Un appel d’essai part dans les secondes qui viennent : rechargez la page pour voir la réponse."),
    "suspendre": (services.suspendre, "Les appels sont suspendus. Ce qui arrive d’ici la reprise est gardé."),
    "reprendre": (services.reprendre, "Les appels reprennent, dans l’ordre."),
    "fermer": (services.fermer, "L’abonnement est fermé : plus rien ne sera appelé."),
    "vu": (services.prendre_acte, "Les appels abandonnés sont notés comme vus. Vous pouvez encore les rejouer."),
}


@gestion(GERER)
@require_GET
def webhooks(request: HttpRequest) -> HttpResponse:
    return render(request, "gestion/webhooks.html", {"abonnements": abonnements_comptes(visiteur(request))})


@gestion(GERER)
@require_http_methods(["GET", "POST"])
def nouveau(request: HttpRequest) -> HttpResponse:
    """Subscribe a program; the answer shows its secret, the only time."""
    user = visiteur(request)
    collectivites = collectivites_visibles(user, "bordereau_lire").order_by("nom")
    form = AbonnementForm(request.POST or None, collectivites=collectivites)
    if request.method == "POST" and form.is_valid():
        try:
            abonnement, secret = services.creer(acteur=user, reglages=services.Reglages(**form.cleaned_data))
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        else:
            return _page(request, abonnement, secret=secret)
    return _formulaire(request, form, None)


@gestion(GERER)
@require_http_methods(["GET", "POST"])
def modifier(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    user = visiteur(request)
    abonnement = abonnements_visibles(user).get(uid=uid)
    connu = {"nom": abonnement.nom, "url": abonnement.url, "types": abonnement.types}
    form = AbonnementForm(request.POST or None, initial=connu)
    if request.method == "POST" and form.is_valid():
        try:
            services.modifier(acteur=user, uid=uid, **form.cleaned_data)
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            messages.error(request, error.message)
            return redirect("gestion:webhook", uid)
        else:
            messages.success(request, "L’abonnement est changé.")
            return redirect("gestion:webhook", uid)
    return render(
        request,
        "gestion/webhook_formulaire.html",
        {"form": form, "abonnement": abonnement},
        status=422 if request.method == "POST" else 200,
    )


@gestion(GERER)
@require_GET
def webhook(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    return _page(request, abonnements_visibles(visiteur(request)).get(uid=uid))


@gestion(GERER)
@require_POST
def secret(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Draw a new secret; the answer shows it, the only time."""
    try:
        abonnement, nouveau = services.renouveler_secret(acteur=visiteur(request), uid=uid)
    except Erreur as error:
        messages.error(request, error.message)
        return redirect("gestion:webhook", uid)
    return _page(request, abonnement, secret=nouveau)


@gestion(GERER)
@require_POST
def geste(request: HttpRequest, uid: uuid.UUID, nom: str) -> HttpResponse:
    """One of the acts that need no form."""
    if nom not in GESTES:
        raise Http404
    act, phrase = GESTES[nom]
    try:
        act(acteur=visiteur(request), uid=uid)
    except Erreur as error:
        messages.error(request, error.message)
    else:
        messages.success(request, phrase)
    return redirect("gestion:webhook", uid)


@gestion(GERER)
@require_POST
def rejouer(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Make again the calls since an instant, or of a dossier."""
    form = RejouerForm(request.POST)
    abonnement = abonnements_visibles(visiteur(request)).get(uid=uid)
    if form.is_valid():
        voulu = {"depuis": form.cleaned_data["depuis"], "numero": form.cleaned_data["numero"].strip()}
        try:
            nombre = services.rejouer(acteur=visiteur(request), uid=uid, **voulu)
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            messages.error(request, error.message)
            return redirect("gestion:webhook", uid)
        else:
            _tell(request, nombre)
            _tell_what_is_gone(request, voulu["depuis"])
            return redirect("gestion:webhook", uid)
    return _page(request, abonnement, form=form)


@gestion(GERER)
@require_POST
def livraison(request: HttpRequest, uid: uuid.UUID, livraison_id: int) -> HttpResponse:
    """Make one call again."""
    try:
        _tell(request, services.rejouer(acteur=visiteur(request), uid=uid, livraison_id=livraison_id))
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    return redirect("gestion:webhook", uid)


def _formulaire(request: HttpRequest, form: AbonnementForm, abonnement: Abonnement | None) -> HttpResponse:
    statut = 422 if request.method == "POST" else 200
    return render(request, "gestion/webhook_formulaire.html", {"form": form, "abonnement": abonnement}, status=statut)


def _tell(request: HttpRequest, nombre: int) -> None:
    if nombre:
        messages.success(request, "Un appel va repartir." if nombre == 1 else f"{nombre} appels vont repartir, dans l’ordre.")
    else:
        messages.warning(request, "Aucun appel ne correspond, ou il est déjà en cours.")


def _tell_what_is_gone(request: HttpRequest, depuis: dt.datetime | None) -> None:
    limite = gardees_depuis()
    if depuis is not None and depuis < limite:
        jour = jour_en_francais(timezone.localdate(limite))
        messages.warning(
            request, f"Les appels terminés avant le {jour} ne sont plus gardés : le logiciel lira par l’API ce qui lui manque."
        )


def _page(request: HttpRequest, abonnement: Abonnement, *, secret: str = "", form: RejouerForm | None = None) -> HttpResponse:
    """One subscription: how it stands, and its calls, newest first from the key in the address on."""
    user = visiteur(request)
    etat, avant = request.GET.get("etat", ""), request.GET.get("avant", "")
    rows = livraisons_visibles(user, abonnement)
    if etat in EtatLivraison.values:
        rows = rows.filter(etat=etat)
    if avant.isdigit() and len(avant) < 19:
        rows = rows.filter(pk__lt=int(avant))
    found = list(rows[: PAR_PAGE + 1])
    parametres = f"etat={etat}&" if etat in EtatLivraison.values else ""
    contexte: dict[str, Any] = {
        "abonnement": abonnements_comptes(user).get(pk=abonnement.pk),
        "evenements": [libelle(code) for code in abonnement.types],
        "livraisons": [(une, libelle(une.type)) for une in found[:PAR_PAGE]],
        "suivant": f"?{parametres}avant={found[PAR_PAGE - 1].pk}" if len(found) > PAR_PAGE else "",
        "etats": EtatLivraison.choices,
        "etat": etat,
        "secret": secret,
        "conservation": settings.WEBHOOKS_CONSERVATION,
        "form": form or RejouerForm(),
    }
    return render(request, "gestion/webhook.html", contexte, status=422 if form is not None else 200)
