"""« Suivi systématique »: the running leaves that are long or repeated, what is planned for each, what may be asked for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.gate import peut
from accounts.models import User
from cases.enums import GenreBranche
from cases.selectors_suivi import ACTION, Ligne, lignes
from cases.services import suivi as service
from cases.suivi import en_vigueur
from portal.branches.registre import GENRES
from portal.gestion.acces import gestion, visiteur
from portal.gestion.tableur import csv_response
from portal.presentation import jour
from portal.procedures import GESTION

PAR_PAGE = 50
OFFERTES: dict[str, str] = {
    GenreBranche.CONTRE_VISITE: "Contre-visite",
    GenreBranche.EXPERTISE: "Expertise",
    GenreBranche.ACCOMPAGNEMENT: "Accompagnement",
    GenreBranche.SAISINE: "Saisine",
}
ENTETES = ("Dossier", "Agent", "Collectivité", "Nature", "En arrêt depuis le", "Arrêts en 12 mois", "Règles", "Procédures", "Échéances")


@gestion(ACTION)
@require_GET
def suivi(request: HttpRequest) -> HttpResponse:
    """Fifty lines a page, from the key in the address on; narrowed to one rule where the address names it."""
    user = visiteur(request)
    regles = en_vigueur(timezone.localdate())
    regle = request.GET.get("regle", "")
    regle = regle if regle in regles else ""
    apres = request.GET.get("apres", "")
    page = lignes(user, apres=int(apres) if apres.isdigit() and len(apres) < 18 else 0, limite=PAR_PAGE + 1, regle=regle)
    suite = f"?regle={regle}&apres={page[PAR_PAGE - 1].sinistre.pk}" if len(page) > PAR_PAGE else ""
    context = {
        "lignes": [_vue(user, ligne) for ligne in page[:PAR_PAGE]],
        "regles": regles.values(),
        "regle": regle,
        "suivant": suite,
    }
    return render(request, "gestion/suivi.html", context)


def _vue(user: User, ligne: Ligne) -> dict[str, Any]:
    en_cours = {branche.genre for branche in ligne.procedures}
    sinistre = ligne.sinistre
    return {
        "ligne": ligne,
        "procedures": [(b, reverse("gestion:procedure", args=[b.uid])) for b in ligne.procedures if b.genre in GENRES],
        "offertes": [
            (libelle, reverse("gestion:procedure-demander", args=[sinistre.numero, genre.lower()]))
            for genre, libelle in OFFERTES.items()
            if genre not in en_cours and _offerte(user, ligne, genre)
        ],
    }


def _offerte(user: User, ligne: Ligne, genre: str) -> bool:
    """Whether that procedure has a form here that this person may use; what its own rules say, the form tells."""
    demande = GENRES[genre].DEMANDE if genre in GENRES else None
    return demande is not None and GESTION in demande.portes and peut(user, demande.action, ligne.sinistre)


@gestion(ACTION)
@require_POST
def exporter(request: HttpRequest) -> HttpResponse:
    """The same list as a file for a spreadsheet; that it was taken is journaled."""
    regle = request.POST.get("regle", "")
    found = service.exporter(acteur=visiteur(request), regle=regle if regle in en_vigueur(timezone.localdate()) else "")
    return csv_response("suivi-systematique", ENTETES, [_cellules(ligne) for ligne in found])


def _cellules(ligne: Ligne) -> list[object]:
    s = ligne.sinistre
    return [
        s.numero,
        s.agent.nom_court,
        s.collectivite.nom,
        s.get_nature_display(),
        jour(ligne.depuis),
        ligne.arrets,
        " ; ".join(regle.libelle for regle in ligne.regles),
        " ; ".join(branche.get_genre_display() for branche in ligne.procedures),
        " ; ".join(f"{e.get_genre_display()} le {jour(e.due_at)}" for e in ligne.echeances),
    ]
