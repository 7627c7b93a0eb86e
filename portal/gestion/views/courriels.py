"""« Boîte d’envoi » and « À joindre autrement »: every e-mail and what became of it, what a person decides of those that did not arrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.gate import peut
from accounts.models import Collectivite, User
from cases.enums import GenreTache
from cases.errors import AlerteAConfirmer, DejaPris, DonneeInvalide, Erreur
from cases.models import Tache
from notifications import defauts
from notifications.enums import EN_DEFAUT, EtatCourriel, GenreCourriel
from notifications.models import AdresseEnDefaut, Courriel
from notifications.rendering import ecrire
from notifications.selectors import adresses_en_defaut, adresses_refusees, courriels_visibles, du_dossier, porteurs_de
from notifications.selectors_injoignables import collectivites_a_joindre, collectivites_injoignables, dossiers_a_joindre
from portal.errors import raisons_de, statut_de
from portal.gestion import menus
from portal.gestion.acces import gestion, visiteur

PAR_PAGE = 50
INJOIGNABLES = 100
"""Collectivités shown that nobody can tell anything: once a few have been mended, the others come."""
A_TRAITER = "a-traiter"
FILTRES = {A_TRAITER: "À traiter", **dict(EtatCourriel.choices)}

CONSERVE = "Il est conservé ici, sans partir : aucun serveur de messagerie n’est branché."
PHRASES = {
    EtatCourriel.A_ENVOYER: "Il attend de partir.",
    EtatCourriel.EN_COURS: "Il part en ce moment.",
    EtatCourriel.ENVOYE: "Le serveur de messagerie l’a accepté.",
    EtatCourriel.INCERTAIN: "Nul ne sait s’il est arrivé : la liaison s’est perdue après sa remise. Il n’est jamais renvoyé de lui-même.",
    EtatCourriel.ABANDONNE: "Il n’est pas parti : le serveur l’a refusé, ou ne l’a pas pris malgré tous les essais.",
    EtatCourriel.REJETE: "Il n’est pas arrivé : le serveur du destinataire l’a rendu, ou le destinataire s’en est plaint.",
    EtatCourriel.SANS_OBJET: "Il n’avait plus rien à dire au moment de partir : il n’a pas été envoyé.",
}


@gestion("courriels_lire")
@require_GET
def boite_envoi(request: HttpRequest) -> HttpResponse:
    """E-mails by state and by dossier, newest first; the counts of states and those of the menu are one query."""
    etat, numero, avant = (request.GET.get(name, "").strip() for name in ("etat", "dossier", "avant"))
    etat, numero = etat if etat in FILTRES else "", numero[:20]
    visibles = courriels_visibles(visiteur(request))
    if numero:
        visibles = du_dossier(visibles, numero)
    counts = menus.comptes(request, *((f"courriels-{code}", _of_state(visibles, code)) for code in FILTRES))
    rows = _of_state(visibles, etat)
    if avant.isdigit():
        rows = rows.filter(pk__lt=min(int(avant), 2**63 - 1))
    found = list(rows[: PAR_PAGE + 1])
    dossier = f"&dossier={numero}" if numero else ""
    context = {
        "courriels": found[:PAR_PAGE],
        "etats": [(code, libelle, counts[f"courriels-{code}"]) for code, libelle in FILTRES.items()],
        "etat": etat,
        "dossier": numero,
        "dossier_suite": dossier,
        "suivant": f"?avant={found[PAR_PAGE - 1].pk}&etat={etat}{dossier}" if len(found) > PAR_PAGE else "",
        "peut_adresses": peut(visiteur(request), "adresses_traiter"),
        "injoignables": list(collectivites_injoignables(visiteur(request))[:INJOIGNABLES]),
    }
    return render(request, "gestion/boite_envoi.html", context)


def _of_state(rows: QuerySet[Courriel], code: str) -> QuerySet[Courriel]:
    if code == A_TRAITER:
        return rows.filter(etat__in=EN_DEFAUT, vu_le__isnull=True).exclude(genre=GenreCourriel.COMPTE)
    return rows.filter(etat=code) if code else rows


@gestion("courriels_lire")
@require_GET
def courriel(request: HttpRequest, courriel_id: int) -> HttpResponse:
    return _page(request, courriel_id)


def _page(request: HttpRequest, courriel_id: int, *, statut: int = 200, **saisie: Any) -> HttpResponse:
    """One e-mail: its words as they left, or as they would leave now; what it carries; what may be decided."""
    user = visiteur(request)
    found = courriels_visibles(user).select_related("vu_par", "renvoi_de").get(pk=courriel_id)
    attend = found.etat in (EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS)
    ecrit = ecrire(found) if attend else None
    defaut = found.etat in EN_DEFAUT and found.genre != GenreCourriel.COMPTE
    context = {
        "courriel": found,
        "phrase": CONSERVE if found.conserve else PHRASES[EtatCourriel(found.etat)],
        "attend": attend,
        "objet": ecrit.objet if ecrit is not None else found.objet,
        "texte": ecrit.texte if ecrit is not None else found.texte,
        "annonces": found.annonces.select_related("sinistre").order_by("pk"),
        "renvois": found.renvois.order_by("pk"),
        "adresse_refusee": bool(adresses_en_defaut([found.adresse])),
        "a_decider": defaut and found.vu_le is None and peut(user, "courriels_traiter"),
        "incertain": found.etat == EtatCourriel.INCERTAIN,
        "saisie": {"alertes": [], "raison": "", "commentaire": "", "erreur": "", **saisie},
    }
    return render(request, "gestion/courriel.html", context, status=statut)


@gestion("courriels_traiter")
@require_POST
def renvoyer(request: HttpRequest, courriel_id: int) -> HttpResponse:
    """Send again; for one that may have arrived, after a card that says so and keeps the reason."""
    raison = request.POST.get("raison", "")
    try:
        suivant = defauts.renvoyer(acteur=visiteur(request), courriel_id=courriel_id, raison=raison)
    except AlerteAConfirmer as error:
        return _page(request, courriel_id, statut=409, alertes=raisons_de(error))
    except Erreur as error:
        return _declined(request, courriel_id, error, raison=raison)
    messages.success(request, "Le courriel part de nouveau : ce qu’il dit est relu au moment de partir.")
    return redirect("gestion:courriel", suivant.pk)


@gestion("courriels_traiter")
@require_POST
def classer(request: HttpRequest, courriel_id: int) -> HttpResponse:
    commentaire = request.POST.get("commentaire", "")
    try:
        defauts.classer(acteur=visiteur(request), courriel_id=courriel_id, commentaire=commentaire)
    except DonneeInvalide as error:
        return _page(request, courriel_id, statut=422, commentaire=commentaire, erreur=" ".join(raisons_de(error)))
    except Erreur as error:
        return _declined(request, courriel_id, error, commentaire=commentaire)
    messages.success(request, "Le courriel est classé.")
    return redirect(f"{reverse('gestion:boite-envoi')}?etat={A_TRAITER}")


def _declined(request: HttpRequest, courriel_id: int, error: Erreur, **saisie: str) -> HttpResponse:
    """The page as it stands now, with why nothing was done; what was typed is kept."""
    messages.error(request, " ".join(raisons_de(error)))
    return _page(request, courriel_id, statut=statut_de(error), **saisie)


# -- addresses ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ligne:
    """One refused address, whose it is today, and what was just typed about it."""

    defaut: AdresseEnDefaut
    porteurs: list[str]
    a_clore: bool
    commentaire: str = ""
    erreur: str = ""


@gestion("adresses_traiter")
@require_GET
def adresses(request: HttpRequest) -> HttpResponse:
    return _addresses(request)


def _addresses(request: HttpRequest, fautive: tuple[int, str, str] | None = None) -> HttpResponse:
    """Whom no e-mail reaches: collectivités and dossiers on the first page, then the refused addresses, the last one first, PAR_PAGE a
    page. Eight queries whatever their number."""
    user, avant = visiteur(request), request.GET.get("avant", "")
    rows = _with_items(adresses_refusees(user))
    if avant.isdigit():
        rows = rows.filter(pk__lt=min(int(avant), 2**63 - 1))
    found = list(rows[: PAR_PAGE + 1])
    porteurs = porteurs_de(defaut.adresse for defaut in found)
    lignes = [
        Ligne(
            defaut,
            porteurs[defaut.adresse],
            bool(getattr(defaut, "en_file", False)) and not porteurs[defaut.adresse],
            *(fautive[1:] if fautive and fautive[0] == defaut.pk else ()),
        )
        for defaut in found[:PAR_PAGE]
    ]
    premiere = not avant.isdigit()
    collectivites = list(collectivites_a_joindre(user)[: INJOIGNABLES + 1]) if premiere else []
    dossiers = list(dossiers_a_joindre(user)[: INJOIGNABLES + 1]) if premiere else []
    context = {
        "lignes": lignes,
        "suivant": f"?avant={found[PAR_PAGE - 1].pk}" if len(found) > PAR_PAGE else "",
        "collectivites": [(une, _why_unreachable(une)) for une in collectivites[:INJOIGNABLES]],
        "dossiers": dossiers[:INJOIGNABLES],
        "encore": max(len(collectivites), len(dossiers)) > INJOIGNABLES,
    }
    return render(request, "gestion/a_joindre.html", context, status=422 if fautive else 200)


def _why_unreachable(collectivite: Collectivite) -> str:
    if getattr(collectivite, "a_des_gens", False):
        return "ceux qui y ont un compte ont une adresse qui refuse nos courriels"
    return "pas de compte, et l’adresse de contact refuse nos courriels" if collectivite.email else "ni compte, ni adresse de contact"


def _with_items(rows: QuerySet[AdresseEnDefaut]) -> QuerySet[AdresseEnDefaut]:
    items = Tache.objects.filter(fermee_le__isnull=True, genre=GenreTache.CORRIGER_ADRESSE, objet_type="adresse", objet_id=OuterRef("pk"))
    return rows.annotate(en_file=Exists(items))


@gestion("adresses_traiter")
@require_POST
def retablir(request: HttpRequest, adresse_id: int) -> HttpResponse:
    commentaire = request.POST.get("commentaire", "")

    def act(user: User) -> None:
        defauts.lever(acteur=user, adresse_id=adresse_id, commentaire=commentaire)

    try:
        return _done(request, act, "L’adresse est rétablie : ce qui l’attendait part dans les six heures.")
    except DonneeInvalide as error:
        return _addresses(request, (adresse_id, commentaire, " ".join(raisons_de(error))))


@gestion("adresses_traiter")
@require_POST
def clore_correction(request: HttpRequest, adresse_id: int) -> HttpResponse:
    def act(user: User) -> None:
        defauts.clore_correction(acteur=user, adresse_id=adresse_id)

    return _done(request, act, "C’est noté : l’adresse reste refusée, au cas où elle reviendrait.")


def _done(request: HttpRequest, act: Callable[[User], None], succes: str) -> HttpResponse:
    """Do it and go back to the list, which says how things stand when somebody was faster. Raises DonneeInvalide."""
    try:
        act(visiteur(request))
    except DonneeInvalide:
        raise
    except DejaPris as error:
        messages.info(request, error.message)
    except Erreur as error:
        messages.error(request, error.message)
    else:
        messages.success(request, succes)
    return redirect("gestion:adresses-refusees")
