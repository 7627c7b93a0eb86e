"""Bank accounts: who waits, who is in force, keyed by one person and confirmed by another."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gate import peut
from cases.errors import DonneeInvalide, Erreur
from contracts.selectors import collectivites_visibles
from indemnities.enums import EtatCompte
from indemnities.selectors_virements import collectivites_sans_compte, comptes_courants, comptes_visibles
from indemnities.services import comptes as service
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_virements import CompteForm
from portal.securite import exiger_recente

SANS_COMPTE = 50


@gestion("compte_lire")
@require_GET
def comptes(request: HttpRequest) -> HttpResponse:
    """Those that wait for a second person, those in force, and who has none."""
    user = visiteur(request)
    courants = list(comptes_courants(user))
    sans = list(collectivites_sans_compte(user)[: SANS_COMPTE + 1])
    return render(
        request,
        "gestion/comptes.html",
        {
            "attendent": [c for c in courants if c.etat == EtatCompte.SAISI],
            "en_vigueur": [c for c in courants if c.etat == EtatCompte.EN_VIGUEUR],
            "sans_compte": sans[:SANS_COMPTE],
            "suite": len(sans) > SANS_COMPTE,
            "peut_saisir": peut(user, "compte_saisir"),
            "peut_confirmer": peut(user, "compte_confirmer"),
        },
    )


@gestion("compte_saisir")
@require_http_methods(["GET", "POST"])
def nouveau(request: HttpRequest) -> HttpResponse:
    """Key a RIB; « collectivite » in the address proposes its owner."""
    user = visiteur(request)
    collectivites = collectivites_visibles(user, "bordereau_lire").order_by("nom")
    statut = 200
    if request.method == "POST":
        form, statut = CompteForm(request.POST, collectivites=collectivites), 422
        if form.is_valid():
            try:
                saisi = service.saisir(acteur=user, collectivite=form.cleaned_data["collectivite"], rib=form.rib())
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            else:
                messages.success(request, f"Le compte {saisi} est saisi : une autre personne doit le comparer au RIB et le confirmer.")
                return redirect("gestion:comptes")
    else:
        voulue = request.GET.get("collectivite", "")
        form = CompteForm(collectivites=collectivites, initial={"collectivite": voulue if voulue.isdigit() else None})
    return render(request, "gestion/compte.html", {"form": form}, status=statut)


@gestion("compte_confirmer")
@require_POST
def confirmer(request: HttpRequest, compte_id: int) -> HttpResponse:
    exiger_recente(request, reverse("gestion:comptes"))
    user = visiteur(request)
    comptes_visibles(user).get(pk=compte_id)
    try:
        compte = service.confirmer(acteur=user, compte_id=compte_id)
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    else:
        repris = compte.etat == EtatCompte.SAISI
        suite = "est relu : une autre personne doit encore le confirmer." if repris else "est en vigueur."
        messages.success(request, f"Le compte {compte} {suite}")
    return redirect("gestion:comptes")


@gestion("compte_saisir")
@require_POST
def ecarter(request: HttpRequest, compte_id: int) -> HttpResponse:
    user = visiteur(request)
    comptes_visibles(user).get(pk=compte_id)
    try:
        compte = service.ecarter(acteur=user, compte_id=compte_id, motif=request.POST.get("motif", ""))
        messages.success(request, f"Le compte {compte} est écarté.")
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    return redirect("gestion:comptes")
