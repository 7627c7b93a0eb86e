"""Pages that every door shares: home, account, tokens, rights. No rule here."""

from __future__ import annotations

import datetime as dt
from typing import cast

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import MEDICAL_ROLES, Role
from accounts.gate import exiger, relations_of
from accounts.middleware import second_factor_missing
from accounts.models import JetonApi, User
from accounts.selectors import EN_UN_MOT, jetons_de, rights_in_words
from accounts.services import choisir_raccourcis, creer_jeton
from accounts.services import confirmer_jeton as confirm_token
from accounts.services import revoquer_jeton as revoke_token
from accounts.sessions import digest_of, fermer_sessions, sessions_de
from cases.enums import Etat
from notifications.selectors_preferences import choix_de
from notifications.services_preferences import choisir
from portal.forms_commun import CourrielsForm, JetonForm, RaccourcisForm
from portal.menus import accueil_de
from portal.securite import exiger_recente


def visiteur(request: HttpRequest) -> User:
    """The signed-in person behind `login_required`."""
    return cast(User, request.user)


@login_required
@require_GET
def accueil(request: HttpRequest) -> HttpResponse:
    """Everybody to the home of his own door."""
    return redirect(accueil_de(visiteur(request)))


@login_required
@require_http_methods(["GET", "POST"])
def mon_compte(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    if request.method == "POST":
        form = RaccourcisForm(request.POST)
        if form.is_valid():
            choisir_raccourcis(acteur=user, actifs=form.cleaned_data["actifs"])
            messages.success(request, "C’est enregistré.")
            return redirect("mon-compte")
    else:
        form = RaccourcisForm(initial={"actifs": user.raccourcis})
    return render(
        request,
        "portal/mon_compte.html",
        {
            "form": form,
            "habilitations": user.habilitations_actives,
            "facteurs": Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).count(),
            "facteur_exige": second_factor_missing(user),
            "deux_mots_de_passe": user.has_role(*MEDICAL_ROLES),
        },
    )


@login_required
@reauthentication_required
@never_cache
@require_http_methods(["GET", "POST"])
def mes_jetons(request: HttpRequest) -> HttpResponse:
    """One's tokens; the secret of a new one is shown in the answer to the very request that made it, and never again."""
    user = visiteur(request)
    exiger(user, "jeton_gerer")
    secret = ""
    form = JetonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = creer_jeton(acteur=user, user=user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            form = JetonForm()
    maintenant = timezone.now()
    contexte = {
        "form": form,
        "secret": secret,
        "jetons": list(jetons_de(user)),
        "maintenant": maintenant,
        "argent": bool(settings.STEP_UP_MINUTES and relations_of(user, "bordereau_transmettre")),
        "minutes": settings.STEP_UP_MINUTES,
        "recents": maintenant - dt.timedelta(minutes=settings.STEP_UP_MINUTES),
    }
    return render(request, "portal/mes_jetons.html", contexte, status=422 if form.errors else 200)


@login_required
@require_POST
def revoquer_jeton(request: HttpRequest, jeton_id: int) -> HttpResponse:
    user = visiteur(request)
    if not jetons_de(user).filter(pk=jeton_id).exists():
        raise Http404
    try:
        jeton = revoke_token(acteur=user, jeton_id=jeton_id)
    except JetonApi.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, f"Le jeton « {jeton.libelle} » est révoqué.")
    return redirect("mes-jetons")


@login_required
@require_POST
def confirmer_jeton(request: HttpRequest, jeton_id: int) -> HttpResponse:
    """One answers, for some minutes, for what a token of one's own does with money."""
    user = visiteur(request)
    if not jetons_de(user).filter(pk=jeton_id).exists():
        raise Http404
    exiger_recente(request, reverse("mes-jetons"))
    try:
        jeton = confirm_token(acteur=user, jeton_id=jeton_id)
    except JetonApi.DoesNotExist as error:
        raise Http404 from error
    minutes = settings.STEP_UP_MINUTES
    messages.success(request, f"Le jeton « {jeton.libelle} » peut engager de l’argent en votre nom pendant {minutes} minutes.")
    return redirect("mes-jetons")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def mes_sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; close one, or all the others."""
    user = visiteur(request)
    courante = digest_of(request)
    if request.method == "POST":
        choix = request.POST.get("session", "")
        nombre = fermer_sessions(acteur=user, session_id=int(choix) if choix.isdecimal() else None, sauf=courante)
        messages.success(request, f"Sessions fermées\u00a0: {nombre}." if nombre else "Aucune autre session n’était ouverte.")
        return redirect("mes-sessions")
    return render(request, "portal/mes_sessions.html", {"lignes": sessions_de(user, courante)})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def mes_courriels(request: HttpRequest) -> HttpResponse:
    """How soon one is told of each kind of news that one's roles may receive."""
    user = visiteur(request)
    choix = choix_de(user)
    form = CourrielsForm(choix, request.POST or None)
    if request.method == "POST" and form.is_valid():
        choisir(acteur=user, cadences=form.cleaned_data)
        messages.success(request, "C’est enregistré, pour les nouvelles à venir.")
        return redirect("mes-courriels")
    contexte = {"form": form, "imposes": [un for un in choix if len(un.options) == 1], "choix": choix}
    return render(request, "portal/mes_courriels.html", contexte, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def ferme(request: HttpRequest) -> HttpResponse:
    """Pages of the sign-in library that this house does without: addresses and identities are the CDG's to give."""
    raise Http404


@login_required
@require_GET
def qui_peut_quoi(request: HttpRequest) -> HttpResponse:
    """The rights table in words, from the file that the gate reads."""
    return render(
        request,
        "portal/qui_peut_quoi.html",
        {
            "groupes": rights_in_words(dict(Etat.choices)),
            "legende": [(mot, relation.label) for relation, mot in EN_UN_MOT.items()],
            "roles": [(role.value, role.label) for role in Role],
            "mes_roles": visiteur(request).roles,
        },
    )
