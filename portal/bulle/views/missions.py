"""Missions: the expert's own, one case each until their end; and the médecin conseil who confides, recalls and reads them."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.gate import exiger
from cases.errors import Erreur
from documents.scan import ACCEPTED
from medical import selectors_dossiers
from medical.errors import Indisponible
from medical.models import Mission
from medical.selectors import fichiers_lisibles
from medical.services import depots, missions
from portal.bulle import envois, ouverture, selectors, vues
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms import ConclusionsForm, MissionForm
from portal.bulle.ouverture import session_de

DUREE = dt.timedelta(days=30)


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
    form, statut = ConclusionsForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        statut = 422
        if form.is_valid():
            try:
                missions.rendre(acteur=user, mission=mission, session=session_de(request), **form.cleaned_data)
            except Erreur as error:
                statut = ouverture.retenir(form, error)
            else:
                messages.success(request, "La mission est rendue. Le médecin conseil lit vos conclusions ; le dossier vous est refermé.")
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
        "accept": ",".join(ACCEPTED),
    }
    return render(request, "bulle/mission.html", contexte, status=statut)


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


# -- The médecin conseil ----------------------------------------------------------------------------------------------------------


@reserve_a(Role.MEDECIN_CONSEIL)
@never_cache
@require_http_methods(["GET", "POST"])
def confier(request: HttpRequest, avis_id: int) -> HttpResponse:
    """Questions of the list and one's own, an expert, an end."""
    user = visiteur(request)
    avis = selectors.mon_avis(user, avis_id)
    exiger(user, "mission_confier", avis.sinistre)
    fermee = ouverture.demander(request, avis.sinistre)
    if fermee is not None:
        return fermee
    experts, statut = selectors.experts(avis.sinistre), 200
    if request.method == "POST":
        form, statut = MissionForm(request.POST, experts=experts), 422
        if form.is_valid():
            try:
                missions.confier(
                    acteur=user,
                    sinistre=avis.sinistre,
                    session=session_de(request),
                    expert=form.cleaned_data["expert"],
                    questions=form.texte(),
                    fin=form.cleaned_data["fin"],
                    avis=avis,
                )
            except Erreur as error:
                statut = ouverture.retenir(form, error)
            else:
                messages.success(request, "La mission est confiée : l’expert la trouve dans la bulle, avec les pièces de ce seul dossier.")
                return redirect("bulle:un-avis", avis_id=avis.pk)
    else:
        form = MissionForm(experts=experts, initial={"fin": timezone.localdate() + DUREE})
    return render(request, "bulle/mission_confier.html", {"avis": avis, "sinistre": avis.sinistre, "form": form}, status=statut)


@reserve_a(Role.MEDECIN_CONSEIL)
@require_POST
def rappeler(request: HttpRequest, mission_id: int) -> HttpResponse:
    mission = _followed(request, mission_id)
    missions.rappeler(acteur=visiteur(request), mission=mission)
    messages.success(request, "La mission est rappelée : l’expert ne lit plus rien de ce dossier.")
    return _back(request, mission)


@reserve_a(Role.MEDECIN_CONSEIL)
@require_POST
def lue(request: HttpRequest, mission_id: int) -> HttpResponse:
    """« J’ai lu ce rapport »: its work item is done."""
    mission = _followed(request, mission_id)
    missions.prendre_connaissance(acteur=visiteur(request), mission=mission)
    messages.success(request, "C’est noté : vous avez lu ce rapport.")
    return _back(request, mission)


def _followed(request: HttpRequest, mission_id: int) -> Mission:
    try:
        return selectors_dossiers.mission_du_dossier(visiteur(request), mission_id)
    except Mission.DoesNotExist as error:
        raise Http404 from error


def _back(request: HttpRequest, mission: Mission) -> HttpResponse:
    avis = selectors.mes_avis(visiteur(request)).filter(sinistre=mission.sinistre_id).order_by("-pk").first()
    return redirect("bulle:un-avis", avis_id=avis.pk) if avis is not None else redirect("bulle:avis")
