"""A dossier with a medical pièce, and senders that put files into the bulle through its own door."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import AvisMedecin, Sinistre
from cases.services import avis as referrals
from documents.annonces import Annonce
from documents.enums import GenreLaissezPasser
from documents.models import LaissezPasser, Piece
from documents.services.laissez_passer import empreinte_de
from medical import stockage
from medical.models import Fichier
from medical.services import controles_fichiers, depots
from tests import factories as f
from tests.documents.conftest import PDF, real_clamd

__all__ = ["real_clamd"]

SECRET_NAME = "cancer-du-sein-mme-martin.pdf"
SESSION = "5" * 40


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m, "AS")


@pytest.fixture
def piece(sinistre: Sinistre) -> Piece:
    return piece_of(sinistre)


@pytest.fixture
def avis(m: f.Monde, sinistre: Sinistre) -> AvisMedecin:
    """The dossier is referred to the médecin."""
    return refer(m, sinistre)


def refer(m: f.Monde, sinistre: Sinistre, **champs: Any) -> AvisMedecin:
    return referrals.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question="IMPUTABILITE", **champs)


def piece_of(sinistre: Sinistre) -> Piece:
    return Piece.objects.select_related("sinistre").get(sinistre=sinistre, visibilite="M")


def passe(m: f.Monde, piece: Piece, genre: str = GenreLaissezPasser.ECRAN, **champs: Any) -> tuple[LaissezPasser, str]:
    """A one-time right as the web issues it, with its secret."""
    secret = secrets.token_urlsafe(32)
    valeurs = {"expire_le": timezone.now() + dt.timedelta(minutes=15)} | champs
    return LaissezPasser.objects.create(piece=piece, genre=genre, empreinte=empreinte_de(secret), cree_par=m.mairie, **valeurs), secret


def annonce(contenu: bytes = PDF, nom: str = SECRET_NAME, type: str = "application/pdf", taille: int | None = None) -> Annonce:
    return Annonce(nom=nom, type=type, taille=len(contenu) if taille is None else taille)


def deposit(m: f.Monde, piece: Piece, contenu: bytes = PDF, **champs: Any) -> Fichier:
    """Through a laissez-passer, in small pieces; what remains is the check."""
    _, secret = passe(m, piece)
    pieces = (contenu[i : i + 1000] for i in range(0, len(contenu), 1000))
    return depots.deposer_par_laissez_passer(secret=secret, annonce=annonce(contenu, **champs), morceaux=pieces)


def available(m: f.Monde, piece: Piece, contenu: bytes = PDF, **champs: Any) -> Fichier:
    fichier = deposit(m, piece, contenu, **champs)
    assert controles_fichiers.controler(fichier.pk) == "DISPONIBLE", fresh(fichier).motif
    return fresh(fichier)


def fresh(fichier: Fichier) -> Fichier:
    return Fichier.objects.select_related("cle", "piece", "sinistre").get(pk=fichier.pk)


def due(fichier: Fichier) -> None:
    Fichier.objects.filter(pk=fichier.pk).update(prochain_essai=timezone.now() - dt.timedelta(seconds=1))


def stored(nom: str) -> bytes:
    return b"".join(stockage.ouvrir(nom).morceaux())


def flip(nom: str, rang: int) -> None:
    """One bit of an object changes under our feet."""
    scelle = bytearray(stored(nom))
    scelle[rang] ^= 1
    stockage.deposer(nom, io.BytesIO(bytes(scelle)), hashlib.sha256(bytes(scelle)).hexdigest())


def objects() -> set[str]:
    return {nom for nom, _ in stockage.inventaire()}


def put(client: Client, secret: str, contenu: bytes = PDF, nom: str = SECRET_NAME, type: str = "application/pdf", **entetes: str) -> Any:
    headers = {"X-Vigie-Laissez-Passer": secret, "X-Vigie-Nom": quote(nom)} | entetes
    return client.put("/depots/", data=contenu, content_type=type, headers=headers, CONTENT_LENGTH=str(len(contenu)))


@pytest.fixture
def clean_bucket() -> Iterator[None]:
    """For tests that look at the whole bucket: it holds nothing of another test."""
    stockage.effacer(*objects())
    yield
    stockage.effacer(*objects())
