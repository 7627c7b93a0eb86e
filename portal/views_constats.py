"""The pages of what is known besides the dossier, the same at both doors: enter, annul, import after a preview.

Doors say who is behind the request and find the agent, the dossier or the row among what he may see there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.gate import exiger
from accounts.models import Collectivite, User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from contracts.models import Agent
from indemnities.lecture_constats import OCTETS_MAX, GenreFichier, decoder
from indemnities.models import ArretConnu, MontantConstate
from indemnities.services.imports_constats import Controle
from portal.constats import (
    ENTETES,
    TITRES_FICHIERS,
    AnnulationForm,
    ArretConnuForm,
    FichierForm,
    MontantForm,
    contexte_agent,
    contexte_dossier,
    garder,
    reprendre,
)
from portal.errors import raisons_de
from portal.gestion.formulaires import poser_erreurs
from portal.procedures import COLLECTIVITE, GESTION
from workflows import constats

CADRES = {GESTION: "gestion/base_gestion.html", COLLECTIVITE: "base_externe.html"}
APERCU = 50
"""Lines of a file that its preview shows."""


def _tenter(form: forms.Form, acte: Callable[[], Any]) -> bool:
    """Do it, or put what was refused on the form. True once it is done."""
    try:
        acte()
    except DonneeInvalide as error:
        poser_erreurs(form, error)
    except Erreur as error:
        form.add_error(None, " ".join(raisons_de(error)))
    else:
        return True
    return False


def arrets_connus(request: HttpRequest, user: User, agent: Agent, porte: str) -> HttpResponse:
    """What is known of one agent's leaves, and the form that adds one."""
    form, statut = ArretConnuForm(), 200
    if request.method == "POST":
        exiger(user, "constat_saisir", agent)
        form, statut = ArretConnuForm(request.POST), 422
        if form.is_valid() and _tenter(form, lambda: constats.saisir_arret(acteur=user, agent_id=agent.pk, ligne=form.ligne())):
            messages.success(request, "L’arrêt est noté : il compte désormais dans les droits de l’agent.")
            return redirect(f"{porte}:arrets-connus", agent.pk)
    contexte = {"cadre": CADRES[porte], "porte": porte, "agent": agent, "form": form, **contexte_agent(user, agent, porte)}
    return render(request, "portal/arrets_connus.html", contexte, status=statut)


def montants(request: HttpRequest, user: User, sinistre: Sinistre, porte: str) -> HttpResponse:
    """What the CPAM paid and what was maintained on one dossier, and the form that adds a line."""
    exiger(user, "constat_lire", sinistre)
    form, statut = MontantForm(sinistre=sinistre), 200
    if request.method == "POST":
        exiger(user, "constat_saisir", sinistre)
        form, statut = MontantForm(request.POST, sinistre=sinistre), 422
        if form.is_valid() and _tenter(form, lambda: constats.saisir_montant(acteur=user, numero=sinistre.numero, ligne=form.ligne())):
            messages.success(request, "Le montant est noté : ce qui est dû en tient compte au prochain calcul.")
            return redirect(f"{porte}:constats", sinistre.numero)
    contexte = {
        "cadre": CADRES[porte],
        "sinistre": sinistre,
        "form": form,
        "dossier": reverse(f"{porte}:dossier", args=[sinistre.numero]),
        **contexte_dossier(user, sinistre, porte),
    }
    return render(request, "portal/constats.html", contexte, status=statut)


def annuler_arret(request: HttpRequest, user: User, arret: ArretConnu, porte: str) -> HttpResponse:
    exiger(user, "constat_annuler", arret)
    return _annuler(
        request,
        porte,
        quoi=f"{arret.get_nature_display()}, du {arret.debut:%d/%m/%Y} au {arret.fin:%d/%m/%Y}",
        retour=reverse(f"{porte}:arrets-connus", args=[arret.agent_id]),
        acte=lambda motif: constats.annuler_arret(acteur=user, arret_id=arret.pk, motif=motif),
    )


def annuler_montant(request: HttpRequest, user: User, montant: MontantConstate, porte: str) -> HttpResponse:
    exiger(user, "constat_annuler", montant)
    return _annuler(
        request,
        porte,
        quoi=f"{montant.get_genre_display()}, du {montant.debut:%d/%m/%Y} au {montant.fin:%d/%m/%Y}",
        retour=reverse(f"{porte}:constats", args=[montant.sinistre.numero]),
        acte=lambda motif: constats.annuler_montant(acteur=user, montant_id=montant.pk, motif=motif),
    )


def _annuler(request: HttpRequest, porte: str, *, quoi: str, retour: str, acte: Callable[[str], Any]) -> HttpResponse:
    form, statut = AnnulationForm(), 200
    if request.method == "POST":
        form, statut = AnnulationForm(request.POST), 422
        if form.is_valid() and _tenter(form, lambda: acte(form.cleaned_data["motif"])):
            messages.success(request, "La ligne est annulée. Elle reste lisible, avec son motif.")
            return redirect(retour)
    contexte = {"cadre": CADRES[porte], "form": form, "quoi": quoi, "retour": retour}
    return render(request, "portal/constat_annuler.html", contexte, status=statut)


# -- Files -------------------------------------------------------------------------------------------------------------------


def importer(request: HttpRequest, user: User, collectivites: QuerySet[Collectivite], fichier: str, porte: str) -> HttpResponse:
    """GET: choose a file. POST: what it would write and all that is wrong with it; nothing is written yet."""
    genre = _genre(fichier)
    form, statut = FichierForm(collectivites=collectivites), 200
    contexte: dict[str, Any] = {}
    if request.method == "POST":
        form, statut = FichierForm(request.POST, request.FILES, collectivites=collectivites), 422
        if form.is_valid():
            choisie, envoye = form.cleaned_data["collectivite"], form.cleaned_data["fichier"]

            def apercevoir() -> None:
                texte = decoder(envoye.read(OCTETS_MAX + 1))
                controle = constats.apercevoir(acteur=user, collectivite_id=choisie.pk, genre=genre, texte=texte)
                contexte.update(_apercu(controle), collectivite=choisie)
                if not controle.fautes:
                    contexte["garde"] = garder(user, genre, choisie.pk, texte)

            if _tenter(form, apercevoir) and not contexte["fautes"]:
                statut = 200
    return _page(request, porte, genre, form, statut, contexte)


def confirmer(request: HttpRequest, user: User, collectivites: QuerySet[Collectivite], fichier: str, porte: str) -> HttpResponse:
    """Write the file that was shown, whole, checked again: what changed meanwhile may refuse it."""
    genre = _genre(fichier)
    form = FichierForm(collectivites=collectivites)
    gardee = reprendre(user, genre, request.POST.get("garde", ""))
    if gardee is None or not collectivites.filter(pk=gardee[0]).exists():
        messages.error(request, "Cet aperçu n’est plus valable : choisissez de nouveau le fichier. Rien n’est enregistré.")
        return redirect(f"{porte}:importer", fichier)
    collectivite_id, texte = gardee
    try:
        controle = constats.importer(acteur=user, collectivite_id=collectivite_id, genre=genre, texte=texte)
    except Erreur as error:
        messages.error(request, f"{' '.join(raisons_de(error))} Rien n’est enregistré : recommencez.")
        return redirect(f"{porte}:importer", fichier)
    if controle.fautes:
        contexte = {**_apercu(controle), "collectivite": collectivites.get(pk=collectivite_id)}
        return _page(request, porte, genre, form, 422, contexte)
    dites = f"Les {controle.lignes} lignes du fichier sont enregistrées." if controle.lignes > 1 else "La ligne du fichier est enregistrée."
    messages.success(request, dites)
    return redirect(f"{porte}:importer", fichier)


def _genre(fichier: str) -> GenreFichier:
    try:
        return GenreFichier(fichier)
    except ValueError as error:
        raise Http404 from error


def _apercu(controle: Controle) -> dict[str, Any]:
    return {
        "fautes": controle.fautes,
        "lignes": controle.lignes,
        "arrets": controle.arrets[:APERCU],
        "montants": controle.montants[:APERCU],
        "tronque": controle.lignes > APERCU,
    }


def _page(request: HttpRequest, porte: str, genre: GenreFichier, form: FichierForm, statut: int, contexte: dict[str, Any]) -> HttpResponse:
    defauts = {"fautes": [], "lignes": 0, "arrets": [], "montants": [], "tronque": False, "garde": "", "collectivite": None}
    page = {
        "cadre": CADRES[porte],
        "genre": genre,
        "titre": TITRES_FICHIERS[genre],
        "entete": ENTETES[genre],
        "form": form,
        "choisir": reverse(f"{porte}:importer", args=[genre]),
        "confirmer": reverse(f"{porte}:importer-confirmer", args=[genre]),
        "autres": [(titre, reverse(f"{porte}:importer", args=[autre])) for autre, titre in TITRES_FICHIERS.items() if autre != genre],
    }
    return render(request, "portal/constats_importer.html", page | defauts | contexte, status=statut)
