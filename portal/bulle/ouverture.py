"""What every page of an open dossier does first: the purpose, asked once per dossier and session."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from medical.selectors import finalites_de, ouverture_de
from portal.bulle.acces import visiteur
from portal.bulle.forms import FinaliteForm
from portal.errors import statut_de

Contexte = dict[str, Any]


def session_de(request: HttpRequest) -> str:
    """The name of the visitor's session, that opens nothing (project/sessions.py)."""
    return str(request.session.empreinte)  # type: ignore[attr-defined]


def demander(request: HttpRequest, sinistre: Sinistre, form: FinaliteForm | None = None) -> HttpResponse | None:
    """The page that asks the purpose, or None when it has been told. Raises Http404 for a dossier that is not the visitor's any more."""
    user = visiteur(request)
    finalites = finalites_de(user, sinistre)
    if not finalites:
        raise Http404
    if form is None and ouverture_de(user, sinistre, session_de(request)) is not None:
        return None
    statut = 200 if form is None else 422
    form = form or FinaliteForm(finalites=finalites, initial={"suite": request.get_full_path()})
    return render(request, "bulle/ouvrir.html", {"sinistre": sinistre, "form": form}, status=statut)


def retenir(form: forms.Form, error: Erreur) -> int:
    """Put a service's refusal on the fields it names, else on the whole form. Returns the status."""
    if isinstance(error, DonneeInvalide):
        for champ, phrases in error.champs.items():
            form.add_error(champ if champ in form.fields else None, phrases)
    else:
        form.add_error(None, error.message)
    return statut_de(error)


def adresse_sure(suite: str) -> str:
    """An address of this process, without its host; empty for any other."""
    if not suite.startswith("/") or not url_has_allowed_host_and_scheme(suite, allowed_hosts=None):
        return ""
    return suite
