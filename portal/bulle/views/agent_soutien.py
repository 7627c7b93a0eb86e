"""The agent's own soutien, from his link: asking for one, answering, stopping, letting it be seen or not. He is always at the wheel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cases.errors import DonneeInvalide, Erreur
from medical.enums_soutien import Accord, Voie
from medical.models import LienAgent, Soutien
from medical.rules_soutien import REGLES
from medical.selectors_soutien import du_lien
from medical.services import liens
from medical.services import soutien as services
from portal.bulle import ouverture
from portal.bulle.forms_soutien import DemandeForm, ReponseForm
from portal.bulle.views.agent import COOKIE
from portal.errors import statut_de

DITS = {
    "demander": "Votre demande est enregistrée. Le secrétariat de la bulle cherche un psychologue, qui vous appellera.",
    "accepter": "Vous avez accepté. Le secrétariat de la bulle cherche un psychologue, qui vous appellera.",
    "refuser": "Vous avez refusé. Personne d’autre que le secrétariat de la bulle ne le saura.",
    "arreter": "Votre soutien est arrêté.",
    "montrer": "Votre employeur et le centre de gestion voient maintenant ce que vous avez accepté de montrer.",
    "cacher": "Plus rien de votre soutien ne se voit en dehors de la bulle.",
}
SUR_LE_SIEN: dict[str, Callable[..., Soutien]] = {"arreter": services.arreter, "montrer": services.montrer, "cacher": services.cacher}


@never_cache
@require_http_methods(["GET", "POST"])
def mon_soutien(request: HttpRequest) -> HttpResponse:
    """Without an open half hour: back to the code. The POST does the act named by its button.

    It answers with the page, not with a redirection: what was done stands in no address and in no cookie.
    """
    lien = liens.seance(request.COOKIES.get(COOKIE, ""))
    if lien is None:
        return redirect("bulle:mon-dossier")
    statut, dit, refus = 200, "", ""
    demande, reponse = DemandeForm(), ReponseForm()
    if request.method == "POST":
        acte = request.POST.get("acte", "")
        demande = DemandeForm(request.POST) if acte == "demander" else demande
        reponse = ReponseForm(request.POST) if acte == "accepter" else reponse
        form: forms.Form = {"demander": demande, "accepter": reponse}.get(acte, forms.Form({}))
        statut = 422
        if form.is_valid():
            try:
                _do(acte, lien, du_lien(lien), form.cleaned_data)
            except DonneeInvalide as error:
                ouverture.retenir(form, error)
            except Erreur as error:
                statut, refus = statut_de(error), error.message
            else:
                statut, dit = 200, DITS[acte]
                demande, reponse = DemandeForm(), ReponseForm()
    return render(request, "bulle/agent_soutien.html", _page(lien, demande, reponse) | {"dit": dit, "refus": refus}, status=statut)


def _page(lien: LienAgent, demande: DemandeForm, reponse: ReponseForm) -> dict[str, Any]:
    soutien = du_lien(lien)
    return {
        "fin": lien.ouvert_le + liens.SEANCE if lien.ouvert_le is not None else None,
        "soutien": soutien,
        "regle": REGLES[soutien.programme] if soutien is not None else None,
        "propose": soutien is not None and not soutien.est_clos and soutien.accord == Accord.A_RECUEILLIR,
        "en_cours": soutien is not None and not soutien.est_clos and soutien.accord == Accord.DONNE,
        "accepte": soutien is not None and soutien.accord == Accord.DONNE,
        "peut_demander": soutien is None or soutien.est_clos,
        "demande": demande,
        "reponse": reponse,
    }


def _do(acte: str, lien: LienAgent, soutien: Soutien | None, lu: dict[str, Any]) -> None:
    if acte == "demander":
        services.demander(lien=lien, programme=lu["programme"], contact=lu["contact"])
    elif acte in ("accepter", "refuser"):
        services.repondre(lien=lien, accepte=acte == "accepter", contact=lu.get("contact", ""))
    elif soutien is None or acte not in SUR_LE_SIEN:
        raise Erreur("Il n’y a rien de tel à faire : rechargez la page.")
    else:
        SUR_LE_SIEN[acte](soutien=soutien, acteur=None, voie=Voie.LIEN)
