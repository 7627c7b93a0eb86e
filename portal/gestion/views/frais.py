"""Frais médicaux of a dossier: its invoices, what is paid of each, what is to be given back; the certificates that pay for a time."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gate import exiger, peut
from accounts.models import User
from cases.errors import AlerteAConfirmer, Erreur
from cases.models import Episode, Sinistre
from cases.selectors import sinistre_visible
from contracts.enums import Nature
from indemnities.selectors_frais import CITIS, prises_en_charge_de
from portal import prises_en_charge as certificats
from portal.errors import raisons_de, statut_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.contexte import contexte_de, url_dossier
from portal.procedures import GESTION
from workflows import frais

Page = tuple[str, str]


def pages_d_argent(user: User, sinistre: Sinistre, episodes: Sequence[Episode]) -> list[Page]:
    """(label, address) of the pages of money that a dossier of these natures has beside its days, for who may act there."""
    natures = {sinistre.nature, *(episode.nature for episode in episodes)}
    pages: list[Page] = []
    if natures & {*CITIS, Nature.FM} and peut(user, "frais_payer", sinistre):
        pages.append(("Frais médicaux", reverse("gestion:frais", args=[sinistre.numero])))
    if sinistre.nature == Nature.DC and peut(user, "decompte_calculer", sinistre):
        pages.append(("Capital décès", reverse("gestion:capital", args=[sinistre.numero])))
    return pages


@gestion("frais_payer")
@require_GET
def liste(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    return _page(request, user, sinistre_visible(user, numero))


@gestion("frais_payer")
@require_POST
def payer(request: HttpRequest, numero: str, facture: int) -> HttpResponse:
    """Take one invoice to payment. A probable double comes back with its reason to give."""
    user = visiteur(request)
    alerte = request.POST.get("alerte_assumee", "")
    try:
        faits = frais.payer(acteur=user, numero=numero, facture=facture, alerte_assumee=alerte)
    except AlerteAConfirmer as error:
        return _page(request, user, sinistre_visible(user, numero), alerte=(facture, list(error.alertes.values())), statut=409)
    except Erreur as error:
        return _page(request, user, sinistre_visible(user, numero), raisons=raisons_de(error), statut=statut_de(error))
    messages.success(request, _told(len(faits)))
    return redirect("gestion:frais", numero)


@gestion("frais_payer")
@require_POST
def indus(request: HttpRequest, numero: str) -> HttpResponse:
    """Prepare what is to be given back of what certificates paid, once imputabilité was refused."""
    user = visiteur(request)
    try:
        faits = frais.preparer_indus(acteur=user, numero=numero)
    except Erreur as error:
        return _page(request, user, sinistre_visible(user, numero), raisons=raisons_de(error), statut=statut_de(error))
    messages.success(request, _told(len(faits)))
    return redirect("gestion:frais", numero)


def _told(nombre: int) -> str:
    return f"{nombre} décompte{'s' if nombre > 1 else ''} préparé{'s' if nombre > 1 else ''} : une autre personne doit l’approuver."


def _page(
    request: HttpRequest, user: User, sinistre: Sinistre, *, alerte: tuple[int, list[str]] | None = None,
    raisons: list[str] | None = None, statut: int = 200,
) -> HttpResponse:  # fmt: skip
    exiger(user, "frais_payer", sinistre)
    factures = frais.factures(user, sinistre)
    contexte = {
        "sinistre": sinistre,
        "retour": url_dossier(sinistre.numero, contexte_de(request, user, positions=False)),
        "factures": factures,
        "indues": [une for une in factures if une.est_indue],
        "alerte": alerte,
        "raisons": raisons or [],
        "prises": list(prises_en_charge_de(user, sinistre)),
        "a_certificats": sinistre.nature in CITIS,
    }
    return render(request, "gestion/frais.html", contexte, status=statut)


# -- Certificates -------------------------------------------------------------------------------------------------------------


@gestion("prise_en_charge_lire")
@require_http_methods(["GET", "POST"])
def prises_en_charge(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    acte = certificats.donner if request.method == "POST" else certificats.page
    return acte(request, user, sinistre, GESTION)


@gestion("prise_en_charge_lire")
@require_GET
def prise_en_charge(request: HttpRequest, numero: str, prise_id: int) -> HttpResponse:
    user = visiteur(request)
    return certificats.une(request, user, sinistre_visible(user, numero), prise_id, GESTION)


@gestion("prise_en_charge_donner")
@require_POST
def retirer(request: HttpRequest, numero: str, prise_id: int) -> HttpResponse:
    user = visiteur(request)
    return certificats.retirer(request, user, sinistre_visible(user, numero), prise_id, GESTION)
