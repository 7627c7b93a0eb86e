"""The corbeille d’arrivée: register late paper, file it to a dossier, declare from it, or say why it goes nowhere."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from cases.selectors import FiltreSinistres, search_sinistres, sinistre_visible
from contracts.selectors import collectivites_visibles
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot
from documents.selectors import courrier_visible, courriers_a_classer, depot_visible, pieces_du_sinistre
from documents.services import courriers, depots
from portal.depots import ACCEPT, MAX_MEGABYTES, announced, announcement, json_refusals
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_argent import CourrierForm
from portal.visionneuse import phrase_sans_vue, vues_de

PAR_PAGE = 100
RESULTATS = 20


@gestion("corbeille_traiter")
@require_http_methods(["GET", "POST"])
def corbeille(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first, and the form that registers a paper."""
    user = visiteur(request)
    collectivites = collectivites_visibles(user).order_by("nom", "pk")
    form, statut = CourrierForm(collectivites=collectivites), 200
    if request.method == "POST":
        form, statut = CourrierForm(request.POST, collectivites=collectivites), 422
        if form.is_valid():
            lu = dict(form.cleaned_data)
            depot_id = lu.pop("depot")
            try:
                depot = depot_visible(user, depot_id) if depot_id else None
                courrier = courriers.enregistrer(acteur=user, depot=depot, **lu)
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            except Depot.DoesNotExist:
                form.add_error(None, "Le fichier envoyé n’est plus là : choisissez-le de nouveau.")
            else:
                messages.success(request, "Le courrier est enregistré.")
                return redirect("gestion:courrier", courrier.pk)
    waiting = list(courriers_a_classer(user)[: PAR_PAGE + 1])
    context = {
        "courriers": waiting[:PAR_PAGE],
        "suite": len(waiting) > PAR_PAGE,
        "form": form,
        "accept": ACCEPT,
        "max_megaoctets": MAX_MEGABYTES,
    }
    return render(request, "gestion/corbeille.html", context, status=statut)


@gestion("corbeille_traiter")
@require_POST
@json_refusals
def annoncer(request: HttpRequest) -> JsonResponse:
    """Where to send the scan of a paper that has no dossier yet."""
    lu = announcement(request)
    depot = depots.annoncer_courrier(acteur=visiteur(request), nom=lu["nom"], type=lu["type"], taille=lu["taille"])
    return announced(
        depot, confirmer=reverse("gestion:depot-confirmer", args=[depot.pk]), suivi=reverse("gestion:depot-suivi", args=[depot.pk])
    )


@gestion("corbeille_traiter")
@require_http_methods(["GET", "POST"])
def courrier(request: HttpRequest, courrier_id: int) -> HttpResponse:
    """One paper: its scan, the search for its dossier (posted), then the pièce it answers."""
    user = visiteur(request)
    found = courrier_visible(user, courrier_id)
    texte = request.POST.get("texte", "").strip()
    filtre = FiltreSinistres(texte=texte)
    dossiers = list(search_sinistres(user, filtre)[:RESULTATS]) if texte else []
    choisi = _chosen(request)
    pieces = []
    if choisi is not None:
        done = (EtatPiece.CONFORME, EtatPiece.SANS_OBJET)
        pieces = [p for p in pieces_du_sinistre(user, choisi) if not p.est_medicale and p.etat not in done]
    context = {
        "courrier": found,
        "texte": texte,
        "dossiers": dossiers,
        "choisi": choisi,
        "pieces": pieces,
        "peut_reclasser": found.depot is not None and found.depot.etat == EtatDepot.DISPONIBLE,
        "vues": vues_de([found.depot]) if found.depot is not None else [],
        "phrase": phrase_sans_vue([found.depot]) if found.depot is not None else "Aucune copie : le papier est au bureau.",
    }
    return render(request, "gestion/courrier.html", context)


def _chosen(request: HttpRequest) -> Sinistre | None:
    numero = request.GET.get("dossier", "")
    return sinistre_visible(visiteur(request), numero) if numero else None


@gestion("corbeille_traiter")
@require_POST
def classer(request: HttpRequest, courrier_id: int) -> HttpResponse:
    user = visiteur(request)
    found = courrier_visible(user, courrier_id)
    sinistre = sinistre_visible(user, request.POST.get("dossier", ""))
    wanted = request.POST.get("piece", "")
    piece = pieces_du_sinistre(user, sinistre).get(pk=int(wanted)) if wanted.isdigit() else None
    try:
        courriers.classer(acteur=user, courrier=found, sinistre=sinistre, piece=piece)
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
        return redirect("gestion:courrier", courrier_id)
    messages.success(request, f"Le courrier est classé au dossier {sinistre.numero}.")
    return redirect("gestion:corbeille")


@gestion("corbeille_traiter")
@require_POST
def sans_suite(request: HttpRequest, courrier_id: int) -> HttpResponse:
    found = courrier_visible(visiteur(request), courrier_id)
    try:
        courriers.laisser_sans_suite(acteur=visiteur(request), courrier=found, motif=request.POST.get("motif", ""))
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
        return redirect("gestion:courrier", courrier_id)
    messages.success(request, "Le courrier est classé sans suite.")
    return redirect("gestion:corbeille")
