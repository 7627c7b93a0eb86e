"""Lists of required pièces: versions, drafts and their lines, what the collectivité will read, publication, moving live dossiers."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gate import peut
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from contracts.enums import Nature
from contracts.models import ContratGroupe
from documents.enums import Stade
from documents.models import Exigence, ListePieces
from documents.selectors import listes_visibles
from documents.services import bascule as service_bascule
from documents.services import listes as service
from portal.gestion.acces import est_htmx, gestion, visiteur
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_listes import ApercuForm, LigneForm, PublierForm
from portal.gestion.selectors import contrats_visibles

TRANCHE = 50
"""Dossiers moved by one request of the page."""
NUMEROS = 100


@gestion("contrat_lire")
@require_GET
def listes(request: HttpRequest) -> HttpResponse:
    """The versions of the CDG and of each contract."""
    user = visiteur(request)
    rows = list(listes_visibles(user).select_related("contrat", "publiee_par").order_by("contrat__numero", "-version"))
    by_owner = [(contrat, list(group)) for contrat, group in groupby(rows, key=lambda liste: liste.contrat)]
    by_owner.sort(key=lambda item: (item[0] is not None, item[0].numero if item[0] is not None else ""))
    drafted = {liste.contrat_id for liste in rows if not liste.est_publiee}
    contrats = [c for c in contrats_visibles(user) if c.pk not in drafted]
    context = {
        "groupes": by_owner, "contrats": contrats, "cdg_libre": None not in drafted, "peut_modifier": peut(user, "listes_modifier"),
    }  # fmt: skip
    return render(request, "gestion/listes.html", context)


@gestion("contrat_lire")
@require_GET
def liste(request: HttpRequest, liste_id: int) -> HttpResponse:
    """One version: its lines by nature and stage."""
    return _page(request, _liste(request, liste_id))


def _page(request: HttpRequest, found: ListePieces, publier: PublierForm | None = None, statut: int = 200) -> HttpResponse:
    lignes = list(found.exigences.order_by("ordre", "pk"))
    order = {stade: rang for rang, stade in enumerate(Stade.values)}
    natures = []
    for nature in Nature:
        own = sorted((e for e in lignes if nature in e.natures), key=lambda e: (order[e.stade], e.ordre, e.pk))
        if own:
            natures.append((nature, [(Stade(stade).label, list(group)) for stade, group in groupby(own, key=lambda e: e.stade)], len(own)))
    peut_modifier = peut(visiteur(request), "listes_modifier")
    context = {
        "liste": found,
        "natures": natures,
        "lignes": lignes,
        "modifiable": peut_modifier and not found.est_publiee,
        "peut_basculer": peut_modifier and found.est_publiee,
        "publier": publier or PublierForm(initial={"debut": found.debut}),
    }
    return render(request, "gestion/listes_version.html", context, status=statut)


@gestion("listes_modifier")
@require_POST
def preparer(request: HttpRequest) -> HttpResponse:
    """A draft of the next version, copied from the list in force."""
    numero = request.POST.get("contrat", "")
    contrat = ContratGroupe.objects.get(pk=int(numero)) if numero.isdigit() else None
    try:
        brouillon = service.preparer(acteur=visiteur(request), contrat=contrat)
    except Erreur as error:
        messages.error(request, error.message)
        return redirect("gestion:listes")
    messages.success(request, f"Le brouillon de la version {brouillon.version} est prêt : il reprend les lignes de la liste en vigueur.")
    return redirect("gestion:liste", brouillon.pk)


@gestion("listes_modifier")
@require_http_methods(["GET", "POST"])
def ligne(request: HttpRequest, liste_id: int, ligne_id: int | None = None) -> HttpResponse:
    """Add a line to a draft, or change one. What was typed is kept when it is refused."""
    found = _draft(request, liste_id)
    une = found.exigences.get(pk=ligne_id) if ligne_id is not None else None
    statut = 200
    if request.method == "POST":
        form, statut = LigneForm(request.POST), 422
        if form.is_valid():
            try:
                service.enregistrer_ligne(acteur=visiteur(request), liste_id=found.pk, ligne_id=ligne_id, valeurs=form.valeurs())
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            else:
                messages.success(request, f"La ligne « {form.cleaned_data['libelle']} » est enregistrée.")
                return redirect("gestion:liste", found.pk)
    else:
        form = LigneForm.of(une) if une is not None else LigneForm(initial={"requise": True, "condition": "TOUJOURS"})
    return render(request, "gestion/listes_ligne.html", {"liste": found, "ligne": une, "form": form}, status=statut)


@gestion("listes_modifier")
@require_POST
def supprimer_ligne(request: HttpRequest, liste_id: int, ligne_id: int) -> HttpResponse:
    found = _draft(request, liste_id)
    service.supprimer_ligne(acteur=visiteur(request), liste_id=found.pk, ligne_id=ligne_id)
    messages.success(request, "La ligne est retirée du brouillon.")
    return redirect("gestion:liste", found.pk)


@gestion("contrat_lire")
@require_GET
def apercu(request: HttpRequest, liste_id: int) -> HttpResponse:
    """« Ce que lira la collectivité », for the dossier one has in mind."""
    found = _liste(request, liste_id)
    form = ApercuForm(request.GET if "nature" in request.GET else {"nature": "CMO", "regime": "CNRACL"})
    stades: list[tuple[str, list[dict[str, Any]]]] = []
    if form.is_valid():
        order = {stade: rang for rang, stade in enumerate(Stade.values)}
        lignes = sorted(form.lignes(found), key=lambda e: order[e.stade])
        regime = form.cleaned_data["regime"]
        stades = [
            (Stade(stade).label, [{"exigence": e, "alternatives": _of_regime(e, regime)} for e in group])
            for stade, group in groupby(lignes, key=lambda e: e.stade)
        ]
    statut = 200 if form.is_valid() else 422
    return render(request, "gestion/listes_apercu.html", {"liste": found, "form": form, "stades": stades}, status=statut)


def _of_regime(ligne: Exigence, regime: str) -> list[dict[str, Any]]:
    return [a for a in ligne.alternatives if regime in a.get("regimes", [regime])]


@gestion("listes_modifier")
@require_POST
def publier(request: HttpRequest, liste_id: int) -> HttpResponse:
    """From a day on, new dossiers are held to it."""
    found = _draft(request, liste_id)
    form = PublierForm(request.POST)
    if form.is_valid():
        try:
            publiee = service.publier(acteur=visiteur(request), liste_id=found.pk, debut=form.cleaned_data["debut"])
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            form.add_error(None, error.message)
        else:
            suite = "Les dossiers en cours gardent la leur tant que vous ne les y passez pas."
            messages.success(request, f"La version {publiee.version} est publiée. {suite}")
            return redirect("gestion:liste", publiee.pk)
    return _page(request, found, form, statut=422)


@gestion("listes_modifier")
@require_POST
def abandonner(request: HttpRequest, liste_id: int) -> HttpResponse:
    found = _draft(request, liste_id)
    service.abandonner(acteur=visiteur(request), liste_id=found.pk)
    messages.success(request, "Le brouillon est abandonné.")
    return redirect("gestion:listes")


@gestion("listes_modifier")
@require_http_methods(["GET", "POST"])
def bascule(request: HttpRequest, liste_id: int) -> HttpResponse:
    """GET: which open dossiers gain or lose what. POST: move the next slice, and ask for the one after (htmx) or come back."""
    user = visiteur(request)
    cible = _liste(request, liste_id)
    if request.method == "GET":
        vu = service_bascule.apercevoir(acteur=user, cible=cible)
        page = Paginator(list(vu.lignes.items()), NUMEROS).get_page(request.GET.get("page"))
        numeros = dict(Sinistre.objects.filter(pk__in=[pk for pk, _ in page.object_list]).values_list("pk", "numero"))
        lignes = [(numeros[pk], gagne, perd) for pk, (gagne, perd) in page.object_list]
        context = {
            "liste": cible,
            "vu": vu,
            "lignes": lignes,
            "suivant": f"?page={page.next_page_number()}" if page.has_next() else "",
            "precedent": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        }
        return render(request, "gestion/listes_bascule.html", context)
    fait = service_bascule.basculer(acteur=user, cible=cible, limite=TRANCHE)
    if est_htmx(request):
        return render(request, "gestion/_bascule_tranche.html", {"liste": cible, "fait": fait})
    messages.success(request, f"{fait.faits} dossiers passés à la version {cible.version} ; il en reste {fait.restants}.")
    return redirect("gestion:liste-bascule", cible.pk)


def _liste(request: HttpRequest, liste_id: int) -> ListePieces:
    """Raises ListePieces.DoesNotExist, a 404."""
    return listes_visibles(visiteur(request)).select_related("contrat", "publiee_par").get(pk=liste_id)


def _draft(request: HttpRequest, liste_id: int) -> ListePieces:
    return listes_visibles(visiteur(request)).select_related("contrat").get(pk=liste_id, publiee_le__isnull=True)
