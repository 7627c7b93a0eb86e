"""Reading a file of the bulle: right, opening, journal row committed, then verified bytes. In that order, always."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from cases.errors import Erreur
from journal.services import consigner
from medical import stockage
from medical.enums import EtatFichier, Finalite
from medical.enveloppe import clear_size, label_of, open_data_key, open_field
from medical.errors import ContenuAltere, Indisponible
from medical.models import Fichier
from medical.selectors import fichier_lisible
from medical.services.ouvertures import exiger_ouverture

logger = logging.getLogger(__name__)

NOM, CONTENU, APERCU = "nom", "contenu", "apercu"
"""The fields of a file, as its labels name them."""


DETRUIT = "document détruit"


@dataclass(frozen=True, repr=False)
class Lecture:
    """A file being read. `taille` in bytes of clear text; `morceaux` gives segments each verified before it is given."""

    nom: str
    type: str
    taille: int
    morceaux: Iterator[bytes]


def lire(*, acteur: User, fichier: Fichier, session: str, apercu: bool) -> Lecture:
    """Read a file in this session: its sanitised copy (`apercu`) or the untouched original.

    The right and the opening are asked anew; the journal row (who, which, why) is committed before the first byte is given.
    Raises Fichier.DoesNotExist (not his, or not any more), OuvertureRequise, Erreur (not available), Indisponible (key, store, altered).
    """
    frais = fichier_lisible(acteur, fichier.uid)
    finalite = Finalite.RECLASSEMENT.value
    if frais.sinistre is not None:
        finalite = exiger_ouverture(acteur=acteur, sinistre=frais.sinistre, session=session).finalite
    return livrer(fichier=frais, apercu=apercu, acteur=acteur, finalite=finalite)


def nom_de(fichier: Fichier) -> str:
    """The name its sender gave to a file: a medical value, to be shown inside an open dossier only. Raises Indisponible."""
    return DETRUIT if fichier.cle.detruite else open_field(fichier, NOM)


def livrer(*, fichier: Fichier, apercu: bool, acteur: User | None, finalite: str, par: str = "") -> Lecture:
    """Journal a reading and begin it. The caller has asked the right: `lire`, or the agent's own door (`acteur` None, `par` says who).

    Raises Erreur when the file is not available, Indisponible when its key or its bytes are not there.
    """
    if fichier.etat != EtatFichier.DISPONIBLE:
        raise Erreur("Ce fichier n’est pas disponible : son contrôle n’est pas terminé.")
    if apercu and not fichier.apercu_objet:
        raise Erreur("Ce fichier n’a pas de copie à afficher : téléchargez l’original.")
    ouverte = open_data_key(fichier.cle)
    nom = ouverte.open(fichier.nom, label_of(fichier, NOM))
    objet = stockage.ouvrir(stockage.preview_name(fichier.apercu_objet) if apercu else stockage.content_name(fichier.objet))
    segments = ouverte.open_stream(objet.morceaux(), label_of(fichier, APERCU if apercu else CONTENU))
    try:
        with transaction.atomic(durable=True):
            consigner(
                acteur=acteur,
                action="fichier_medical.lu",
                objet_type="fichier_medical",
                objet_id=fichier.pk,
                sinistre_id=fichier.sinistre_id,
                motif=" ; ".join(part for part in (Finalite(finalite).label, par) if part),
                donnees={"finalite": finalite, "copie": "apercu" if apercu else "original"},
            )
        premier = next(segments)  # a file altered from its beginning answers an error, not half a page
        taille = clear_size(objet.taille)
    except BaseException as error:
        objet.fermer()
        if isinstance(error, Indisponible):
            _tell(fichier, error)
        raise
    type_mime = fichier.apercu_type if apercu else fichier.type
    return Lecture(nom=nom, type=type_mime, taille=taille, morceaux=_watched(fichier, itertools.chain([premier], segments), objet))


def _watched(fichier: Fichier, segments: Iterator[bytes], objet: stockage.Objet) -> Iterator[bytes]:
    try:
        yield from segments
    except Indisponible as error:
        _tell(fichier, error)
        raise
    finally:
        objet.fermer()


def _tell(fichier: Fichier, error: Indisponible) -> None:
    niveau = logging.ERROR if isinstance(error, ContenuAltere) else logging.WARNING
    logger.log(niveau, "fichier_medical.illisible", extra={"fichier": fichier.pk, "cause": type(error).__name__})
