"""« Ce qu’on attend de vous », over all the dossiers of the user's collectivités."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.gate import peut
from accounts.models import User
from cases.models import Branche, Tache
from cases.selectors_messages import dossiers_a_lire
from portal import depots
from portal.collectivite import brouillons, selectors
from portal.collectivite.acces import porte, visiteur
from workflows.selectors import branches_des_etapes

MAX_REPRISES = 20
MAX_DECISIONS = 50
MAX_A_LIRE = 20


def entier(texte: str | None) -> int | None:
    """A key from the address, or None when it is not one."""
    return int(texte) if texte is not None and texte.isdecimal() and len(texte) < 19 else None


def contexte_boites() -> dict[str, object]:
    """What every upload box says: accepted types and greatest size."""
    return {"accept": depots.ACCEPT, "taille_max": depots.MAX_MEGABYTES}


def il_y_a(jour: dt.date) -> str:
    """How long ago, in words: « aujourd’hui », « hier », « il y a 12 jours »."""
    jours = (timezone.localdate() - jour).days
    return {0: "aujourd’hui", 1: "hier"}.get(jours, f"il y a {jours}\u00a0jours")


def decisions(user: User) -> list[tuple[Tache, Branche, str, str]]:
    """Each decision or position awaited: its item, its procedure, what is to be done, since when in words."""
    taches = list(selectors.decisions_attendues(user)[:MAX_DECISIONS])
    branches = branches_des_etapes(taches)
    return [
        (t, branches[t.objet_id], t.get_genre_display().partition(" : ")[2], il_y_a(timezone.localtime(t.cree_le).date()))
        for t in taches
        if t.objet_id in branches
    ]


@porte
@require_GET
def accueil(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    toutes = selectors.mes_pieces_attendues(user)
    page = list(selectors.apres(toutes, entier(request.GET.get("apres")))[: selectors.PAGE + 1])
    suite = page[selectors.PAGE - 1].pk if len(page) > selectors.PAGE else None
    page = page[: selectors.PAGE]
    reprises = selectors.fins_d_arret(selectors.reprises_attendues(user)[: MAX_REPRISES + 1])
    a_lire = dossiers_a_lire(user)
    return render(
        request,
        "collectivite/accueil.html",
        {
            "pieces": [
                (p, il_y_a(timezone.localtime(p.demandee_le).date()), depots.alternatives_de(p, p.sinistre.regime))
                for p in page
                if not p.est_medicale
            ],
            "medicales": [p for p in page if p.est_medicale],
            "suite": suite,
            "premiere_page": "apres" not in request.GET,
            "reprises": [(sinistre, fin, il_y_a(fin)) for sinistre, fin in reprises[:MAX_REPRISES]],
            "reprises_en_plus": len(reprises) > MAX_REPRISES,
            "decisions": decisions(user),
            "a_lire": a_lire[:MAX_A_LIRE],
            "nombre_a_lire": sum(combien for _, combien, _ in a_lire),
            "brouillons": list(brouillons.mes_brouillons(user)[:5]),
            "plusieurs": len(set(user.collectivite_ids)) > 1,
            "peut_declarer": any(peut(user, "dossier_declarer", brouillons.Perimetre(pk)) for pk in user.collectivite_ids),
            "aucun_dossier": not selectors.mes_sinistres(user).exists(),
            **contexte_boites(),
        },
    )
