"""The declaration wizard: short steps, each kept as soon as it is right; left and resumed at will; sent once."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from cases.enums import OUVERTS
from cases.errors import AlerteAConfirmer, DonneeInvalide
from contracts.enums import NATURES_BY_REGIME, Nature
from contracts.models import Agent
from contracts.selectors import NonCouvert, agents_visibles, search_agents, termes_a
from portal.collectivite import brouillons, selectors
from portal.collectivite.acces import porte, visiteur
from portal.collectivite.forms import CirconstancesForm, DatesForm, NatureForm, RaisonForm, RechercheAgentForm, regime_de
from portal.collectivite.natures import choix, libelle_survenance
from portal.models import Brouillon

MAX_AGENTS = 25


@porte
@require_http_methods(["GET", "POST"])
def commencer(request: HttpRequest) -> HttpResponse:
    """What one resumes, or for which collectivité one begins."""
    user = visiteur(request)
    declarantes = list(brouillons.collectivites_declarantes(user))
    if request.method == "POST":
        choisie = next((c for c in declarantes if str(c.pk) == request.POST.get("collectivite")), None)
        if choisie is None:
            messages.error(request, "Choisissez la collectivité de l’agent.")
            return redirect("collectivite:declarer")
        brouillon = brouillons.commencer(acteur=user, collectivite=choisie)
        return redirect("collectivite:etape", brouillon_id=brouillon.pk, etape=brouillons.AGENT)
    en_cours = list(brouillons.mes_brouillons(user))
    return render(request, "collectivite/declarer.html", {"declarantes": declarantes, "brouillons": en_cours})


@porte
@require_POST
def abandonner(request: HttpRequest, brouillon_id: uuid.UUID) -> HttpResponse:
    brouillons.abandonner(acteur=visiteur(request), brouillon=_brouillon(request, brouillon_id))
    messages.success(request, "Le brouillon est supprimé. Rien n’a été envoyé.")
    return redirect("collectivite:declarer")


@porte
@require_http_methods(["GET", "POST"])
def reprendre(request: HttpRequest, brouillon_id: uuid.UUID) -> HttpResponse:
    """To the first step that lacks an answer."""
    brouillon = _brouillon(request, brouillon_id)
    return redirect("collectivite:etape", brouillon_id=brouillon.pk, etape=brouillons.prochaine_etape(brouillon))


@porte
@require_http_methods(["GET", "POST"])
def etape(request: HttpRequest, brouillon_id: uuid.UUID, etape: str) -> HttpResponse:
    """One step of the wizard. A step that is ahead of the answers leads back to the first one that lacks some."""
    brouillon = _brouillon(request, brouillon_id)
    if brouillon.sinistre is not None:
        return redirect("collectivite:declare", numero=brouillon.sinistre.numero)
    suite = brouillons.etapes(brouillon)
    if etape not in suite:
        return redirect("collectivite:reprendre", brouillon_id=brouillon.pk)
    prochaine = brouillons.prochaine_etape(brouillon)
    if suite.index(etape) > suite.index(prochaine):
        return redirect("collectivite:etape", brouillon_id=brouillon.pk, etape=prochaine)
    return VUES[etape](request, brouillon)


def _brouillon(request: HttpRequest, brouillon_id: uuid.UUID) -> Brouillon:
    try:
        return brouillons.mon_brouillon(visiteur(request), brouillon_id)
    except Brouillon.DoesNotExist as error:
        raise Http404 from error


def _keep(request: HttpRequest, brouillon: Brouillon, etape: str, **reponses: Any) -> HttpResponse:
    """Write the answers of a step and go to the next one, or back to the check page where one came from."""
    brouillon = brouillons.enregistrer(acteur=visiteur(request), brouillon=brouillon, **reponses)
    suite = brouillons.etapes(brouillon)
    prochaine = brouillons.prochaine_etape(brouillon)
    if prochaine != brouillons.VERIFICATION or request.POST.get("retour") != "verification":
        suivante = suite[suite.index(etape) + 1]
        prochaine = suivante if suite.index(suivante) <= suite.index(prochaine) else prochaine
    return redirect("collectivite:etape", brouillon_id=brouillon.pk, etape=prochaine)


def _page(request: HttpRequest, brouillon: Brouillon, etape: str, contexte: dict[str, Any], *, status: int = 200) -> HttpResponse:
    suite = brouillons.etapes(brouillon)
    rang = suite.index(etape)
    faites = suite.index(brouillons.prochaine_etape(brouillon))
    return render(
        request,
        f"collectivite/declarer_{etape}.html",
        {
            "brouillon": brouillon,
            "etape": etape,
            "titre": brouillons.TITRES[etape],
            "rang": rang + 1,
            "nombre": len(suite),
            "etapes": [(code, brouillons.TITRES[code], code == etape, i < faites, i <= faites) for i, code in enumerate(suite)],
            "precedente": suite[rang - 1] if rang else "",
            "retour": request.POST.get("retour") or request.GET.get("retour", ""),
            **contexte,
        },
        status=status,
    )


# -- The steps --------------------------------------------------------------------------------------------------------------


def _agent(request: HttpRequest, brouillon: Brouillon) -> HttpResponse:
    """Searching posts the text and shows the matches in place; choosing one of them goes on."""
    user = visiteur(request)
    agents = agents_visibles(user).filter(collectivite_id=brouillon.collectivite_id)
    erreur = ""
    if "agent" in request.POST:
        pk = request.POST["agent"]
        choisi = agents.filter(pk=pk).exclude(compte=user.pk).first() if pk.isdecimal() and len(pk) < 19 else None
        if choisi is not None:
            return _keep(request, brouillon, brouillons.AGENT, agent=choisi)
        erreur = "Cet agent n’est pas dans le fichier de votre collectivité."
    form = RechercheAgentForm(request.POST if "q" in request.POST else None)
    texte = form.cleaned_data["q"].strip() if form.is_bound and form.is_valid() else ""
    trouves = search_agents(user, texte).filter(collectivite_id=brouillon.collectivite_id).exclude(compte=user.pk)
    page = list(trouves[: MAX_AGENTS + 1])
    contexte = {"form": form, "texte": texte, "agents": page[:MAX_AGENTS], "trop": len(page) > MAX_AGENTS, "erreur": erreur}
    return _page(request, brouillon, brouillons.AGENT, contexte, status=422 if erreur else 200)


def _nature(request: HttpRequest, brouillon: Brouillon) -> HttpResponse:
    agent = _agent_of(brouillon)
    regime = regime_de(agent, timezone.localdate())
    form = NatureForm(request.POST or None, regime=regime, initial={"nature": brouillon.nature})
    if request.method == "POST" and form.is_valid():
        return _keep(request, brouillon, brouillons.NATURE, nature=form.cleaned_data["nature"])
    possibles = NATURES_BY_REGIME.get(regime) or frozenset().union(*NATURES_BY_REGIME.values())
    couvertes = _covered_today(agent, possibles)
    contexte = {
        "form": form,
        "choisie": form.data.get("nature", "") if form.is_bound else brouillon.nature,
        "couvertes": choix(couvertes),
        "autres": choix(possibles - couvertes),
        "ouverts": list(
            selectors.mes_sinistres(visiteur(request)).filter(agent=agent, etat__in=OUVERTS).select_related("agent").order_by("-pk")[:5]
        ),
    }
    return _page(request, brouillon, brouillons.NATURE, contexte, status=422 if form.is_bound else 200)


def _covered_today(agent: Agent, natures: frozenset[str]) -> frozenset[str]:
    """The natures that the collectivité's present formule covers; none when it has no formule today."""
    for nature in sorted(natures, key=lambda code: code != Nature.CMO):
        try:
            termes = termes_a(agent=agent, nature=nature, survenance=timezone.localdate())
        except NonCouvert:
            continue
        return natures & frozenset(termes.annee.natures)
    return frozenset()


def _dates(request: HttpRequest, brouillon: Brouillon) -> HttpResponse:
    initial = {nom: getattr(brouillon, nom) for nom in ("survenance", "debut", "fin", "certificat_du", "quotite")}
    form = DatesForm(request.POST or None, nature=brouillon.nature, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _keep(request, brouillon, brouillons.DATES, **form.cleaned_data)
    return _page(request, brouillon, brouillons.DATES, {"form": form}, status=422 if form.is_bound else 200)


def _circonstances(request: HttpRequest, brouillon: Brouillon) -> HttpResponse:
    form = CirconstancesForm(request.POST or None, nature=brouillon.nature, initial=CirconstancesForm.initial_of(brouillon))
    if request.method == "POST" and form.is_valid():
        return _keep(request, brouillon, brouillons.CIRCONSTANCES, **form.cleaned_data)
    return _page(request, brouillon, brouillons.CIRCONSTANCES, {"form": form}, status=422 if form.is_bound else 200)


def _verification(request: HttpRequest, brouillon: Brouillon) -> HttpResponse:
    """Everything on one page, what blocks, what must be confirmed; then it is sent."""
    apercu = brouillons.apercu(brouillon)
    blocages, alertes = apercu.blocages, apercu.alertes
    form = RaisonForm(request.POST) if request.method == "POST" and alertes else RaisonForm()
    statut = 200
    if request.method == "POST":
        statut = 409 if alertes else 422
        raison = form.cleaned_data["alertes_assumees"] if form.is_bound and form.is_valid() else ""
        if not blocages and (raison or not alertes):
            try:
                sinistre = brouillons.envoyer(acteur=visiteur(request), brouillon_id=brouillon.pk, alertes_assumees=raison)
            except DonneeInvalide as error:
                blocages = [
                    (brouillons.ETAPE_DU_CHAMP.get(champ, brouillons.NATURE), message)
                    for champ, phrases in error.champs.items()
                    for message in phrases
                ]
            except AlerteAConfirmer as error:
                # It appeared between the page and the click: shown now, with its reason to give.
                alertes, statut = list(error.alertes.values()), 409
            else:
                return redirect("collectivite:declare", numero=sinistre.numero)
    contexte = {
        "form": form,
        "blocages": [(code, brouillons.TITRES[code], message) for code, message in blocages],
        "alertes": alertes,
        "libelle_survenance": libelle_survenance(brouillon.nature),
        "avec_circonstances": brouillons.CIRCONSTANCES in brouillons.etapes(brouillon),
    }
    return _page(request, brouillon, brouillons.VERIFICATION, contexte, status=statut)


def _agent_of(brouillon: Brouillon) -> Agent:
    if brouillon.agent is None:
        raise Http404
    return brouillon.agent


VUES = {
    brouillons.AGENT: _agent,
    brouillons.NATURE: _nature,
    brouillons.DATES: _dates,
    brouillons.CIRCONSTANCES: _circonstances,
    brouillons.VERIFICATION: _verification,
}
