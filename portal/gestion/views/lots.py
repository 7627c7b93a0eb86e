"""Bulk: many items at once, a summary first, then a slice at a time with a progress bar and one line a case."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.errors import Erreur
from cases.models import Tache
from cases.selectors_files import LIBELLES, MA_FILE, TRIS, porteurs_possibles, tache_visible
from cases.services import taches
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.listes import Liste

LIMITE = 500
TRANCHE = 20
ACTIONS = {"prendre": "Prendre", "attribuer": "Attribuer"}


@dataclass(frozen=True)
class Resultat:
    """One line of the report."""

    numero: str
    texte: str
    fait: bool


@gestion("tache_prendre")
@require_POST
def resumer(request: HttpRequest) -> HttpResponse:
    """« 37 possibles, 6 ignorés : motif », before anything is done. The chosen ids wait in the session under an opaque id."""
    user = visiteur(request)
    action = request.POST.get("action", "")
    if action not in ACTIONS:
        raise Http404
    if action == "attribuer":
        exiger(user, "tache_attribuer")
    code = request.POST.get("file", MA_FILE)
    liste = Liste.de(code if code in LIBELLES else MA_FILE, request.GET)
    chosen = liste.taches(user).select_related("sinistre", "porteur").order_by(*TRIS[liste.tri])
    if request.POST.get("tous") != "oui":
        chosen = chosen.filter(pk__in=[int(pk) for pk in request.POST.getlist("t") if pk.isdigit()])
    rows = list(chosen[:LIMITE])
    if not rows:
        messages.warning(request, "Choisissez d’abord des lignes, par leur case ou par la touche x.")
        return redirect(liste.url())
    possible = [row for row in rows if action == "attribuer" or row.porteur_id is None]
    lot = secrets.token_urlsafe(12)
    request.session["lot"] = {"id": lot, "action": action, "taches": [row.pk for row in possible], "retour": liste.url(), "a": None}
    return render(
        request,
        "gestion/lot.html",
        {
            "lot": lot,
            "action": action,
            "libelle": ACTIONS[action],
            "possibles": possible,
            "ignores": [row for row in rows if row not in possible],
            "personnes": porteurs_possibles(sorted({row.file for row in possible})) if action == "attribuer" else [],
            "retour": liste.url(),
        },
    )


@gestion("tache_prendre")
@require_POST
def lancer(request: HttpRequest, lot: str) -> HttpResponse:
    """The page that carries the lot out; to whom, when it is to be handed over."""
    travail = _lot(request, lot)
    if travail["action"] == "attribuer":
        a = request.POST.get("a", "")
        if not a.isdigit():
            messages.error(request, "Choisissez à qui attribuer ces dossiers, puis recommencez.")
            return redirect(travail["retour"])
        travail["a"] = int(a)
        request.session["lot"] = travail
    return render(
        request,
        "gestion/lot_en_cours.html",
        {"lot": lot, "libelle": ACTIONS[travail["action"]], "total": len(travail["taches"]), "retour": travail["retour"]},
    )


@gestion("tache_prendre")
@require_POST
def tranche(request: HttpRequest, lot: str, rang: int) -> HttpResponse:
    """Do the items from `rang` on, a slice of them, and ask for the next. Done twice, it changes nothing more."""
    travail = _lot(request, lot)
    ids = travail["taches"]
    user = visiteur(request)
    a = None
    if travail["action"] == "attribuer":
        a = porteurs_possibles(list(LIBELLES)).get(pk=travail["a"])
    resultats = [_one(user, pk, a) for pk in ids[rang : rang + TRANCHE]]
    fait = min(rang + TRANCHE, len(ids))
    context = {"lot": lot, "resultats": resultats, "fait": fait, "total": len(ids), "suite": fait if fait < len(ids) else None}
    return render(request, "gestion/_lot_tranche.html", context)


def _one(user: User, tache_id: int, a: User | None) -> Resultat:
    """One item, in a transaction of its own: what stops one never stops the others."""
    try:
        tache = tache_visible(user, tache_id)
    except Tache.DoesNotExist:
        return Resultat("—", "déjà terminée", fait=False)
    numero = tache.sinistre.numero if tache.sinistre is not None else "Courrier"
    try:
        if a is None:
            taches.prendre(acteur=user, tache=tache)
            return Resultat(numero, "pris", fait=True)
        taches.attribuer(acteur=user, tache=tache, a=a)
        return Resultat(numero, f"attribué à {a.get_full_name()}", fait=True)
    except Erreur as error:
        return Resultat(numero, " ".join(raisons_de(error)), fait=False)
    except Refus as error:
        return Resultat(numero, error.message, fait=False)


def _lot(request: HttpRequest, lot: str) -> dict[str, Any]:
    travail = request.session.get("lot")
    if not isinstance(travail, dict) or travail.get("id") != lot:
        raise Http404
    return travail
