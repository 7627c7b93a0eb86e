"""Personnes admises: the médecin conseil says who works in the bulle; and the page where an admitted person sets his password."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts import admissions
from accounts.enums import Role
from accounts.gate import exiger
from accounts.models import Admission, Habilitation, User
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms_admissions import AdmissionForm, EnrolementForm, ExclusionForm


@reserve_a(Role.MEDECIN_CONSEIL)
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    exiger(user, admissions.ACTION)
    contexte = {"lignes": admissions.admissions_en_cours(), "a_admettre": admissions.habilitations_a_admettre(), "moi": user.pk}
    return render(request, "bulle/admissions.html", contexte)


@reserve_a(Role.MEDECIN_CONSEIL)
@reauthentication_required
@never_cache
@require_http_methods(["GET", "POST"])
def admettre(request: HttpRequest, habilitation_id: int) -> HttpResponse:
    """Acknowledge a role that the administrator has given. The link is shown in the answer to the very request that made it."""
    user = visiteur(request)
    exiger(user, admissions.ACTION)
    habilitation = next((h for h in admissions.habilitations_a_admettre() if h.pk == habilitation_id), None)
    if habilitation is None:
        raise Http404
    initial = {"debut": max(habilitation.debut, timezone.localdate()), "fin": habilitation.fin}
    form = AdmissionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = admissions.admettre(acteur=user, user_id=habilitation.user_id, role=habilitation.role, **form.cleaned_data)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            if secret:
                return _show_link(request, habilitation.user, secret)
            messages.success(request, "C’est fait. Cette personne garde le mot de passe qu’elle a déjà dans la bulle.")
            return redirect("bulle:admissions")
    return render(request, "bulle/admettre.html", {"habilitation": habilitation, "form": form}, status=422 if form.errors else 200)


@reserve_a(Role.MEDECIN_CONSEIL)
@reauthentication_required
@never_cache
@require_http_methods(["GET", "POST"])
def une_admission(request: HttpRequest, admission_id: int) -> HttpResponse:
    """Somebody admitted: hand him a new link, or withdraw the admission."""
    user = visiteur(request)
    exiger(user, admissions.ACTION)
    ligne = next((ligne for ligne in admissions.admissions_en_cours() if ligne.admission.pk == admission_id), None)
    if ligne is None:
        raise Http404
    admission, form = ligne.admission, ExclusionForm()
    if request.method == "POST" and request.POST.get("acte") == "lien":
        return _show_link(request, admission.user, admissions.nouveau_lien(acteur=user, user_id=admission.user_id))
    if request.method == "POST":
        form = ExclusionForm(request.POST)
        if form.is_valid():
            admissions.exclure(acteur=user, admission_id=admission.pk, motif=form.cleaned_data["motif"])
            messages.success(request, f"{admission.user.get_full_name()} n’est plus admis dans la bulle comme {_role(admission)}.")
            return redirect("bulle:admissions")
    contexte = {"ligne": ligne, "admission": admission, "form": form, "soi_meme": admission.user_id == user.pk}
    return render(request, "bulle/admission.html", contexte, status=422 if form.errors else 200)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def enrolement(request: HttpRequest) -> HttpResponse:
    """Where the one-time link leads: choose a password, then sign in and set up the second factor."""
    form = EnrolementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            admissions.enroler(secret=form.cleaned_data["secret"], mot_de_passe=form.cleaned_data["password1"])
        except ValidationError as error:
            _add_errors(form, error, {"mot_de_passe": "password1"})
        else:
            messages.success(
                request, "Votre mot de passe est enregistré. Connectez-vous\u00a0: la seconde vérification se met en place ensuite."
            )
            return redirect("account_login")
    return render(request, "bulle/enrolement.html", {"form": form}, status=422 if form.errors else 200)


def _role(admission: Admission | Habilitation) -> str:
    return admission.get_role_display().lower()


def _show_link(request: HttpRequest, personne: User, secret: str) -> HttpResponse:
    contexte = {"personne": personne, "lien": admissions.lien_d_enrolement(secret)}
    return render(request, "bulle/admission_lien.html", contexte)


def _add_errors(form: Form, error: ValidationError, noms: dict[str, str] | None = None) -> None:
    par_champ = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for champ, phrases in par_champ.items():
        nom = (noms or {}).get(champ, champ)
        form.add_error(nom if nom in form.fields else None, ValidationError(phrases))
