"""Capital décès of a dossier: the facts, what they give, and the décomptes; nothing is kept of the facts but the shares."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from cases.selectors import sinistre_visible
from contracts.enums import Nature
from indemnities.enums import GenreDecompte
from indemnities.selectors import decomptes_du_sinistre
from indemnities.services.capital import Proposition, beneficiaire, remuneration_connue, versements_dus
from portal.errors import raisons_de, statut_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.contexte import contexte_de, url_dossier
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_capital import CapitalForm, EnfantForm, enfants_de
from workflows import capital

VOIR, ECRIRE, LIGNES, SUITE = "voir", "ecrire", "lignes", "suite"


@gestion("decompte_calculer")
@require_http_methods(["GET", "POST"])
def capital_deces(request: HttpRequest, numero: str) -> HttpResponse:
    """See what the facts give (`voir`), write the décompte or its correction (`ecrire`), the next yearly payment (`suite`)."""
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    acte = request.POST.get("acte", "")
    data = request.POST if request.method == "POST" and acte != SUITE else None
    connue = remuneration_connue(sinistre)
    form = CapitalForm(data, initial={"remuneration": f"{connue:.2f}".replace(".", ",") if connue is not None else ""})
    enfants = enfants_de(data, plus=acte == LIGNES)
    raisons: list[str] = []
    proposition, statut = None, 200
    try:
        if acte == SUITE:
            return _done(request, numero, len(capital.verser_suite(acteur=user, numero=numero)))
        if acte in (VOIR, ECRIRE):
            statut = 422
            fautifs = [enfant for enfant in enfants if not enfant.is_valid()]  # each is read, to show all the faults at once
            if form.is_valid() and not fautifs:
                faits = form.faits([e for e in (enfant.enfant() for enfant in enfants) if e is not None])
                if acte == ECRIRE:
                    return _done(request, numero, len(capital.calculer(acteur=user, numero=numero, faits=faits)))
                proposition, statut = capital.apercu(acteur=user, numero=numero, faits=faits), 200
    except DonneeInvalide as error:
        poser_erreurs(form, error)
    except Erreur as error:
        raisons, statut = raisons_de(error), statut_de(error)
    contexte = _context(request, sinistre, form, enfants)
    return render(request, "gestion/capital.html", contexte | {"raisons": raisons, "apercu": _shown(proposition)}, status=statut)


def _done(request: HttpRequest, numero: str, nombre: int) -> HttpResponse:
    messages.success(request, f"{nombre} décompte{'s' if nombre > 1 else ''} du capital : une autre personne doit l’approuver.")
    return redirect(url_dossier(numero, contexte_de(request, visiteur(request), positions=False)) + "#decomptes")


def _context(request: HttpRequest, sinistre: Sinistre, form: CapitalForm, enfants: list[EnfantForm]) -> dict[str, Any]:
    user = visiteur(request)
    return {
        "sinistre": sinistre,
        "retour": url_dossier(sinistre.numero, contexte_de(request, user, positions=False)),
        "form": form,
        "enfants": enfants,
        "est_un_deces": sinistre.nature == Nature.DC,
        "decomptes": list(decomptes_du_sinistre(user, sinistre).filter(genre=GenreDecompte.CAPITAL)),
        "a_verser": [jour for jour, _ in versements_dus(sinistre)],
    }


def _shown(proposition: Proposition | None) -> dict[str, Any] | None:
    """What the page shows of a proposal: one row a share, and the days of payment."""
    if proposition is None:
        return None
    premier = proposition.versements[0]
    return {
        "motif": proposition.capital.motif,
        "montant": proposition.capital.montant,
        "remuneration": proposition.remuneration,
        "du": premier.du,
        "parts": [
            {
                "qui": beneficiaire(ligne.trace["beneficiaire"], ligne.trace["rang"]),
                "capital": ligne.trace["capital"],
                "majoration": ligne.trace["majoration"],
                "montant": ligne.montant,
            }
            for ligne in premier.lignes
        ],
        "jours": [versement.le for versement in proposition.versements],
        "explication": proposition.explication,
    }
