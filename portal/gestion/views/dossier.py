"""The case page: facts and calendar, the document, the checklist, the thread, the money, the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.gate import peut
from accounts.models import User
from cases.enums import FileTravail
from cases.errors import DonneeInvalide
from cases.models import AvisMedecin, Sinistre
from cases.models.avis import QuestionMedecin
from cases.selectors import echeances_ouvertes, notes_du_sinistre, sinistre_visible, taches_du_sinistre, timeline
from cases.selectors_branches import branche_de_tache
from cases.selectors_files import porteurs_possibles
from cases.selectors_soutien import soutiens_visibles
from cases.services.notes import annoter
from documents.enums import EtatDepot, EtatPiece, MotifRefusPiece
from documents.models import ExtraitAdministratif, Piece
from documents.selectors import extraits_du_sinistre, pieces_du_sinistre
from documents.selectors_liens import liens_en_cours
from indemnities.selectors import decomptes_du_sinistre, lignes_en_vigueur
from notifications.selectors_dossier import courriels_du_dossier
from portal import fil
from portal.constats import contexte_dossier as contexte_constats
from portal.depots import ACCEPT, MAX_MEGABYTES, Fichiers, alternatives_de, fichiers_de, libelle_recu
from portal.faits import contexte_faits
from portal.gestion.acces import gestion, visiteur
from portal.gestion.calendrier import INITIALES, jours_des_lignes, legende, mois_du_conge
from portal.gestion.contexte import contexte_de, url_dossier
from portal.gestion.formulaires import AJOUTER_ARRET, DECLARER_REPRISE, LIBELLES
from portal.gestion.parcours import etapes_de, qui_a_la_main
from portal.gestion.relances import contexte_relances
from portal.gestion.selectors import autres_lecteurs
from portal.gestion.services import signaler_consultation
from portal.gestion.views.frais import pages_d_argent
from portal.liens import DUREES
from portal.messages import contexte_messages
from portal.procedures import GESTION
from portal.views_messages import marquer
from portal.views_procedures import contexte_procedures
from portal.visionneuse import phrase_sans_vue, vues_de
from workflows import suites as fins
from workflows.lifecycle import transitions_possibles

FIL_LIMITE = 80
MOIS_OUVERTS = 2


@gestion()
@require_GET
def dossier(request: HttpRequest, numero: str) -> HttpResponse:
    """Everything about one dossier, for whoever decides."""
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    contexte = contexte_de(request, user)
    signaler_consultation(acteur=user, sinistre=sinistre)
    pieces = list(pieces_du_sinistre(user, sinistre))
    courante = _current(pieces, request.GET.get("piece", ""))
    arrets = list(sinistre.arrets.filter(actif=True).order_by("debut", "pk"))
    taches = list(taches_du_sinistre(user, sinistre))
    echeances = list(echeances_ouvertes(sinistre))
    entrees = list(timeline(user, sinistre)[:FIL_LIMITE])
    episodes = list(sinistre.episodes.order_by("rang"))
    payes = jours_des_lignes(ligne.rendue() for ligne in lignes_en_vigueur(user, sinistre))
    mois = mois_du_conge(arrets, sinistre.reprise_effective, payes)
    tache = next((t for t in taches if contexte.tache is not None and t.pk == contexte.tache.pk), taches[0] if taches else None)
    actes = actes_possibles(user, sinistre)
    principal = _main_act(actes, pieces)
    echanges = contexte_messages(user, sinistre, GESTION)
    marquer(request, user, sinistre, echanges)
    return render(
        request,
        "gestion/dossier.html",
        {
            "sinistre": sinistre,
            "contexte": contexte,
            "etapes": etapes_de(sinistre, entrees),
            "tache": tache,
            "procedure": branche_de_tache(tache) if tache is not None else None,
            "geste_final": fins.libelle(tache) if tache is not None else "",
            "main": qui_a_la_main(user, sinistre, taches, pieces, echeances),
            "taches": taches,
            "echeances": echeances,
            **contexte_relances(user, sinistre, echeances, taches),
            "episodes": episodes,
            "pages_d_argent": pages_d_argent(user, sinistre, episodes),
            "arrets": arrets,
            "legende": legende(payes),
            "mois_ouverts": mois[-MOIS_OUVERTS:],
            "mois_repliees": mois[:-MOIS_OUVERTS],
            "initiales": INITIALES,
            "pieces": pieces,
            "piece_courante": courante,
            "extraits": _extracts(user, sinistre, courante),
            **_document(user, sinistre, courante),
            **contexte_faits(user, sinistre),
            "conformes": sum(p.etat == EtatPiece.CONFORME for p in pieces if p.requise),
            "requises": sum(p.requise and p.etat != EtatPiece.SANS_OBJET for p in pieces),
            "piece_suivante": _next(pieces, courante),
            "peut_decider": peut(user, "piece_decider", sinistre),
            "peut_deposer": peut(user, "piece_deposer", sinistre),
            "peut_reclasser": peut(user, "volet_reclasser", sinistre),
            "peut_donner_un_lien": peut(user, "lien_agent_depot", sinistre),
            "motifs_refus": MotifRefusPiece.choices,
            "accept": ACCEPT,
            "max_megaoctets": MAX_MEGABYTES,
            "fil": fil.raconter(entrees),
            "genres_fil": fil.GENRES,
            "notes": list(notes_du_sinistre(user, sinistre)[:20]),
            "peut_annoter": peut(user, "dossier_annoter", sinistre),
            "saisie_note": request.session.pop("note_refusee", ""),
            **echanges,
            "decomptes": list(decomptes_du_sinistre(user, sinistre)),
            "peut_calculer": peut(user, "decompte_calculer", sinistre),
            "peut_approuver": peut(user, "decompte_approuver", sinistre),
            "peut_rejeter": peut(user, "decompte_rejeter", sinistre),
            "avis": _avis(user, sinistre),
            "peut_demander_avis": peut(user, "avis_demander", sinistre),
            "medecins": porteurs_possibles([FileTravail.MEDECIN]) if peut(user, "avis_demander", sinistre) else [],
            "questions": QuestionMedecin.choices,
            "principal": principal,
            "actes": [acte for acte in actes if acte != principal],
            **contexte_procedures(user, sinistre, GESTION),
            **contexte_constats(user, sinistre, GESTION),
            "soutiens": soutiens_visibles(user, sinistre),
            "suites": list(sinistre.suites.order_by("pk")),
            "prevenue": courriels_du_dossier(user, sinistre),
            "lecteurs": autres_lecteurs(user, sinistre),
            "ici": request.get_full_path(),
            "peut_prendre": peut(user, "tache_prendre", sinistre),
            "peut_attribuer": peut(user, "tache_attribuer", sinistre),
        },
    )


def actes_possibles(user: User, sinistre: Sinistre) -> list[tuple[str, str]]:
    """(name, label) of each decision that state and rights allow. A new arrêt has one form, whatever the state it starts from."""
    noms = [nom for nom in transitions_possibles(user, sinistre) if nom != "prolonger"]
    if sinistre.etat not in ("CLOS", "REFUSE", "ANNULE", "EN_MEDIATION") and peut(user, "dossier_ajouter_arret", sinistre):
        noms.append(AJOUTER_ARRET)
    if sinistre.etat not in ("CLOS", "REFUSE", "ANNULE") and peut(user, "dossier_declarer_reprise", sinistre):
        noms.append(DECLARER_REPRISE)
    return [(nom, LIBELLES[nom]) for nom in noms]


def _main_act(actes: Sequence[tuple[str, str]], pieces: Sequence[Piece]) -> tuple[str, str] | None:
    """The decision put forward: validate what is complete, ask for what is missing, else the first that goes forward."""
    complete = all(p.etat in (EtatPiece.CONFORME, EtatPiece.SANS_OBJET) for p in pieces if p.requise)
    order = ["valider"] if complete else ["demander_pieces", "valider"]
    by_name = {acte[0]: acte for acte in actes}
    return next((by_name[nom] for nom in [*order, "lever_refus", "clore", "rouvrir"] if nom in by_name), None)


def _current(pieces: Sequence[Piece], wanted: str) -> Piece | None:
    """The pièce in the middle: the one asked for, else the first to check, else the first that has a file."""
    chosen = next((p for p in pieces if str(p.pk) == wanted), None)
    to_check = next((p for p in pieces if p.etat == EtatPiece.A_CONTROLER and not p.est_medicale), None)
    return chosen or to_check or next((p for p in pieces if _has_file(p)), None) or (pieces[0] if pieces else None)


def _has_file(piece: Piece) -> bool:
    return any(d.etat == EtatDepot.DISPONIBLE for d in piece.depots.all())


def _document(user: User, sinistre: Sinistre, courante: Piece | None) -> dict[str, Any]:
    """What stands in the middle and under the pièce of the moment: its files by version, the documents that suffice, the agent's links."""
    contexte: dict[str, Any] = {"vues": [], "fichiers": Fichiers(), "alternatives": [], "document_recu": "", "liens": []}
    if courante is None:
        return contexte | {"phrase": "Aucune pièce n’est demandée sur ce dossier."}
    if courante.est_medicale:
        liens = [lien for lien in liens_en_cours(user, sinistre) if lien.piece_id == courante.pk]
        return contexte | {"phrase": "Cette pièce est médicale : elle ne se lit que dans la bulle.", "liens": liens, "durees": DUREES}
    fichiers = fichiers_de(courante.depots.all())
    listes = [*fichiers.en_cours, *(depot for version in fichiers.anciennes for depot in version.fichiers)]
    return contexte | {
        "vues": vues_de(listes),
        "phrase": f"« {courante.libelle} » : aucun fichier à montrer." if not listes else phrase_sans_vue(listes),
        "fichiers": fichiers,
        "alternatives": alternatives_de(courante, sinistre.regime),
        "document_recu": libelle_recu(courante),
    }


def _extracts(user: User, sinistre: Sinistre, courante: Piece | None) -> list[ExtraitAdministratif]:
    """What the bulle lets out of the medical pièce in the middle: dates and amounts."""
    if courante is None or not courante.est_medicale:
        return []
    return list(extraits_du_sinistre(user, sinistre).filter(piece=courante))


def _next(pieces: Sequence[Piece], courante: Piece | None) -> Piece | None:
    if courante is None:
        return None
    rang = [p.pk for p in pieces].index(courante.pk)
    return pieces[rang + 1] if rang + 1 < len(pieces) else None


def _avis(user: User, sinistre: Sinistre) -> list[AvisMedecin]:
    """The administrative conclusions only: nothing medical has a place here."""
    if not peut(user, "avis_lire", sinistre):
        return []
    return list(sinistre.avis_medecin.select_related("medecin", "demande_par").order_by("-demande_le", "-pk"))


@gestion()
@require_GET
def fil_complet(request: HttpRequest, numero: str) -> HttpResponse:
    """The whole thread, to read or to print, of one kind or of all."""
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    genre = request.GET.get("genre", "")
    faits = fil.raconter(timeline(user, sinistre)[:2000])
    return render(
        request,
        "gestion/fil.html",
        {
            "sinistre": sinistre,
            "faits": [f for f in faits if f.genre == genre] if genre in fil.GENRES else faits,
            "genre": genre,
            "genres_fil": fil.GENRES,
        },
    )


@gestion()
@require_GET
def lecteurs(request: HttpRequest, numero: str) -> HttpResponse:
    """« Mme Roche consulte »: renews one's own lease and names the others. Asked each minute by the open page."""
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    signaler_consultation(acteur=user, sinistre=sinistre)
    return render(request, "gestion/_lecteurs.html", {"lecteurs": autres_lecteurs(user, sinistre)})


@gestion("dossier_annoter")
@require_POST
def noter(request: HttpRequest, numero: str) -> HttpResponse:
    """An internal note. What was typed comes back when it is refused."""
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    texte = request.POST.get("texte", "")
    try:
        annoter(acteur=user, sinistre=sinistre, texte=texte)
        messages.success(request, "La note interne est enregistrée.")
    except DonneeInvalide as error:
        request.session["note_refusee"] = texte
        messages.error(request, error.message)
    return redirect(url_dossier(numero, contexte_de(request, user, positions=False)) + "#notes")


def rediriger(request: HttpRequest, numero: str, ancre: str = "", **more: Any) -> HttpResponse:
    """Back to the case page, within its list."""
    contexte = contexte_de(request, visiteur(request), positions=False)
    return redirect(url_dossier(numero, contexte, **more) + (f"#{ancre}" if ancre else ""))
