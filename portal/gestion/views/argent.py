"""Décomptes: typed, corrected, approved by another, rejected; and the list of those to approve."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gate import peut
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from cases.selectors import sinistre_visible
from indemnities.enums import EtatDecompte
from indemnities.models import Decompte
from indemnities.selectors import decomptes_du_sinistre, decomptes_visibles
from portal.errors import raisons_de
from portal.gestion.acces import gestion, retour, visiteur
from portal.gestion.contexte import contexte_de, url_dossier
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_argent import DecompteForm
from portal.securite import exiger_recente
from workflows import payments
from workflows.guards import read_conge

PAR_PAGE = 100


@gestion("decompte_calculer")
@require_http_methods(["GET", "POST"])
def saisir(request: HttpRequest, numero: str) -> HttpResponse:
    """A décompte, or the correction of the one that `corrige` names."""
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    corrige = _corrected(request, sinistre)
    statut = 200
    if request.method == "POST":
        form = DecompteForm(request.POST, sinistre=sinistre)
        statut = 422
        if form.is_valid():
            try:
                payments.saisir_decompte(acteur=user, numero=numero, corrige=corrige, **form.cleaned_data)
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            else:
                messages.success(request, "Le décompte est saisi : une autre personne doit l’approuver.")
                return redirect(url_dossier(numero, contexte_de(request, user, positions=False)) + "#decomptes")
    else:
        form = DecompteForm(sinistre=sinistre, initial=_initial(sinistre, corrige))
    contexte = contexte_de(request, user, positions=False)
    return render(
        request,
        "gestion/decompte.html",
        {
            "sinistre": sinistre,
            "form": form,
            "corrige": corrige,
            "retour": url_dossier(numero, contexte),
            "decomptes": list(decomptes_du_sinistre(user, sinistre)),
        },
        status=statut,
    )


def _corrected(request: HttpRequest, sinistre: Sinistre) -> Decompte | None:
    wanted = request.GET.get("corrige", "")
    return decomptes_du_sinistre(visiteur(request), sinistre).get(pk=int(wanted)) if wanted.isdigit() else None


def _initial(sinistre: Sinistre, corrige: Decompte | None) -> dict[str, object]:
    """The period corrected, or the first arrêt that no décompte covers yet."""
    if corrige is not None:
        return {"arret": corrige.arret_id, "debut": corrige.debut, "fin": corrige.fin}
    waiting = read_conge(sinistre).a_payer
    return {"arret": waiting[0].pk, "debut": waiting[0].debut, "fin": waiting[0].fin} if waiting else {}


@gestion("decompte_approuver")
@require_POST
def approuver(request: HttpRequest, decompte_id: int) -> HttpResponse:
    exiger_recente(request, retour(request, reverse("gestion:signatures")))
    try:
        decompte = payments.approuver_decompte(acteur=visiteur(request), decompte_id=decompte_id)
        messages.success(request, f"{decompte.sinistre.numero} : décompte approuvé.")
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    return redirect(retour(request, reverse("gestion:signatures")))


@gestion("decompte_rejeter")
@require_POST
def rejeter(request: HttpRequest, decompte_id: int) -> HttpResponse:
    try:
        decompte = payments.rejeter_decompte(acteur=visiteur(request), decompte_id=decompte_id, motif=request.POST.get("motif", ""))
        messages.success(request, f"{decompte.sinistre.numero} : décompte rejeté.")
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    return redirect(retour(request, reverse("gestion:signatures")))


@gestion("decompte_approuver")
@require_GET
def signatures(request: HttpRequest) -> HttpResponse:
    """« À signer »: the décomptes that wait for a second person, oldest first, each with its amount and its reason."""
    user = visiteur(request)
    decomptes = list(
        decomptes_visibles(user).filter(etat=EtatDecompte.CALCULE).select_related("corrige").order_by("calcule_le", "pk")[: PAR_PAGE + 1]
    )
    return render(
        request,
        "gestion/signatures.html",
        {
            "decomptes": decomptes[:PAR_PAGE],
            "suite": len(decomptes) > PAR_PAGE,
            "ici": request.get_full_path(),
            "peut_approuver": True,
            "peut_rejeter": peut(user, "decompte_rejeter"),
            "peut_calculer": False,
        },
    )
