"""The missions of an expert: one case each, until their end. He answers, says that the agent did not come, or stands down."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.enums import Role
from cases.errors import Erreur
from documents.scan import ACCEPTED
from medical import selectors_dossiers
from medical.errors import Indisponible
from medical.models import Mission
from medical.selectors import fichiers_lisibles
from medical.services import depots, missions
from portal.bulle import envois, ouverture, vues
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms_expertise import AbsenceForm, RapportForm, RecusationForm
from portal.bulle.ouverture import session_de
from workflows.branches.expertise import bulle

# -- The expert -------------------------------------------------------------------------------------------------------------------


@reserve_a(Role.EXPERT)
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    return render(request, "bulle/missions.html", {"missions": selectors_dossiers.mes_missions(visiteur(request))})


@reserve_a(Role.EXPERT)
@never_cache
@require_http_methods(["GET", "POST"])
def une_mission(request: HttpRequest, mission_id: int) -> HttpResponse:
    """Questions, medical pièces of that one case, reports; the POST renders the conclusions and ends the mission."""
    user, mission = visiteur(request), _mine(request, mission_id)
    fermee = ouverture.demander(request, mission.sinistre)
    if fermee is not None:
        return fermee
    acte = request.POST.get("acte", "rendre") if request.method == "POST" else ""
    form = RapportForm(request.POST if acte == "rendre" else None)
    absence = AbsenceForm(request.POST if acte == "absence" else None)
    recusation = RecusationForm(request.POST if acte == "recuser" else None)
    statut = 200
    if acte:
        done, statut = _act(request, mission, acte, {"rendre": form, "absence": absence, "recuser": recusation})
        if done:
            messages.success(request, done)
            return redirect("bulle:missions")
    questions, indisponible = "", ""
    try:
        questions = missions.lire_la_sienne(acteur=user, mission=mission, session=session_de(request)).questions
    except Indisponible as error:
        indisponible = error.message
    fichiers = selectors_dossiers.nommes(fichiers_lisibles(user, mission.sinistre).filter(mission__isnull=True))
    contexte = {
        "mission": mission,
        "sinistre": mission.sinistre,
        "questions": questions,
        "indisponible": indisponible,
        "arrets": list(mission.sinistre.arrets.filter(actif=True).order_by("debut")),
        "vues": vues.vues_de(fichiers),
        "rapports": selectors_dossiers.nommes(selectors_dossiers.rapports_de(mission, user)),
        "form": form,
        "absence": absence,
        "recusation": recusation,
        "accept": ",".join(ACCEPTED),
    }
    return render(request, "bulle/mission.html", contexte, status=statut)


def _act(request: HttpRequest, mission: Mission, acte: str, formulaires: dict[str, forms.Form]) -> tuple[str, int]:
    """What ends the mission: the sentence to say and 302, or an empty one and the status of the page shown again."""
    user, form = visiteur(request), formulaires.get(acte)
    if form is None or not form.is_valid():
        return "", 422
    try:
        if acte == "rendre":
            bulle.rendre_rapport(acteur=user, mission=mission, session=session_de(request), **form.cleaned_data)
            return "La mission est rendue. Le médecin conseil lit vos conclusions ; le dossier vous est refermé.", 302
        if acte == "absence":
            bulle.signaler_absence(acteur=user, mission=mission, **form.cleaned_data)
            return "C’est signalé : le centre de gestion fixe la suite. Le dossier vous est refermé d’ici là.", 302
        bulle.se_recuser(acteur=user, mission=mission, **form.cleaned_data)
        return "Vous êtes déchargé de cette mission : le dossier vous est refermé.", 302
    except Erreur as error:
        return "", ouverture.retenir(form, error)


@reserve_a(Role.EXPERT)
@require_http_methods(["PUT"])
@envois.json_refusals
def rapport(request: HttpRequest, mission_id: int) -> JsonResponse:
    """The file of a report, as the body of a PUT: encrypted as it comes."""
    mission = _mine(request, mission_id)
    depots.deposer_rapport(acteur=visiteur(request), mission=mission, annonce=envois.annonce(request), morceaux=envois.morceaux(request))
    return envois.recu()


def _mine(request: HttpRequest, mission_id: int) -> Mission:
    try:
        return selectors_dossiers.ma_mission(visiteur(request), mission_id)
    except Mission.DoesNotExist as error:
        raise Http404 from error
