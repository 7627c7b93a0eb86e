"""The pages of a conversation, the same at both doors: read it, write, look at what will leave, send.

A message is always looked at before it leaves; what was typed survives every refusal. Doors say who is behind the request, find the
dossier among what he may see, and where its page is.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur
from cases.models import ReponseType, Sinistre
from cases.selectors_messages import reponse_attendue, reponses_en_usage, sens_de
from cases.services import messages as service
from portal.errors import raisons_de
from portal.gestion.formulaires import poser_erreurs
from portal.messages import ECRIT, LIMITE, TITRES, MessageForm, a_lire, contexte_messages, qui_lira
from portal.procedures import COLLECTIVITE, GESTION
from workflows import reponses

CADRES = {GESTION: "gestion/base_gestion.html", COLLECTIVITE: "base_externe.html"}
PARTI = {GESTION: "Le message est parti.", COLLECTIVITE: "Votre message est envoyé au centre de gestion."}


def conversation(request: HttpRequest, user: User, sinistre: Sinistre, porte: str, retour: str) -> HttpResponse:
    """GET: the whole conversation and the form, filled by the answer « ?reponse= » (its fields alone for htmx). POST: preview, send."""
    exiger(user, "messages_lire", sinistre)
    if request.method == "POST":
        return _write(request, user, sinistre, porte, retour)
    choisie = request.GET.get("reponse", "")
    if not choisie:
        return _page(request, user, sinistre, porte, retour)
    une = _answer(user, choisie)
    if une is None:
        raise Http404
    texte = reponses.texte_pour(acteur=user, reponse=une, sinistre=sinistre)
    form = MessageForm(porte=porte, initial={"texte": texte, "reponse_type": une.pk, "vu": request.GET.get("vu", "")})
    if request.headers.get("HX-Request") == "true":
        form.fields["texte"].widget.attrs["data-focus"] = True
        return render(request, "portal/_message_saisie.html", {"form": form})
    return _page(request, user, sinistre, porte, retour, form=form)


def sans_reponse(request: HttpRequest, user: User, sinistre: Sinistre, retour: str) -> HttpResponse:
    """« Sans réponse nécessaire »."""
    vu = request.POST.get("vu", "")
    try:
        service.sans_reponse(acteur=user, sinistre=sinistre, vu=int(vu) if vu.isdecimal() and len(vu) < 19 else None)
    except Erreur as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "C’est noté : ce message n’attend pas de réponse.")
    return redirect(f"{retour}#messages-dossier")


def marquer(request: HttpRequest, user: User, sinistre: Sinistre, contexte: dict[str, Any]) -> None:
    """The page that is about to be shown whole lets its reader read what came: say so once. A part drawn anew shows no message."""
    montres = a_lire(contexte)
    if montres and request.headers.get("HX-Request") != "true":
        service.marquer_lus(lecteur=user, sinistre=sinistre, montres=montres)


def _write(request: HttpRequest, user: User, sinistre: Sinistre, porte: str, retour: str) -> HttpResponse:
    exiger(user, "message_ecrire", sinistre)
    if sens_de(user, sinistre) != ECRIT[porte]:
        raise Refus("Vous écrivez pour votre collectivité : passez par sa page.", action="message_ecrire", visible=True)
    form = MessageForm(request.POST, porte=porte)
    if request.POST.get("etape") == "modifier":
        return _page(request, user, sinistre, porte, retour, form=MessageForm(porte=porte, initial=request.POST.dict()))
    if not form.is_valid():
        return _page(request, user, sinistre, porte, retour, form=form, statut=422)
    lu = form.cleaned_data
    try:
        texte = service.verifier(acteur=user, sinistre=sinistre, texte=lu["texte"], raison=lu["raison"])
        if request.POST.get("etape") != "envoyer":
            return _preview(request, sinistre, porte, retour, lu | {"texte": texte})
        service.ecrire(
            acteur=user,
            sinistre=sinistre,
            texte=texte,
            raison=lu["raison"],
            vu=lu["vu"],
            reponse_type=_answer(user, str(lu["reponse_type"])),
        )
    except AlerteAConfirmer as error:
        form.fields["raison"].required = True
        return _page(request, user, sinistre, porte, retour, form=form, alertes=raisons_de(error), statut=409)
    except DonneeInvalide as error:
        poser_erreurs(form, error)
        return _page(request, user, sinistre, porte, retour, form=form, statut=422)
    messages.success(request, PARTI[porte])
    if porte == GESTION and reponse_attendue(user, sinistre):
        messages.warning(request, "La collectivité a écrit entre-temps : son dernier message attend une réponse.")
    return redirect(f"{retour}#messages-dossier")


def _preview(request: HttpRequest, sinistre: Sinistre, porte: str, retour: str, lu: dict[str, Any]) -> HttpResponse:
    """Exactly what will be sent, and to whom."""
    form = MessageForm(porte=porte, initial=lu)
    for field in form.fields.values():
        field.widget = forms.HiddenInput()
    contexte = {
        "cadre": CADRES[porte], "sinistre": sinistre, "form": form, "texte": lu["texte"], "retour": retour, "titre": TITRES[porte],
        "qui_lira": qui_lira(sinistre, porte),
    }  # fmt: skip
    return render(request, "portal/message_apercu.html", contexte)


def _page(
    request: HttpRequest, user: User, sinistre: Sinistre, porte: str, retour: str, *, form: MessageForm | None = None,
    alertes: list[str] | None = None, statut: int = 200,
) -> HttpResponse:  # fmt: skip
    avant = _before(request)
    contexte = contexte_messages(user, sinistre, porte, limite=LIMITE, avant=avant)
    marquer(request, user, sinistre, contexte)
    if form is not None and contexte["message_form"] is not None:
        contexte["message_form"] = form
    suite = {nom: valeur for nom, valeur in request.GET.items() if nom not in ("avant", "reponse", "vu")}
    contexte |= {
        "cadre": CADRES[porte], "porte": porte, "sinistre": sinistre, "retour": retour, "alertes": alertes or [],
        "avant": avant, "url_derniers": f"{request.path}?{urlencode(suite)}",
        "url_precedents": f"{request.path}?{urlencode(suite | {'avant': contexte['messages_precedents']})}",
    }  # fmt: skip
    return render(request, "portal/messages.html", contexte, status=statut)


def _before(request: HttpRequest) -> int | None:
    """« ?avant= »: the message before which to read. Raises Http404 for anything that is no message's number."""
    avant = request.GET.get("avant", "") if request.method == "GET" else ""
    if not avant:
        return None
    if not (avant.isascii() and avant.isdecimal()) or len(avant) > 18:
        raise Http404
    return int(avant)


def _answer(user: User, choisie: str) -> ReponseType | None:
    """The answer of that id, when it may be sent; None for anything else."""
    if not choisie.isdecimal() or len(choisie) > 18:
        return None
    return reponses_en_usage(user).filter(pk=int(choisie)).first()
