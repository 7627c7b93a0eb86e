"""Expertises inside the bulle: the médecin conseil writes the mission and the conclusions; the gestionnaire de bulle scans a report."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.gate import exiger
from cases.enums_expertise import ButExpertise
from cases.errors import Erreur
from cases.models import Branche
from documents.scan import ACCEPTED
from medical import selectors_dossiers
from medical.models import Mission
from medical.services import depots
from medical.services.missions import MissionLue
from portal.bulle import envois, ouverture, selectors
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms import RaisonForm
from portal.bulle.forms_expertise import ConclureForm, DemandeForm, MissionForm, questions_pour
from portal.bulle.ouverture import Contexte, session_de
from portal.bulle.views.avis import dossier_medical
from portal.procedures import etapes_ouvertes
from workflows.branches.expertise import bulle

MISSION, RAPPORTS, CONCLUSIONS = "mission", {"rapport", "rapport_papier"}, "conclusions"


# -- The médecin conseil ----------------------------------------------------------------------------------------------------------


@reserve_a(Role.MEDECIN_CONSEIL)
@never_cache
@require_http_methods(["GET", "POST"])
def demander(request: HttpRequest, avis_id: int) -> HttpResponse:
    """The médecin asks for an expertise and writes its mission at once."""
    user = visiteur(request)
    avis = selectors.mon_avis(user, avis_id)
    exiger(user, "expertise_demander", avis.sinistre)
    fermee = ouverture.demander(request, avis.sinistre)
    if fermee is not None:
        return fermee
    form, statut = DemandeForm(avis.sinistre, request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        statut = 422
        if form.is_valid():
            lu = form.cleaned_data
            try:
                branche = bulle.demander_du_medecin(
                    acteur=user, avis=avis, session=session_de(request), buts=lu["buts"], questions=form.texte(), arret=lu["arret"],
                    obligatoire=lu["obligatoire"],
                )  # fmt: skip
            except Erreur as error:
                statut = ouverture.retenir(form, error)
            else:
                messages.success(request, "L’expertise est demandée, sa mission est approuvée. Le gestionnaire désigne un médecin agréé.")
                return redirect("bulle:expertise", uid=branche.uid)
    return render(request, "bulle/expertise_demander.html", {"avis": avis, "sinistre": avis.sinistre, "form": form}, status=statut)


@reserve_a(Role.MEDECIN_CONSEIL)
@never_cache
@require_http_methods(["GET", "POST"])
def une_expertise(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The whole medical file, and the step that is the médecin's: the mission, or the conclusions with their preview."""
    branche = selectors.mon_expertise(visiteur(request), uid)
    sinistre = selectors.sinistre_de(branche)
    fermee = ouverture.demander(request, sinistre)
    if fermee is not None:
        return fermee
    contexte = dossier_medical(request, selectors.avis_du_dossier(visiteur(request), sinistre), sinistre)
    ouvertes = set(etapes_ouvertes(branche))
    lue = next((lue for lue in contexte["missions"] if lue.mission.branche_id == branche.pk), None)
    contexte |= {
        "missions": [autre for autre in contexte["missions"] if autre is not lue],
        "branche": branche,
        "buts": ", ".join(ButExpertise(but).label for but in branche.expertise.buts),
        "expertise": branche.expertise,
        "lue": lue,
        "a_rediger": MISSION in ouvertes,
        "a_conclure": CONCLUSIONS in ouvertes,
        "rappelable": bool(ouvertes & RAPPORTS),
        "reponses": branche.expertise.reponses_donnees,
    }
    if request.method == "POST" and not contexte["indisponible"]:
        if contexte["a_rediger"]:
            return _approve(request, branche, contexte)
        if contexte["a_conclure"]:
            return _conclude(request, branche, contexte)
    return _page(request, branche, contexte, statut=409 if request.method == "POST" else 200)


def _approve(request: HttpRequest, branche: Branche, contexte: Contexte) -> HttpResponse:
    form = MissionForm(request.POST)
    if not form.is_valid():
        return _page(request, branche, contexte, mission=form, statut=422)
    try:
        bulle.approuver(acteur=visiteur(request), branche=branche, session=session_de(request), questions=form.texte())
    except Erreur as error:
        return _page(request, branche, contexte, mission=form, statut=ouverture.retenir(form, error))
    messages.success(request, "La mission est approuvée. Le gestionnaire désigne un médecin agréé et convoque l’agent.")
    return redirect("bulle:avis")


def _conclude(request: HttpRequest, branche: Branche, contexte: Contexte) -> HttpResponse:
    """« apercu » shows what the employer will read, « conclure » sends it; words that look medical stop it once."""
    user, session, acte = visiteur(request), session_de(request), request.POST.get("acte", "apercu")
    form = ConclureForm(branche.expertise, request.POST)
    if not form.is_valid():
        return _page(request, branche, contexte, form=form, statut=422)
    if acte == "corriger":
        return _page(request, branche, contexte, form=ConclureForm(branche.expertise, initial=request.POST.dict()))
    conclusion = form.cleaned_data["conclusion"]
    try:
        mots = bulle.mots_revelateurs(acteur=user, branche=branche, session=session, conclusion=conclusion)
        raison = RaisonForm(request.POST if acte == "conclure" else None)
        if acte != "conclure" or (mots and not raison.is_valid()):
            bulle.verifier(branche=branche, reponses=form.reponses(), conclusion=conclusion)
            contexte |= {"mots": mots, "raison": raison, "apercu": form.apercu(), "aujourdhui": timezone.localdate()}
            return _page(request, branche, contexte, form=form, statut=422 if acte == "conclure" else 200)
        bulle.conclure(
            acteur=user, branche=branche, session=session, reponses=form.reponses(), conclusion=conclusion,
            raison=raison.cleaned_data["raison"] if mots else "",
        )  # fmt: skip
    except Erreur as error:
        return _page(request, branche, contexte, form=form, statut=ouverture.retenir(form, error))
    messages.success(request, "L’expertise est conclue. L’employeur lit vos conclusions ; le rapport reste ici.")
    return redirect("bulle:avis")


def _page(
    request: HttpRequest,
    branche: Branche,
    contexte: Contexte,
    *,
    mission: MissionForm | None = None,
    form: ConclureForm | None = None,
    statut: int = 200,
) -> HttpResponse:
    lue = contexte["lue"]
    defauts: Contexte = {
        "mission_form": mission or MissionForm(initial=_mission_proposee(branche, lue)),
        "form": form or ConclureForm(branche.expertise),
        "apercu": None,
        "mots": [],
        "raison": RaisonForm(),
        "aujourdhui": timezone.localdate(),
    }
    return render(request, "bulle/expertise.html", defauts | contexte, status=statut)


def _mission_proposee(branche: Branche, lue: MissionLue | None) -> Contexte:
    """What the médecin starts from: the mission as it was, to be written anew, or the questions that the goals call for."""
    return {"autres": lue.questions} if lue is not None else {"questions": questions_pour(branche.expertise.buts)}


@reserve_a(Role.MEDECIN_CONSEIL)
@require_POST
def rappeler(request: HttpRequest, uid: UUID) -> HttpResponse:
    branche = selectors.mon_expertise(visiteur(request), uid)
    bulle.rappeler(acteur=visiteur(request), branche=branche)
    messages.success(request, "La mission est rappelée : l’expert ne lit plus rien de ce dossier. Vous pouvez la récrire.")
    return redirect("bulle:expertise", uid=uid)


# -- The gestionnaire de bulle: reports by post ------------------------------------------------------------------------------------


@reserve_a(Role.GESTIONNAIRE_BULLE)
@require_GET
def rapports(request: HttpRequest) -> HttpResponse:
    return render(request, "bulle/rapports.html", {"missions": selectors_dossiers.rapports_par_courrier(visiteur(request))})


@reserve_a(Role.GESTIONNAIRE_BULLE)
@never_cache
@require_http_methods(["GET", "POST"])
def rapport_papier(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Pages scanned one file after the other; the POST says that all of them are there."""
    mission = _awaited(request, uid)
    raisons, statut = "", 200
    if request.method == "POST" and mission.branche is not None:
        try:
            bulle.rendre_rapport_numerise(acteur=visiteur(request), branche=mission.branche)
        except Erreur as error:
            raisons, statut = error.message, 422
        else:
            messages.success(request, "Le rapport est remis au médecin conseil.")
            return redirect("bulle:rapports")
    contexte = {"mission": mission, "sinistre": mission.sinistre, "raisons": raisons, "accept": ",".join(ACCEPTED)}
    return render(request, "bulle/rapport_papier.html", contexte, status=statut)


@reserve_a(Role.GESTIONNAIRE_BULLE)
@require_http_methods(["PUT"])
@envois.json_refusals
def numeriser(request: HttpRequest, uid: UUID) -> JsonResponse:
    """One file of the report, as the body of a PUT: encrypted as it comes."""
    depots.numeriser_rapport(
        acteur=visiteur(request), mission=_awaited(request, uid), annonce=envois.annonce(request), morceaux=envois.morceaux(request)
    )
    return envois.recu()


def _awaited(request: HttpRequest, uid: UUID) -> Mission:
    try:
        return selectors_dossiers.rapport_par_courrier(visiteur(request), uid)
    except Mission.DoesNotExist as error:
        raise Http404 from error
