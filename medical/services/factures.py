"""Invoices of practitioners, keyed by the gestionnaire de bulle: who treated and what for stays inside, dates and amount leave."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from cases.services import taches
from documents.enums import Stade
from documents.models import ExtraitAdministratif, Piece
from documents.selectors_factures import numero_de
from documents.services.extraits import Extrait, check, extraire
from journal.services import consigner
from medical.enums import EtatFichier, GenreFichier
from medical.enveloppe import draw_data_key, open_field, seal_field
from medical.models import Facture, Fichier
from medical.services.ouvertures import exiger_ouverture

PRATICIEN, ACTES = "praticien", "actes"
MAX_PRATICIEN, MAX_ACTES = 200, 2_000


@dataclass(frozen=True, repr=False)
class FactureLue:
    """An invoice open to its reader. `extrait` is what stands outside; `corrigee`: another one has replaced it."""

    facture: Facture
    praticien: str
    actes: str
    extrait: ExtraitAdministratif
    corrigee: bool


def saisir(
    *, acteur: User, fichier: Fichier | None, session: str, praticien: str, actes: str, extrait: Extrait, corrige: Facture | None = None
) -> Facture:
    """Key one invoice read in `fichier` (None: the correction of an imported one); `corrige` is the invoice of the same pièce that this
    one replaces: amounts are never edited.

    Raises Refus, OuvertureRequise, DonneeInvalide on the field that is wrong, Erreur (not an invoice, not available, corrected
    meanwhile), Indisponible.
    """
    piece = _piece_of(fichier, corrige)
    exiger(acteur, "piece_medicale_controler", piece.sinistre)
    exiger_ouverture(acteur=acteur, sinistre=piece.sinistre, session=session)
    if fichier is not None and fichier.etat != EtatFichier.DISPONIBLE:
        raise Erreur("Ce fichier n’est pas disponible : son contrôle n’est pas terminé.")
    if corrige is not None and corrige.extrait.piece_id != piece.pk:
        raise Erreur("Une correction remplace une facture de la même pièce.")
    return ecrire(acteur=acteur, piece=piece, fichier=fichier, praticien=praticien, actes=actes, extrait=extrait, corrige=corrige)


def ecrire(
    *, acteur: User, piece: Piece, fichier: Fichier | None, praticien: str, actes: str, extrait: Extrait, corrige: Facture | None = None
) -> Facture:  # fmt: skip
    """Write one invoice for a caller who has checked the right, and that the dossier was opened where something of it is shown.

    Raises DonneeInvalide on the field that is wrong, Erreur when it has been corrected meanwhile, Indisponible.
    """
    verifier(praticien, actes, extrait)
    ouverte = draw_data_key()
    facture = Facture(fichier=fichier, importee=fichier is None, saisie_par=acteur)
    facture.praticien = seal_field(ouverte, facture, PRATICIEN, praticien.strip())
    facture.actes = seal_field(ouverte, facture, ACTES, actes.strip())
    with transaction.atomic():
        facture.extrait = extraire(acteur=acteur, piece=piece, extrait=extrait, corrige=corrige.extrait if corrige is not None else None)
        ouverte.cle.save(force_insert=True)
        facture.cle = ouverte.cle
        facture.save(force_insert=True)
        taches.ouvrir(genre=GenreTache.FRAIS_A_PAYER, sinistre=piece.sinistre, objet_type="facture", objet_id=numero_de(facture.extrait))
        _consigner(acteur, "facture_medicale.saisie" if corrige is None else "facture_medicale.corrigee", facture, piece.sinistre_id)
    return facture


def _piece_of(fichier: Fichier | None, corrige: Facture | None) -> Piece:
    """The pièce of the document that was read; of the imported invoice that is corrected, where no document was."""
    if fichier is None:
        if corrige is None or not corrige.importee:
            raise Erreur("Aucun fichier de cette pièce n’est encore disponible.")
        return corrige.extrait.piece
    if fichier.piece is None or fichier.genre != GenreFichier.PIECE or fichier.piece.stade != Stade.FRAIS:
        raise Erreur("Ce document n’est pas une facture de soins : reclassez-le d’abord.")
    return fichier.piece


def verifier(praticien: str, actes: str, extrait: Extrait) -> None:
    """Raise DonneeInvalide, each fault on its field."""
    erreurs: dict[str, list[str]] = {}
    if not praticien.strip():
        erreurs["praticien"] = ["Donnez le nom du praticien : il reste dans la bulle."]
    elif len(praticien) > MAX_PRATICIEN:
        erreurs["praticien"] = [f"{MAX_PRATICIEN} caractères au plus."]
    if len(actes) > MAX_ACTES:
        erreurs["actes"] = [f"{MAX_ACTES} caractères au plus."]
    if extrait.etabli_le is None:
        erreurs["etabli_le"] = ["Donnez la date de la facture."]
    if extrait.montant is None:
        erreurs["montant"] = ["Donnez le montant de la facture."]
    if extrait.tiers_payant is None:
        erreurs["tiers_payant"] = ["Dites si le praticien est payé directement."]
    try:
        check(extrait)
    except DonneeInvalide as error:
        erreurs = error.champs | erreurs
    if erreurs:
        raise DonneeInvalide(erreurs)


def lire(*, acteur: User, piece: Piece, session: str) -> list[FactureLue]:
    """The invoices keyed for a pièce, the latest last, for those who may open its files. Journaled.

    Raises Refus, OuvertureRequise, Indisponible.
    """
    exiger_ouverture(acteur=acteur, sinistre=piece.sinistre, session=session)
    exiger(acteur, "piece_medicale_controler", piece.sinistre)
    return _journaled(Facture.objects.filter(extrait__piece=piece), piece.sinistre, acteur)


def lire_du_dossier(*, acteur: User, sinistre: Sinistre, session: str) -> list[FactureLue]:
    """The invoices of a whole dossier, for its médecin conseil. Journaled. Raises as `lire`."""
    exiger(acteur, "dossier_medical_lire", sinistre)
    exiger_ouverture(acteur=acteur, sinistre=sinistre, session=session)
    return _journaled(Facture.objects.filter(extrait__piece__sinistre=sinistre), sinistre, acteur)


def _journaled(factures: QuerySet[Facture], sinistre: Sinistre, acteur: User) -> list[FactureLue]:
    rows = list(factures.select_related("cle", "extrait__piece", "fichier").order_by("pk"))
    corrigees = set(ExtraitAdministratif.objects.filter(corrige__in=[row.extrait_id for row in rows]).values_list("corrige_id", flat=True))
    lues = [FactureLue(row, open_field(row, PRATICIEN), open_field(row, ACTES), row.extrait, row.extrait_id in corrigees) for row in rows]
    with transaction.atomic():
        for row in rows:
            _consigner(acteur, "facture_medicale.lue", row, sinistre.pk)
    return lues


def _consigner(acteur: User, action: str, facture: Facture, sinistre_id: int) -> None:
    consigner(acteur=acteur, action=action, objet_type="facture_medicale", objet_id=facture.pk, sinistre_id=sinistre_id)
