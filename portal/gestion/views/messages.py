"""Messages to the collectivité of a dossier, at the gestionnaires' door; the answers that a responsable keeps ready."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages as annonces
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.errors import DonneeInvalide, Erreur
from cases.models import ReponseType
from cases.selectors import sinistre_visible
from cases.selectors_messages import reponses_types as reponses_visibles
from cases.services import reponses_types as service
from cases.services.messages import MAX_TEXTE
from portal import views_messages
from portal.gestion.acces import gestion, visiteur
from portal.gestion.contexte import contexte_de, url_dossier
from portal.gestion.formulaires import poser_erreurs
from portal.procedures import GESTION

TENIR = "reponses_types_modifier"


@gestion("messages_lire")
@require_http_methods(["GET", "POST"])
def messages(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    return views_messages.conversation(request, user, sinistre_visible(user, numero), GESTION, _back(request, numero))


@gestion("message_ecrire")
@require_POST
def sans_reponse(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    return views_messages.sans_reponse(request, user, sinistre_visible(user, numero), _back(request, numero))


def _back(request: HttpRequest, numero: str) -> str:
    return url_dossier(numero, contexte_de(request, visiteur(request), positions=False))


class ReponseForm(forms.Form):
    titre = forms.CharField(
        label="Titre", max_length=service.MAX_TITRE, help_text="Ce que le gestionnaire lit dans la liste. Il ne part jamais."
    )
    texte = forms.CharField(label="Texte", strip=False, widget=forms.Textarea(attrs={"rows": 12, "maxlength": MAX_TEXTE}))
    active = forms.BooleanField(label="Proposée aux gestionnaires", required=False)
    lue = forms.CharField(required=False, widget=forms.HiddenInput)


@gestion(TENIR)
@require_GET
def reponses_types(request: HttpRequest) -> HttpResponse:
    return render(request, "gestion/reponses_types.html", {"reponses": list(reponses_visibles(visiteur(request)))})


@gestion(TENIR)
@require_http_methods(["GET", "POST"])
def reponse_type(request: HttpRequest, reponse_id: int | None = None) -> HttpResponse:
    """Add one, or change one. What was typed is kept when it is refused."""
    user = visiteur(request)
    une = reponses_visibles(user).get(pk=reponse_id) if reponse_id is not None else None
    form, autre, statut = ReponseForm(initial=_known(une)), None, 200
    if request.method == "POST":
        form, statut = ReponseForm(request.POST), 422
        if form.is_valid():
            lu = form.cleaned_data
            try:
                service.enregistrer(
                    acteur=user, titre=lu["titre"], texte=lu["texte"], active=lu["active"], reponse_id=reponse_id,
                    lue_le=parse_datetime(lu["lue"]),
                )  # fmt: skip
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            except Erreur as error:
                # What was typed stays; what the other has written is shown, and taken for read from now on.
                autre = une
                form = ReponseForm({**request.POST.dict(), "lue": _known(une)["lue"]})
                form.add_error(None, error.message)
                statut = 409
            else:
                annonces.success(request, f"« {lu['titre']} » est enregistrée.")
                return redirect("gestion:reponses-types")
    contexte = {"reponse": une, "form": form, "autre": autre, "variables": service.VARIABLES}
    return render(request, "gestion/reponse_type.html", contexte, status=statut)


def _known(une: ReponseType | None) -> dict[str, Any]:
    if une is None:
        return {"active": True, "lue": ""}
    return {"titre": une.titre, "texte": une.texte, "active": une.active, "lue": une.modifiee_le.isoformat()}
