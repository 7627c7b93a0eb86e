"""The corbeille d’arrivée: late paper waits here until somebody files it to a dossier, or says why it goes nowhere."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import Collectivite, User
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from cases.services import taches
from documents.enums import Canal, EtatDepot, EtatPiece
from documents.models import Courrier, Depot, Piece
from documents.services import versions
from documents.services.checklist import follow
from journal.services import annoncer, consigner


def enregistrer(
    *,
    acteur: User,
    canal: str,
    expediteur: str,
    objet: str,
    recu_le: dt.date,
    collectivite: Collectivite | None = None,
    depot: Depot | None = None,
) -> Courrier:
    """Put a paper into the corbeille, with its scan when there is one. Raises DonneeInvalide."""
    exiger(acteur, "corbeille_traiter")
    erreurs: dict[str, list[str]] = {}
    if canal not in Canal.values:
        erreurs["canal"] = ["Choisissez comment ce courrier est arrivé."]
    if not expediteur.strip():
        erreurs["expediteur"] = ["Dites de qui vient ce courrier."]
    if not objet.strip():
        erreurs["objet"] = ["Dites ce que c’est, en quelques mots."]
    if recu_le > timezone.localdate():
        erreurs["recu_le"] = ["La date de réception est à venir."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    with transaction.atomic():
        courrier = Courrier.objects.create(
            canal=canal,
            expediteur=expediteur.strip()[:200],
            objet=objet.strip()[:200],
            recu_le=recu_le,
            collectivite=collectivite,
            depot=depot,
            saisi_par=acteur,
        )
        taches.ouvrir(genre=GenreTache.TRAITER_COURRIER, sinistre=None, objet_type="courrier", objet_id=courrier.pk)
        _consigner(acteur, "courrier.recu", courrier)
        annoncer(type="courrier.recu", objet_type="courrier", objet_id=courrier.pk)
    return courrier


def classer(*, acteur: User, courrier: Courrier, sinistre: Sinistre, piece: Piece | None = None) -> Courrier:
    """File a paper to a dossier; with `piece`, its scan answers that pièce, which is then to be checked.

    Raises DonneeInvalide when the pièce belongs elsewhere or is medical, Erreur when the paper is filed already.
    """
    exiger(acteur, "corbeille_traiter")
    exiger(acteur, "piece_deposer", sinistre)
    if piece is not None and piece.sinistre_id != sinistre.pk:
        raise DonneeInvalide.sur("piece", "Cette pièce n’est pas de ce dossier.")
    if piece is not None and piece.est_medicale:
        raise DonneeInvalide.sur("piece", "Cette pièce est médicale : remettez le papier au gestionnaire de bulle.")
    with transaction.atomic():
        locked = Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=sinistre.pk)
        fresh = _lock(courrier)
        fresh.sinistre, fresh.piece = locked, piece
        _file_away(acteur, fresh, "classe")
        if piece is not None:
            _answer(fresh, piece, locked)
        _consigner(acteur, "courrier.classe", fresh)
    return fresh


def _answer(courrier: Courrier, piece: Piece, sinistre: Sinistre) -> None:
    """The paper answers the pièce: its scan becomes the pièce's file; without a scan it is there on paper."""
    if courrier.depot_id is None:
        Piece.objects.filter(pk=piece.pk).exclude(etat=EtatPiece.CONFORME).update(
            etat=EtatPiece.A_CONTROLER, recue_le=timezone.now(), sur_papier=True, motif_refus="", message_refus=""
        )
        follow(sinistre)
        return
    # Its check may end at this very moment: under the lock, one of the two sees what the other did.
    depot = Depot.objects.select_for_update(of=("self",)).get(pk=courrier.depot_id)
    depot.piece = Piece.objects.get(pk=piece.pk)
    depot.version = versions.meant_for(depot.piece, remplacer=False, version_vue=None)
    depot.save(update_fields=["piece", "version"])
    if depot.etat == EtatDepot.DISPONIBLE:
        versions.available(depot, sinistre)
    elif depot.etat == EtatDepot.CONTROLE:
        versions.on_its_way(piece.pk)


def laisser_sans_suite(*, acteur: User, courrier: Courrier, motif: str) -> Courrier:
    """File a paper that belongs to no dossier, with the reason."""
    exiger(acteur, "corbeille_traiter")
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi ce courrier reste sans suite.")
    with transaction.atomic():
        fresh = _lock(courrier)
        fresh.sans_suite = motif.strip()[:200]
        _file_away(acteur, fresh, "sans_suite")
        _consigner(acteur, "courrier.sans_suite", fresh, motif)
    return fresh


def _lock(courrier: Courrier) -> Courrier:
    fresh = Courrier.objects.select_for_update(of=("self",)).select_related("depot").get(pk=courrier.pk)
    if fresh.classe_le is not None:
        raise Erreur("Ce courrier est déjà classé.")
    return fresh


def _file_away(acteur: User, courrier: Courrier, issue: str) -> None:
    courrier.classe_le, courrier.classe_par = timezone.now(), acteur
    courrier.save(update_fields=["sinistre", "piece", "sans_suite", "classe_le", "classe_par"])
    taches.fermer_objet(genre=GenreTache.TRAITER_COURRIER, objet_type="courrier", objet_id=courrier.pk, issue=issue)


def _consigner(acteur: User, action: str, courrier: Courrier, motif: str = "") -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="courrier",
        objet_id=courrier.pk,
        sinistre_id=courrier.sinistre_id,
        motif=motif,
        donnees={"canal": courrier.canal},
    )
