"""Remises of transfers, what the bank and the insurer answer: composed, signed by another, taken, and closed by their messages."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gate import peut
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur
from documents.storage import FichierAbsent, StockageIndisponible
from indemnities.enums import EtatRemise, EtatVirement, IssueRetour
from indemnities.selectors_virements import (
    bordereaux_a_virer,
    comptes_en_vigueur,
    remises_visibles,
    retours_visibles,
    virements_de_la_remise,
)
from indemnities.sepa.retours import POIDS_MAX, Sort
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_virements import ConstatForm, RemiseForm, RetourForm
from portal.securite import exiger_recente, reprise
from workflows import retours as service_retours
from workflows import virements as service

PAR_PAGE = 50
A_VIRER = 500
EN_PANNE = "Le stockage des fichiers ne répond pas : rien n’a été fait. Réessayez dans quelques minutes."
SORTS = {Sort.ACCEPTE: "accepté", Sort.REJETE: "rejeté", Sort.EXECUTE: "exécuté", Sort.RETOURNE: "rendu"}
MOTS = dict(IssueRetour.choices)
TONS = {IssueRetour.REGLE: "bon", IssueRetour.NOTE: "actif", IssueRetour.DEJA: "discret", IssueRetour.SANS_OBJET: "discret"}


@gestion("remise_lire")
@require_GET
def remises(request: HttpRequest) -> HttpResponse:
    """All remises, newest first, by keyset."""
    user = visiteur(request)
    rows = remises_visibles(user)
    etat, avant = request.GET.get("etat", ""), request.GET.get("avant", "")
    if etat in EtatRemise.values:
        rows = rows.filter(etat=etat)
    if avant.isdigit():
        rows = rows.filter(pk__lt=int(avant))
    found = list(rows[: PAR_PAGE + 1])
    suivant = f"?etat={etat}&avant={found[PAR_PAGE - 1].pk}" if len(found) > PAR_PAGE else ""
    contexte = {"remises": found[:PAR_PAGE], "etats": EtatRemise.choices, "etat": etat, "suivant": suivant}
    return render(request, "gestion/remises.html", contexte | {"peut_composer": peut(user, "remise_composer")})


@gestion("remise_composer")
@require_http_methods(["GET", "POST"])
def composer(request: HttpRequest) -> HttpResponse:
    """The bordereaux to pay, each with its net and the account it would go to."""
    user = visiteur(request)
    alertes: list[str] = []
    statut, saisie = 200, reprise(request)
    form = RemiseForm(initial=saisie.dict() if saisie is not None else None)
    retenus = None if saisie is None else {int(pk) for pk in saisie.getlist("b") if pk.isdigit()}
    if request.method == "POST":
        exiger_recente(request)
        form, statut = RemiseForm(request.POST), 422
        retenus = {int(pk) for pk in request.POST.getlist("b") if pk.isdigit()}
        if form.is_valid():
            try:
                faite = service.composer(acteur=user, bordereau_ids=list(retenus), **form.cleaned_data)
            except AlerteAConfirmer as error:
                alertes, statut = list(error.alertes.values()), 409
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            except Erreur as error:
                form.add_error(None, " ".join(raisons_de(error)))
            else:
                messages.success(request, f"La remise {faite.numero} est composée : une autre personne doit la signer.")
                return redirect("gestion:remise", faite.numero)
    bordereaux = list(bordereaux_a_virer(user)[:A_VIRER])
    comptes = comptes_en_vigueur(user, [b.collectivite_id for b in bordereaux])
    lignes = [
        {
            "bordereau": b,
            "compte": comptes.get(b.collectivite_id),
            "possible": b.net > 0 and b.collectivite_id in comptes,
            "retenu": b.pk in retenus if retenus is not None else True,
        }
        for b in bordereaux
    ]
    contexte = {"lignes": lignes, "form": form, "alertes": alertes, "total": sum((b.net for b in bordereaux if b.net > 0), Decimal(0))}
    return render(request, "gestion/remise_composer.html", contexte, status=statut)


@gestion("remise_lire")
@require_GET
def remise(request: HttpRequest, numero: str) -> HttpResponse:
    """One remise: its transfers, what each became, and what may be done now."""
    return _remise(request, numero)


def _remise(request: HttpRequest, numero: str, *, constat: tuple[int, ConstatForm] | None = None) -> HttpResponse:
    user = visiteur(request)
    found = remises_visibles(user).get(numero=numero)
    lignes = [
        (v, constat[1] if constat is not None and constat[0] == v.pk else ConstatForm(auto_id=f"c{v.pk}-%s"))
        for v in virements_de_la_remise(user, found)
    ]
    return render(
        request,
        "gestion/remise.html",
        {
            "remise": found,
            "lignes": lignes,
            "peut_signer": peut(user, "remise_signer") and found.etat == EtatRemise.BROUILLON,
            "est_auteur": found.cree_par_id == user.pk,
            "peut_prendre": peut(user, "remise_emettre") and found.etat not in (EtatRemise.BROUILLON, EtatRemise.ABANDONNEE),
            "peut_abandonner": peut(user, "remise_composer") and found.etat in (EtatRemise.BROUILLON, EtatRemise.SIGNEE),
            "peut_constater": peut(user, "retour_importer"),
            "a_constater": (EtatVirement.EMIS, EtatVirement.EXECUTE),
            "retour_page": reverse("gestion:retours"),
        },
        status=422 if constat is not None else 200,
    )


@gestion("remise_signer")
@require_POST
def signer(request: HttpRequest, numero: str) -> HttpResponse:
    exiger_recente(request, reverse("gestion:remise", args=[numero]))
    try:
        service.signer(acteur=visiteur(request), numero=numero)
        messages.success(request, f"La remise {numero} est signée : son fichier peut être donné à la banque.")
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    return redirect("gestion:remise", numero)


@gestion("remise_composer")
@require_POST
def abandonner(request: HttpRequest, numero: str) -> HttpResponse:
    try:
        service.abandonner(acteur=visiteur(request), numero=numero, motif=request.POST.get("motif", ""))
        messages.success(request, f"La remise {numero} est abandonnée : ses bordereaux peuvent entrer dans une autre.")
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    return redirect("gestion:remise", numero)


@gestion("remise_emettre")
@require_POST
def fichier(request: HttpRequest, numero: str) -> HttpResponse:
    """The file for the bank: exactly what was signed."""
    try:
        _, contenu = service.prendre_fichier(acteur=visiteur(request), numero=numero)
    except StockageIndisponible:
        messages.error(request, EN_PANNE)
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    else:
        return _download(contenu, f"{numero}.xml", "application/xml")
    return redirect("gestion:remise", numero)


@gestion("retour_importer")
@require_POST
def constater(request: HttpRequest, numero: str, virement_id: int) -> HttpResponse:
    """What the bank has said of one transfer otherwise than by a file."""
    user = visiteur(request)
    exiger_recente(request, reverse("gestion:remise", args=[numero]))
    virements_de_la_remise(user, remises_visibles(user).get(numero=numero)).get(pk=virement_id)
    form = ConstatForm(request.POST, auto_id=f"c{virement_id}-%s")
    if form.is_valid():
        try:
            fait = service_retours.constater(acteur=user, virement_id=virement_id, **form.cleaned_data)
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            form.add_error(None, " ".join(raisons_de(error)))
        else:
            messages.success(request, f"Virement {fait.reference} : {fait.get_etat_display().lower()}.")
            return redirect("gestion:remise", numero)
    return _remise(request, numero, constat=(virement_id, form))


@gestion("remise_lire")
@require_http_methods(["GET", "POST"])
def retours(request: HttpRequest) -> HttpResponse:
    """What was imported, newest first; and the form that imports."""
    user = visiteur(request)
    form, statut = RetourForm(), 200
    if request.method == "POST":
        exiger_recente(request)
        form, statut = RetourForm(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                lu, nouveau = service_retours.importer(acteur=user, contenu=form.cleaned_data["fichier"].read(POIDS_MAX + 1))
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            except StockageIndisponible:
                form.add_error(None, EN_PANNE)
                statut = 503
            else:
                if not nouveau:
                    messages.info(request, "Ce fichier était déjà importé : rien n’a changé.")
                return redirect("gestion:retour", lu.pk)
    avant = request.GET.get("avant", "")
    rows = retours_visibles(user)
    if avant.isdigit():
        rows = rows.filter(pk__lt=int(avant))
    found = list(rows[: PAR_PAGE + 1])
    suivant = f"?avant={found[PAR_PAGE - 1].pk}" if len(found) > PAR_PAGE else ""
    contexte = {"retours": found[:PAR_PAGE], "suivant": suivant, "form": form, "peut_importer": peut(user, "retour_importer")}
    return render(request, "gestion/retours.html", contexte, status=statut)


@gestion("remise_lire")
@require_GET
def retour(request: HttpRequest, retour_id: int) -> HttpResponse:
    """What one message said, and what was done for each of its lines."""
    lu = retours_visibles(visiteur(request)).get(pk=retour_id)
    lignes = [
        ligne
        | {"sort_mot": SORTS.get(ligne["sort"], ""), "issue_mot": MOTS.get(ligne["issue"], ""), "ton": TONS.get(ligne["issue"], "urgent")}
        for ligne in lu.lignes
    ]
    return render(request, "gestion/retour.html", {"lu": lu, "lignes": lignes})


@gestion("remise_lire")
@require_POST
def retour_fichier(request: HttpRequest, retour_id: int) -> HttpResponse:
    """The message as it came."""
    try:
        lu, contenu = service_retours.fichier_du(acteur=visiteur(request), retour_id=retour_id)
    except (StockageIndisponible, FichierAbsent):
        messages.error(request, EN_PANNE)
        return redirect("gestion:retour", retour_id)
    suffixe, type = ("csv", "text/csv") if lu.genre == "AVIS" else ("xml", "application/xml")
    return _download(contenu, f"retour-{lu.pk}.{suffixe}", type)


def _download(contenu: bytes, nom: str, type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{nom}"', "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(contenu, content_type=type, headers=headers)
