"""The directory of médecins agréés: list, add, change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from cases.errors import DonneeInvalide
from cases.models import MedecinAgree
from cases.services import medecins as service
from portal.gestion.acces import gestion, visiteur
from portal.gestion.formulaires import poser_erreurs

TENIR = "medecins_agrees_tenir"


class MedecinForm(forms.Form):
    nom = forms.CharField(label="Nom", max_length=80)
    prenom = forms.CharField(label="Prénom", max_length=80)
    specialite = forms.CharField(label="Spécialité", max_length=80, required=False)
    commune = forms.CharField(label="Commune d’exercice", max_length=80)
    departement = forms.CharField(label="Département", max_length=3, help_text="Son numéro : 34, 2A, 974.")
    telephone = forms.CharField(label="Téléphone", max_length=20, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    email = forms.EmailField(label="Adresse électronique", max_length=254, required=False)
    visite_a_domicile = forms.BooleanField(label="Se déplace à domicile", required=False)
    compte = forms.ModelChoiceField(
        label="Compte dans la bulle",
        queryset=User.objects.none(),
        required=False,
        empty_label="Aucun : ses papiers viennent par courrier",
    )
    actif = forms.BooleanField(label="Agréé aujourd’hui", required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["compte"].queryset = service.experts()  # type: ignore[attr-defined]
        self.fields["compte"].label_from_instance = User.get_full_name  # type: ignore[attr-defined]


@gestion(TENIR)
@require_GET
def medecins(request: HttpRequest) -> HttpResponse:
    """All of them, those who are no longer agréés last."""
    tous = MedecinAgree.objects.select_related("compte").order_by("-actif", "departement", "nom", "prenom", "pk")
    return render(request, "gestion/medecins.html", {"medecins": tous})


@gestion(TENIR)
@require_http_methods(["GET", "POST"])
def medecin(request: HttpRequest, medecin_id: int | None = None) -> HttpResponse:
    """Add one, or change one. What was typed is kept when it is refused."""
    un = MedecinAgree.objects.get(pk=medecin_id) if medecin_id is not None else None
    statut = 200
    if request.method == "POST":
        form, statut = MedecinForm(request.POST), 422
        if form.is_valid():
            try:
                fiche = service.FicheMedecin(**form.cleaned_data)
                enregistre = service.enregistrer(acteur=visiteur(request), fiche=fiche, medecin_id=medecin_id)
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            else:
                messages.success(request, f"{enregistre} est enregistré.")
                return redirect("gestion:medecins")
    else:
        connu = {nom: getattr(un, nom) for nom in service.CHAMPS} if un is not None else {"actif": True}
        form = MedecinForm(initial=connu)
    return render(request, "gestion/medecin.html", {"medecin": un, "form": form}, status=statut)
