"""A document received outside by error enters the bulle, and leaves the outside; then the gestionnaire de bulle finds its place.

The outside has already lost it (documents.services.reclassement: no address, no name, nothing to see). Here its bytes are encrypted into
the medical bucket, opened again and compared; only then are they erased from the administrative one. Killed between any two steps, it
begins again and finds what is done: never both lost, never two rows.
"""

from __future__ import annotations

import hashlib
import logging

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from cases.services import taches
from documents import storage
from documents.annonces import Annonce
from documents.enums import EtatDepot, GenreAnomalie
from documents.models import Depot, Piece
from documents.services.anomalies import signaler
from journal.services import consigner
from medical.enums import EtatFichier, GenreFichier, IssueVolet
from medical.errors import ContenuAbsent, ContenuAltere, Indisponible
from medical.models import Fichier
from medical.selectors import fichier_lisible
from medical.services.anomalies import constater_illisible
from medical.services.controles_fichiers import ask_to_check, detruire_contenu, lire_en_memoire
from medical.services.depots import chiffre, enregistrer, recevoir_version

logger = logging.getLogger(__name__)

NOM_VOLET = "document reclassé"


def a_faire(limite: int = 20) -> list[int]:
    """The reclassed files that have not wholly entered the bulle, the oldest first."""
    due = Depot.objects.filter(etat=EtatDepot.RECLASSE, reclassement_fini_le__isnull=True).order_by("reclasse_le", "pk")
    return list(due.values_list("pk", flat=True)[:limite])


def entrer(depot_id: int) -> bool:
    """Bring one reclassed file into the bulle and erase it outside. Returns whether it is finished. Safe at any number of times.

    Raises Indisponible, or documents.storage.StockageIndisponible, when a store or the key is not there: to be begun again.
    """
    depot = Depot.objects.select_related("piece__sinistre").get(pk=depot_id)
    if depot.etat != EtatDepot.RECLASSE or depot.reclassement_fini_le is not None:
        return depot.reclassement_fini_le is not None
    fichier = Fichier.objects.select_related("cle").filter(depot=depot).first() or _encrypt(depot)
    if fichier is None:
        return False
    if not fichier.cle.detruite:  # re-filed or destroyed by a person meanwhile: nothing to compare any more
        _compare(depot, fichier)
    storage.effacer(depot)
    with transaction.atomic():
        done = Depot.objects.filter(pk=depot.pk, reclassement_fini_le__isnull=True).update(reclassement_fini_le=timezone.now())
        if done:
            consigner(
                acteur=None,
                action="depot.entre_dans_la_bulle",
                objet_type="depot",
                objet_id=depot.pk,
                sinistre_id=fichier.sinistre_id,
            )
    return True


def _encrypt(depot: Depot) -> Fichier | None:
    """The row and the ciphertext of a volet. None when nothing is left to encrypt, which is told to the responsable."""
    try:
        contenu = storage.read_published(depot) if depot.cle_publiee else storage.read_quarantine(depot)
    except storage.FichierAbsent:
        fichier = Fichier.objects.select_related("cle").filter(depot=depot).first()  # another worker, in between
        if fichier is None:
            nom = depot.final_name if depot.cle_publiee else depot.quarantine_name
            signaler(genre=GenreAnomalie.OBJET_ABSENT, objet=nom, depot=depot)
        return fichier
    fichier = Fichier(sinistre_id=depot.piece.sinistre_id if depot.piece is not None else None, genre=GenreFichier.VOLET, depot=depot)
    try:
        with chiffre(fichier, Annonce(NOM_VOLET, depot.type, len(contenu)), [contenu]) as ouverte, transaction.atomic():
            enregistrer(fichier, ouverte, acteur=None, par="Reclassé depuis le dossier")
    except IntegrityError:  # another worker wrote the row of this file first
        return Fichier.objects.select_related("cle").get(depot=depot)
    return fichier


def _compare(depot: Depot, fichier: Fichier) -> None:
    """Open what the medical bucket holds, whole, against what was scanned outside. Raises Indisponible unless they are the same."""
    try:
        contenu = lire_en_memoire(fichier)
    except (ContenuAbsent, ContenuAltere) as error:
        constater_illisible(fichier, error)
        raise
    if depot.sha256_verifie and hashlib.sha256(contenu).hexdigest() != depot.sha256_verifie:
        raise ContenuAltere(f"The volet of deposit {depot.pk} is not what was scanned.")


def reprendre(limite: int = 20) -> int:
    """Finish what is not finished. One that fails is left for the next time. Returns how many were finished."""
    finis = 0
    for pk in a_faire(limite):
        try:
            finis += entrer(pk)
        except (storage.StockageIndisponible, Indisponible) as error:
            logger.warning("reclassement.attend", extra={"depot": pk, "cause": type(error).__name__})
    return finis


def refiler(*, acteur: User, fichier: Fichier, piece: Piece | None, motif: str = "") -> Fichier:
    """Find the place of a volet: a medical pièce (of its dossier; of any dossier when it has none), or its destruction with a reason.

    `motif`: a value of IssueVolet when `piece` is None. Raises Refus, DonneeInvalide, Erreur. Twice is once.
    """
    try:
        frais = fichier_lisible(acteur, fichier.uid)
    except Fichier.DoesNotExist:
        raise Refus("Ce document ne vous est pas confié.", action="piece_medicale_controler", visible=False) from None
    exiger(acteur, "piece_medicale_controler", piece.sinistre if piece is not None else frais.sinistre)
    if piece is None and motif not in IssueVolet.values:
        raise DonneeInvalide.sur("motif", "Dites ce que devient ce document.")
    if piece is not None and frais.sinistre_id not in (None, piece.sinistre_id):
        raise DonneeInvalide.sur("piece", "Cette pièce est d’un autre dossier.")
    with transaction.atomic():
        sinistre_id = piece.sinistre_id if piece is not None else frais.sinistre_id
        sinistre = None
        if sinistre_id is not None:
            sinistre = Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=sinistre_id)
        frais = Fichier.objects.select_for_update(of=("self",)).select_related("cle").get(pk=frais.pk)
        if frais.genre != GenreFichier.VOLET or frais.cle.detruite:
            raise Erreur("Ce document a déjà trouvé sa place.")
        if piece is None:
            frais.etat, frais.motif = EtatFichier.ECARTE, IssueVolet(motif).label
            frais.prochain_essai = None
            frais.save(update_fields=["etat", "motif", "prochain_essai"])
            detruire_contenu(frais)
        else:
            _attach(frais, piece, sinistre)
        if frais.depot_id is not None:
            taches.fermer_objet(genre=GenreTache.RECLASSER_VOLET, objet_type="depot", objet_id=frais.depot_id, issue="reclasse")
        consigner(
            acteur=acteur,
            action="fichier_medical.reclasse" if piece is not None else "fichier_medical.detruit",
            objet_type="fichier_medical",
            objet_id=frais.pk,
            sinistre_id=sinistre_id,
            motif=IssueVolet(motif).label if piece is None else "",
            donnees={"piece": piece.code if piece is not None else ""},
        )
    return frais


def _attach(fichier: Fichier, piece: Piece, sinistre: Sinistre | None) -> None:
    if sinistre is None:  # a pièce always has its dossier: locked above
        raise ValueError("A pièce without its dossier.")
    if fichier.etat == EtatFichier.ECARTE:
        raise Erreur("Ce document a été écarté au contrôle : il ne peut pas servir de pièce.")
    fraiche = Piece.objects.select_for_update(of=("self",)).get(pk=piece.pk)
    fichier.genre, fichier.piece, fichier.sinistre = GenreFichier.PIECE, fraiche, sinistre
    recevoir_version(fraiche, sinistre, fichier)
    fichier.save(update_fields=["genre", "piece", "sinistre", "version"])
    if fichier.etat == EtatFichier.DISPONIBLE:
        ask_to_check(fraiche, sinistre)
