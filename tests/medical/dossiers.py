"""Dossiers, files and sessions for the tests of the bulle: made by the services, on the real store, under the bulle's login."""

from __future__ import annotations

import io

from PIL import Image

from accounts.models import User
from cases.models import AvisMedecin, Sinistre
from cases.services import avis as avis_services
from contracts.enums import Nature
from documents.annonces import Annonce
from documents.enums import Stade, Visibilite
from documents.models import Exigence, ListePieces, Piece
from medical.enums import EtatFichier, Finalite
from medical.models import Fichier
from medical.services import controles_fichiers, depots
from medical.services.ouvertures import ouvrir
from tests import factories as f
from tests.dehors import dehors

SESSION = "a" * 40


def image(couleur: str = "white") -> bytes:
    """A small JPEG."""
    tampon = io.BytesIO()
    Image.new("RGB", (60, 40), couleur).save(tampon, "JPEG")
    return tampon.getvalue()


def declare(m: f.Monde, **champs: object) -> Sinistre:
    """A work accident, declared outside: it asks for a certificat médical initial."""
    with dehors():
        return f.sinistre(m, Nature.AS, **champs)  # type: ignore[arg-type]


def confie(m: f.Monde, sinistre: Sinistre, a: User | None = None, *, avec_anterieurs: bool = False) -> AvisMedecin:
    """Entrusted to a médecin conseil, outside."""
    with dehors():
        return avis_services.confier(
            acteur=m.gestionnaire,
            sinistre=sinistre,
            medecin=a or m.medecin,
            question="IMPUTABILITE",
            avec_anterieurs=avec_anterieurs,
        )


def ouvert(user: User, sinistre: Sinistre, finalite: str = Finalite.AVIS, session: str = SESSION) -> None:
    """Its purpose told, in the session SESSION."""
    ouvrir(acteur=user, sinistre=sinistre, session=session, finalite=finalite)


def piece_medicale(sinistre: Sinistre) -> Piece:
    return Piece.objects.select_related("sinistre__agent", "sinistre__collectivite").get(
        sinistre=sinistre, visibilite=Visibilite.M, stade=Stade.VALIDATION
    )


def facture_demandee(sinistre: Sinistre) -> Piece:
    """The pièce that asks for invoices of care, as the lists ask for it."""
    exigence = Exigence.objects.create(
        liste=ListePieces.objects.create(version=next(f._serie), debut=sinistre.survenance, libelle="Frais"),
        code="facture-soins",
        libelle="Facture de soins",
        natures=[sinistre.nature],
        regimes=[sinistre.regime],
        stade=Stade.FRAIS,
        visibilite=Visibilite.M,
    )
    return Piece.objects.create(
        sinistre=sinistre, exigence=exigence, code=exigence.code, libelle=exigence.libelle, stade=Stade.FRAIS, visibilite=Visibilite.M
    )


def depose(par: User, piece: Piece, nom: str = "certificat.jpg", contenu: bytes | None = None) -> Fichier:
    """A file put in by the gestionnaire de bulle, checked, available."""
    octets = contenu or image()
    fichier = depots.deposer_pour_piece(acteur=par, piece=piece, annonce=Annonce(nom, "image/jpeg", len(octets)), morceaux=[octets])
    assert controles_fichiers.controler(fichier.pk) == EtatFichier.DISPONIBLE
    return Fichier.objects.select_related("piece__sinistre", "cle", "sinistre").get(pk=fichier.pk)
