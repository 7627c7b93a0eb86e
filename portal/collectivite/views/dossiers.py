"""The dossiers of the user's collectivités: list, page, prolongation, return."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gate import peut
from cases.enums import OUVERTS, Etat
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, VersionPerimee
from cases.models import Sinistre
from cases.selectors_soutien import soutiens_visibles
from contracts.text import search_key
from documents.enums import EtatPiece
from documents.selectors import pieces_du_sinistre
from documents.services import faits as service_faits
from notifications.selectors_dossier import dits_a_la_collectivite
from portal.collectivite import selectors
from portal.collectivite.acces import porte, visiteur
from portal.collectivite.fil import fil
from portal.collectivite.forms import ProlongationForm, RechercheDossierForm, RepriseForm
from portal.collectivite.lignes import lignes_pieces
from portal.collectivite.situation import situation
from portal.collectivite.views.accueil import contexte_boites, entier
from portal.constats import contexte_dossier as contexte_constats
from portal.faits import contexte_faits
from portal.liens import DUREES
from portal.messages import contexte_messages
from portal.presentation import changement_de_pieces
from portal.procedures import COLLECTIVITE
from portal.views_messages import marquer
from portal.views_procedures import contexte_procedures
from workflows import lifecycle

VUES: dict[str, tuple[str, tuple[str, ...]]] = {
    "en-cours": ("En cours", OUVERTS),
    "termines": ("Terminés", (Etat.CLOS, Etat.REFUSE, Etat.ANNULE)),
    "tous": ("Tous", ()),
}
RECHERCHES = "recherches_collectivite"
"""Session key: searches are kept there under an opaque id, since nothing personal stands in an address."""
MAX_RECHERCHES = 10

PROLONGEABLES = (Etat.DECLARE, Etat.PIECES_EN_ATTENTE, Etat.VALIDE, Etat.REMBOURSE, Etat.ROUVERT)


@porte
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    cle = request.GET.get("recherche", "")
    texte = request.session.get(RECHERCHES, {}).get(cle, "")
    vue = request.GET.get("vue", "tous" if texte else "en-cours")
    if vue not in VUES:
        vue = "en-cours"
    page = list(selectors.chercher(user, etats=VUES[vue][1], texte=texte, avant=entier(request.GET.get("avant")))[: selectors.PAGE + 1])
    suite = page[selectors.PAGE - 1].pk if len(page) > selectors.PAGE else None
    page = page[: selectors.PAGE]
    ids = [sinistre.pk for sinistre in page]
    pieces, decomptes = selectors.resume_pieces(ids), selectors.etats_decomptes(ids)
    lignes = [(s, situation(s, pieces.get(s.pk, selectors.ResumePieces()), decomptes.get(s.pk, set()))) for s in page]
    return render(
        request,
        "collectivite/dossiers.html",
        {
            "lignes": lignes,
            "vues": [(code, libelle) for code, (libelle, _) in VUES.items()],
            "vue": vue,
            "recherche": cle if texte else "",
            "texte": texte,
            "suite": suite,
            "form": RechercheDossierForm(initial={"q": texte}),
            "plusieurs": len(set(user.collectivite_ids)) > 1,
        },
    )


@porte
@require_POST
def rechercher(request: HttpRequest) -> HttpResponse:
    """Keep what is searched under an opaque id, and show the list."""
    form = RechercheDossierForm(request.POST)
    if not form.is_valid() or not search_key(form.cleaned_data["q"]):
        return redirect("collectivite:dossiers")
    cle = secrets.token_urlsafe(8)
    gardees = list(request.session.get(RECHERCHES, {}).items())[-MAX_RECHERCHES + 1 :]
    request.session[RECHERCHES] = dict([*gardees, (cle, form.cleaned_data["q"])])
    return redirect(f"{reverse('collectivite:dossiers')}?recherche={cle}")


@porte
@require_GET
def dossier(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    sinistre = selectors.mon_sinistre(user, numero)
    echanges = contexte_messages(user, sinistre, COLLECTIVITE)
    marquer(request, user, sinistre, echanges)
    dits = {"courriels_dits": dits_a_la_collectivite(user, sinistre)}
    return render(request, "collectivite/dossier.html", contexte_dossier(request, sinistre) | echanges | dits)


@porte
@require_GET
def declare(request: HttpRequest, numero: str) -> HttpResponse:
    """The end of the wizard: the number, and what is still missing."""
    sinistre = selectors.mon_sinistre(visiteur(request), numero)
    return render(request, "collectivite/declare.html", contexte_dossier(request, sinistre))


@porte
@require_GET
def piece(request: HttpRequest, numero: str, piece_id: int) -> HttpResponse:
    """One paper: its own page, to which an e-mail may lead; for htmx its article alone, drawn anew once a file has its answer."""
    user = visiteur(request)
    une = selectors.ma_piece(user, numero, piece_id)
    (ligne,) = lignes_pieces(user, une.sinistre, pieces_du_sinistre(user, une.sinistre).filter(pk=une.pk))
    if request.headers.get("HX-Request") != "true":
        gabarit = "collectivite/piece.html"
    else:
        gabarit = "collectivite/_piece_medicale.html" if une.est_medicale else "collectivite/_piece.html"
    return render(request, gabarit, {"ligne": ligne, "sinistre": une.sinistre, "durees": DUREES, **contexte_boites()})


def contexte_dossier(request: HttpRequest, sinistre: Sinistre) -> dict[str, Any]:
    user = visiteur(request)
    pieces = selectors.resume_pieces([sinistre.pk]).get(sinistre.pk, selectors.ResumePieces())
    decomptes = selectors.etats_decomptes([sinistre.pk]).get(sinistre.pk, set())
    lignes = lignes_pieces(user, sinistre, pieces_du_sinistre(user, sinistre).exclude(etat=EtatPiece.SANS_OBJET))
    ouvert = sinistre.etat in PROLONGEABLES
    return {
        "sinistre": sinistre,
        "situation": situation(sinistre, pieces, decomptes),
        "arrets": list(sinistre.arrets.filter(actif=True).order_by("debut")),
        "a_envoyer": [x for x in lignes if x.piece.est_attendue and not x.piece.est_medicale],
        "envoyees": [x for x in lignes if not x.piece.est_attendue and x.piece.requise and not x.piece.est_medicale],
        "facultatives": [x for x in lignes if not x.piece.requise and not x.piece.est_medicale],
        "medicales": [x for x in lignes if x.piece.est_medicale],
        "durees": DUREES,
        **contexte_faits(user, sinistre),
        "decomptes": list(selectors.mes_decomptes(user, sinistre)),
        "conclusions": list(selectors.conclusions(user, sinistre)),
        "fil": fil(user, sinistre),
        **contexte_procedures(user, sinistre, COLLECTIVITE),
        **contexte_constats(user, sinistre, COLLECTIVITE),
        "soutiens": soutiens_visibles(user, sinistre),
        "peut_prolonger": ouvert and sinistre.reprise_effective is None and peut(user, "dossier_ajouter_arret", sinistre),
        "peut_dire_reprise": (
            sinistre.etat in OUVERTS and sinistre.reprise_effective is None and peut(user, "dossier_declarer_reprise", sinistre)
        ),
        **contexte_boites(),
    }


@porte
@require_http_methods(["GET", "POST"])
def prolonger(request: HttpRequest, numero: str) -> HttpResponse:
    """A new certificate. A probable mistake shows an interruption card; nothing typed is lost."""
    user = visiteur(request)
    sinistre = selectors.mon_sinistre(user, numero)
    dernier = sinistre.arrets.filter(actif=True).exclude(genre="TPT").order_by("-fin").first()
    alertes: list[str] = []
    statut = 200
    if request.method == "POST":
        donnees = request.POST.copy()
        form = ProlongationForm(donnees, survenance=sinistre.survenance)
        statut = 422
        if form.is_valid():
            try:
                lifecycle.ajouter_arret(
                    acteur=user,
                    numero=numero,
                    arret=form.arret(),  # type: ignore[arg-type]  # the three dates are required
                    alertes_assumees=form.cleaned_data["alertes_assumees"],
                    version=form.cleaned_data["version"],
                )
            except AlerteAConfirmer as error:
                alertes, statut = list(error.alertes.values()), 409
            except VersionPerimee as error:
                form.add_error(None, f"{error.message} Relisez vos dates, puis envoyez de nouveau.")
                donnees["version"] = str(error.version)
                statut = 409
            except DonneeInvalide as error:
                form.blame(error)
            except Erreur as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, "La prolongation est enregistrée. Déposez maintenant le certificat.")
                return redirect("collectivite:dossier", numero=numero)
    else:
        suivant = dernier.fin + dt.timedelta(days=1) if dernier is not None else None
        form = ProlongationForm(survenance=sinistre.survenance, initial={"debut": suivant, "version": sinistre.version})
    contexte = {"sinistre": sinistre, "form": form, "dernier": dernier, "alertes": alertes}
    return render(request, "collectivite/prolonger.html", contexte, status=statut)


@porte
@require_POST
def faits(request: HttpRequest, numero: str) -> HttpResponse:
    """What is true of the dossier; the list of its documents follows at once."""
    user = visiteur(request)
    sinistre = selectors.mon_sinistre(user, numero)
    try:
        changement = service_faits.declarer(acteur=user, sinistre=sinistre, faits=request.POST.getlist("faits"))
        messages.success(request, changement_de_pieces(len(changement.gagnees), len(changement.retirees)))
    except Erreur as error:
        messages.error(request, error.message)
    return redirect("collectivite:dossier", numero=numero)


@porte
@require_http_methods(["GET", "POST"])
def reprise(request: HttpRequest, numero: str) -> HttpResponse:
    """The effective return, once it has happened."""
    user = visiteur(request)
    sinistre = selectors.mon_sinistre(user, numero)
    form = RepriseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            lifecycle.declarer_reprise(acteur=user, numero=numero, le=form.cleaned_data["le"])
        except DonneeInvalide as error:
            form.add_error("le", error.champs.get("le") or [error.message])
        except Erreur as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "La reprise est enregistrée : le centre de gestion va clore le dossier.")
            return redirect("collectivite:dossier", numero=numero)
    statut = 422 if request.method == "POST" else 200
    return render(request, "collectivite/reprise.html", {"sinistre": sinistre, "form": form}, status=statut)
