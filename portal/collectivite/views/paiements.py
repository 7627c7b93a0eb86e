"""The money of a collectivité: its bordereaux, and which days each line pays."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.bordereaux import fichiers_en_mots
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur
from portal.collectivite.views.accueil import entier
from portal.detail import detail_du_decompte
from portal.gestion.calendrier import INITIALES
from workflows import bordereaux_fichiers


@porte
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    bordereaux = selectors.mes_bordereaux(user)
    avant = entier(request.GET.get("avant"))
    page = list((bordereaux if avant is None else bordereaux.filter(pk__lt=avant))[: selectors.PAGE + 1])
    suite = page[selectors.PAGE - 1].pk if len(page) > selectors.PAGE else None
    contexte = {"bordereaux": page[: selectors.PAGE], "suite": suite, "plusieurs": len(set(user.collectivite_ids)) > 1}
    return render(request, "collectivite/paiements.html", contexte)


@porte
@require_GET
def decompte(request: HttpRequest, decompte_id: int) -> HttpResponse:
    """What one line of a bordereau pays, day by day, and why."""
    un = selectors.mon_decompte(visiteur(request), decompte_id)
    contexte = {"decompte": un, "detail": detail_du_decompte(un), "initiales": INITIALES}
    return render(request, "collectivite/decompte.html", contexte)


@porte
@require_GET
def bordereau(request: HttpRequest, numero: str) -> HttpResponse:
    """One bordereau, line by line, to read or to print."""
    un = selectors.mon_bordereau(visiteur(request), numero)
    contexte = {
        "bordereau": un,
        "lignes": selectors.lignes_du_bordereau(un),
        "fichiers": fichiers_en_mots(un, porte="collectivite"),
    }
    return render(request, "collectivite/bordereau.html", contexte)


@porte
@require_GET
def fichier(request: HttpRequest, numero: str, genre: str) -> HttpResponse:
    """To a file of a bordereau, at an address good for 60 seconds, journaled first."""
    user = visiteur(request)
    un = selectors.mon_bordereau(user, numero)
    return HttpResponseRedirect(bordereaux_fichiers.remettre(acteur=user, bordereau_id=un.pk, genre=genre).url)
