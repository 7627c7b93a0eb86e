"""The decisions: one form a transition, made from what the lifecycle says it reads."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, VersionPerimee
from cases.models import Sinistre
from cases.selectors import sinistre_visible, timeline
from portal import fil
from portal.errors import raisons_de, statut_de
from portal.gestion.acces import est_htmx, fragment, gestion, visiteur
from portal.gestion.contexte import contexte_de, url_dossier
from portal.gestion.formulaires import (
    AIDES,
    AJOUTER_ARRET,
    CHAMPS,
    DECLARER_REPRISE,
    LIBELLES,
    ActeForm,
    comparer,
    formulaire,
    photographier,
    poser_erreurs,
)
from workflows import lifecycle

FAITS: dict[str, str] = {
    "demander_pieces": "les pièces manquantes sont demandées",
    "valider": "validé",
    "rembourser": "remboursement constaté",
    "rejeter_reglement": "rejet du règlement constaté",
    "requalifier": "requalifié",
    "regulariser": "régularisation notée",
    "proposer_refus": "refus proposé, la médiation s’ouvre",
    "lever_refus": "proposition de refus levée",
    "refuser": "refusé",
    "refuser_partie": "refusé en partie",
    "annuler": "annulé",
    "clore": "clos",
    "rouvrir_rechute": "rouvert pour rechute",
    "rouvrir": "rouvert",
    AJOUTER_ARRET: "arrêt ajouté",
    DECLARER_REPRISE: "reprise effective notée",
}
"""What is said once it is done."""


@gestion()
@require_http_methods(["GET", "POST"])
def acte(request: HttpRequest, numero: str, nom: str) -> HttpResponse:
    """GET: the form, in a dialog or as a page. POST: the act. What is refused comes back with its reasons and what was typed."""
    if nom not in CHAMPS:
        raise Http404
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    if request.method == "GET":
        return _show(request, sinistre, nom, formulaire(nom, sinistre))
    form = formulaire(nom, sinistre, request.POST)
    if not form.is_valid():
        return _show(request, sinistre, nom, form, statut=422)
    try:
        _do(user, numero, nom, form)
    except DonneeInvalide as error:
        poser_erreurs(form, error)
        return _show(request, sinistre, nom, form, statut=422)
    except VersionPerimee as error:
        return _stale(request, numero, nom, error)
    except AlerteAConfirmer as error:
        return _show(request, sinistre, nom, form, statut=409, alertes=list(error.alertes.values()))
    except Erreur as error:
        return _show(request, sinistre, nom, form, statut=statut_de(error), raisons=raisons_de(error))
    return _done(request, user, numero, nom, suivant=form.cleaned_data["puis"] == "suivant")


def _do(user: User, numero: str, nom: str, form: ActeForm) -> None:
    version = form.cleaned_data["version"]
    arret = form.arret()
    if nom == AJOUTER_ARRET:
        if arret is None:
            raise DonneeInvalide.sur("arret", "Donnez l’arrêt.")
        lifecycle.ajouter_arret(
            acteur=user, numero=numero, arret=arret, genre=form.cleaned_data["genre"], version=version,
            alertes_assumees=form.cleaned_data["alertes_assumees"],
        )  # fmt: skip
    elif nom == DECLARER_REPRISE:
        lifecycle.declarer_reprise(acteur=user, numero=numero, le=form.cleaned_data["le"])
    else:
        lifecycle.transiter(acteur=user, numero=numero, nom=nom, demande=form.demande(), version=version)


def _stale(request: HttpRequest, numero: str, nom: str, error: VersionPerimee) -> HttpResponse:
    """Somebody else acted meanwhile: both values, field by field, who did what, and the form as it was filled."""
    user = visiteur(request)
    fresh = sinistre_visible(user, numero)
    data = request.POST.copy()
    changes = comparer(data.get("vu", ""), fresh)
    data["version"], data["vu"] = str(fresh.version), photographier(fresh)
    form = formulaire(nom, fresh, data)
    form.is_valid()
    recent = [f for f in fil.raconter(timeline(user, fresh)[:12]) if f.genre == fil.DOSSIER][:3]
    return _show(request, fresh, nom, form, statut=409, raisons=[error.message], changements=changes, recents=recent)


def _show(request: HttpRequest, sinistre: Sinistre, nom: str, form: ActeForm, *, statut: int = 200, **more: object) -> HttpResponse:
    contexte = contexte_de(request, visiteur(request), positions=False)
    context = {
        "sinistre": sinistre,
        "nom": nom,
        "libelle": LIBELLES[nom],
        "aide": AIDES.get(nom, ""),
        "form": form,
        "champs": [f for f in form.visible_fields() if f.name != "alertes_assumees"],
        "requete": contexte.requete,
        "retour": url_dossier(sinistre.numero, contexte),
        "dans_une_liste": bool(contexte.requete),
        "raisons": [],
        "alertes": [],
        "changements": [],
        "recents": [],
        "dialogue": est_htmx(request),
    } | more
    return fragment(render(request, "gestion/_acte.html" if est_htmx(request) else "gestion/acte.html", context), statut)


def _done(request: HttpRequest, user: User, numero: str, nom: str, *, suivant: bool) -> HttpResponse:
    """The dossier again, or the next one of the same list, as the person chose."""
    contexte = contexte_de(request, user, positions=suivant)
    cible = url_dossier(numero, contexte)
    if suivant:
        if contexte.suivant:
            cible = contexte.suivant
        elif contexte.liste is not None:
            cible = contexte.liste.url()
            messages.info(request, "C’était le dernier dossier de cette liste.")
    messages.success(request, f"{numero} : {FAITS[nom]}.")
    if est_htmx(request):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = cible
        return response
    return redirect(cible)
