"""The gestionnaire de bulle looks at medical pièces: their form and dates, invoices, and papers misfiled outside."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from cases.errors import Erreur
from cases.models import Sinistre
from cases.selectors import sinistres_visibles
from documents.enums import EtatPiece, Stade
from documents.models import Piece
from documents.scan import ACCEPTED
from documents.selectors import extraits_du_sinistre
from medical import selectors_dossiers
from medical.enums import EtatFichier, GenreFichier
from medical.errors import Indisponible
from medical.models import Fichier
from medical.selectors import fichier_lisible, volets_sans_dossier
from medical.services import controles, depots, factures, reclassement
from portal.bulle import envois, ouverture, selectors, vues
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms import ConformeForm, FactureForm, NumeroForm, RefusForm, VoletForm
from portal.bulle.ouverture import Contexte, session_de


@reserve_a(Role.GESTIONNAIRE_BULLE)
@require_GET
def file(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    lignes = selectors.a_controler(user)
    contexte = {"lignes": lignes, "complete": len(lignes) < selectors.MAX_A_CONTROLER, "orphelins": list(volets_sans_dossier(user)[:50])}
    return render(request, "bulle/controles.html", contexte)


@reserve_a(Role.GESTIONNAIRE_BULLE)
@never_cache
@require_http_methods(["GET", "POST"])
def une_piece(request: HttpRequest, piece_id: int) -> HttpResponse:
    """The files of one medical pièce, and the decision: conforme with its dates, or refused for its form."""
    user, piece = visiteur(request), selectors.piece_attendue(visiteur(request), piece_id)
    fermee = ouverture.demander(request, piece.sinistre)
    if fermee is not None:
        return fermee
    acte = request.POST.get("acte", "")
    conforme = ConformeForm(request.POST if acte == "conforme" else None)
    refus = RefusForm(request.POST if acte == "refuser" else None)
    statut = 200
    if request.method == "POST":
        choisi: ConformeForm | RefusForm = conforme if acte == "conforme" else refus
        statut = 422
        if choisi.is_valid():
            champs = {"extrait": conforme.extrait()} if acte == "conforme" else refus.cleaned_data
            try:
                controles.decider(acteur=user, piece=piece, session=session_de(request), conforme=acte == "conforme", **champs)
            except Erreur as error:
                statut = ouverture.retenir(choisi, error)
            else:
                dehors = "conforme" if acte == "conforme" else "refusée"
                messages.success(request, f"« {piece.libelle} » est {dehors}. Dehors, on ne lit que cela.")
                return redirect("bulle:controles")
    return _render_piece(request, piece, {"conforme": conforme, "refus": refus, "facture": FactureForm()}, statut)


@reserve_a(Role.GESTIONNAIRE_BULLE)
@never_cache
@require_POST
def facture(request: HttpRequest, piece_id: int) -> HttpResponse:
    """Key one invoice of a pièce, or the correction of one."""
    user, piece = visiteur(request), selectors.piece_attendue(visiteur(request), piece_id)
    fermee = ouverture.demander(request, piece.sinistre)
    if fermee is not None:
        return fermee
    form, statut = FactureForm(request.POST), 422
    fichier = selectors_dossiers.fichiers_de_la_piece(user, piece.sinistre, piece.pk).filter(etat=EtatFichier.DISPONIBLE).first()
    if form.is_valid():
        donnees = form.cleaned_data
        try:
            saisies = factures.lire(acteur=user, piece=piece, session=session_de(request))
            corrige = next((lue.facture for lue in saisies if str(lue.facture.pk) == request.POST.get("corrige")), None)
            factures.saisir(
                acteur=user,
                fichier=fichier,
                session=session_de(request),
                praticien=donnees["praticien"],
                actes=donnees["actes"],
                extrait=form.extrait(),
                corrige=corrige,
            )
        except Erreur as error:
            statut = ouverture.retenir(form, error)
        else:
            messages.success(request, "La facture est saisie : seuls ses dates et son montant sortent de la bulle.")
            return redirect("bulle:controle", piece_id=piece.pk)
    return _render_piece(request, piece, {"conforme": ConformeForm(), "refus": RefusForm(), "facture": form}, statut)


def _render_piece(request: HttpRequest, piece: Piece, forms: Contexte, statut: int) -> HttpResponse:
    user = visiteur(request)
    notes: list[factures.FactureLue] = []
    indisponible = ""
    if piece.stade == Stade.FRAIS:
        try:
            notes = factures.lire(acteur=user, piece=piece, session=session_de(request))
        except Indisponible as error:
            indisponible = error.message
    fichiers = selectors_dossiers.nommes(selectors_dossiers.fichiers_de_la_piece(user, piece.sinistre, piece.pk))
    factures_ids = [note.extrait.pk for note in notes]
    contexte = {
        "piece": piece,
        "sinistre": piece.sinistre,
        "est_facture": piece.stade == Stade.FRAIS,
        "vues": vues.vues_de(fichiers),
        "en_attente": vues.attend(fichiers),
        "a_decider": any(f.fichier.etat == EtatFichier.DISPONIBLE for f in fichiers) and piece.etat != EtatPiece.SANS_OBJET,
        "peut_recevoir": piece.etat not in (EtatPiece.CONFORME, EtatPiece.SANS_OBJET),
        "extraits": list(extraits_du_sinistre(user, piece.sinistre).filter(piece=piece).exclude(pk__in=factures_ids)),
        "factures": [note for note in notes if not note.corrigee],
        "corrige": request.POST.get("corrige") or request.GET.get("corrige", ""),
        "indisponible": indisponible,
        "accept": ",".join(ACCEPTED),
        **forms,
    }
    return render(request, "bulle/controle.html", contexte, status=statut)


@reserve_a(Role.GESTIONNAIRE_BULLE)
@require_http_methods(["PUT"])
@envois.json_refusals
def numeriser(request: HttpRequest, piece_id: int) -> JsonResponse:
    """The scan of a medical paper, as the body of a PUT: encrypted as it comes."""
    piece = selectors.piece_attendue(visiteur(request), piece_id)
    depots.deposer_pour_piece(acteur=visiteur(request), piece=piece, annonce=envois.annonce(request), morceaux=envois.morceaux(request))
    return envois.recu()


@reserve_a(Role.GESTIONNAIRE_BULLE)
@never_cache
@require_http_methods(["GET", "POST"])
def volet(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A paper misfiled outside: to the pièce it answers, or away. One without a dossier is given its dossier's number first."""
    user = visiteur(request)
    try:
        fichier = fichier_lisible(user, uid)
    except Fichier.DoesNotExist as error:
        raise Http404 from error
    if fichier.genre != GenreFichier.VOLET:
        raise Http404
    if fichier.sinistre is not None:
        fermee = ouverture.demander(request, fichier.sinistre)
        if fermee is not None:
            return fermee
    numero = NumeroForm(request.POST if "numero" in request.POST else None)
    sinistre = fichier.sinistre or _by_number(request, numero)
    pieces = _takes(sinistre) if sinistre is not None else []
    form = VoletForm(request.POST if "place" in request.POST else None, pieces=pieces)
    statut = 200
    if "place" in request.POST:
        statut = 422
        if form.is_valid():
            place = form.cleaned_data["place"]
            piece = next((piece for piece in pieces if f"piece-{piece.pk}" == place), None)
            try:
                reclassement.refiler(acteur=user, fichier=fichier, piece=piece, motif="" if piece is not None else place)
            except Erreur as error:
                statut = ouverture.retenir(form, error)
            else:
                messages.success(request, "Le document a trouvé sa place." if piece is not None else "Le document est détruit.")
                return redirect("bulle:controles")
    nommes = selectors_dossiers.nommes([fichier])
    contexte = {
        "fichier": fichier,
        "sinistre": sinistre,
        "vues": vues.vues_de(nommes),
        "en_attente": vues.attend(nommes),
        "form": form,
        "numero": numero,
    }
    return render(request, "bulle/volet.html", contexte, status=statut)


def _by_number(request: HttpRequest, form: NumeroForm) -> Sinistre | None:
    if not form.is_bound or not form.is_valid():
        return None
    visibles = sinistres_visibles(visiteur(request), "piece_medicale_controler").select_related("agent", "collectivite")
    found = visibles.filter(numero=form.cleaned_data["numero"].strip()).first()
    if found is None:
        form.add_error("numero", "Aucun dossier ne porte ce numéro.")
    return found


def _takes(sinistre: Sinistre) -> list[Piece]:
    """The medical pièces of a dossier for which a paper may still come."""
    pieces = Piece.objects.filter(sinistre=sinistre, visibilite="M").exclude(etat__in=[EtatPiece.CONFORME, EtatPiece.SANS_OBJET])
    return list(pieces.select_related("sinistre").order_by("exigence__ordre", "pk"))
