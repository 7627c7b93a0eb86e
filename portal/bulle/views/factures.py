"""A file of invoices, keyed all at once or not at all."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.enums import Role
from cases.errors import Erreur
from medical.services import factures_importees
from portal.bulle import ouverture
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms import ImportFacturesForm


@reserve_a(Role.GESTIONNAIRE_BULLE)
@never_cache
@require_http_methods(["GET", "POST"])
def importer(request: HttpRequest) -> HttpResponse:
    """The file is read in memory and not kept: what it holds becomes rows, sealed where they must be."""
    form, statut = ImportFacturesForm(), 200
    if request.method == "POST":
        form, statut = ImportFacturesForm(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                nombre = factures_importees.importer(acteur=visiteur(request), octets=form.cleaned_data["fichier"].read())
            except Erreur as error:
                statut = ouverture.retenir(form, error)
            else:
                messages.success(request, f"{nombre} facture{'s' if nombre > 1 else ''} : seuls dates et montants sortent de la bulle.")
                return redirect("bulle:controles")
    return render(request, "bulle/factures_importer.html", {"form": form, "colonnes": factures_importees.COLONNES}, status=statut)
