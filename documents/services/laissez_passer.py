"""One-time rights to deposit a medical pièce at the bulle's own address. They are issued here, used there, and open nothing to read.

Their secret is drawn here, given once to whoever asks, and never kept: only its SHA-256 is (`empreinte_de`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from documents.enums import EtatPiece, GenreLaissezPasser
from documents.models import LaissezPasser, Piece
from documents.storage import Envoi
from journal.services import consigner

MINUTES = 15
JOURS = 7
JOURS_MAX = 30
PORTE = "/depots/"
"""Where the bulle takes files."""


def empreinte_de(secret: str) -> str:
    """What is kept of a secret: its SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def delivrer(*, acteur: User, piece: Piece) -> tuple[LaissezPasser, str]:
    """A right, good for a quarter of an hour and for one file, for the person who is at the screen; with its secret.

    Raises Refus; DonneeInvalide for a pièce that is not medical, Erreur for one that takes no file any more.
    """
    exiger(acteur, "piece_medicale_deposer", piece.sinistre)
    return _issue(acteur, piece, GenreLaissezPasser.ECRAN, dt.timedelta(minutes=MINUTES), "laissez_passer.delivre")


def delivrer_lien(*, acteur: User, piece: Piece, jours: int = JOURS) -> tuple[LaissezPasser, str]:
    """A right for the agent, good for `jours` days (1 to 30) and for one file; with its secret, see `adresse_de`.

    Raises Refus; DonneeInvalide for a pièce that is not medical or a number of days out of bounds, Erreur as `delivrer`.
    """
    exiger(acteur, "lien_agent_depot", piece.sinistre)
    if not 1 <= jours <= JOURS_MAX:
        raise DonneeInvalide.sur("jours", f"Un lien vaut de 1 à {JOURS_MAX} jours.")
    return _issue(acteur, piece, GenreLaissezPasser.AGENT, dt.timedelta(days=jours), "lien_depot.donne")


def envoi_de(secret: str, *, type: str, nom: str = "") -> Envoi:
    """How to send one file of this type with the secret of a laissez-passer. `nom`, where the sender does not add it himself."""
    entetes = {"Content-Type": type, "X-Vigie-Laissez-Passer": secret} | ({"X-Vigie-Nom": quote(nom)} if nom else {})
    return Envoi("PUT", f"{settings.BULLE_URL}{PORTE}", entetes, MINUTES * 60)


def adresse_de(secret: str) -> str:
    """The agent's address. The secret stands after the « # »: no browser sends it to a server, no server can log it."""
    return f"{settings.BULLE_URL}/deposer/#{secret}"


def revoquer(*, acteur: User, lien: LaissezPasser) -> None:
    """Close an agent's link before its day. One that was used or has expired stays as it is; revoking twice changes nothing."""
    exiger(acteur, "lien_agent_depot", lien.piece.sinistre)
    with transaction.atomic():
        now = timezone.now()
        live = LaissezPasser.objects.filter(
            pk=lien.pk, genre=GenreLaissezPasser.AGENT, utilise_le__isnull=True, revoque_le__isnull=True, expire_le__gt=now
        )
        if live.update(revoque_le=now):
            _consigner(acteur, "lien_depot.revoque", lien.piece, lien)


def _issue(acteur: User, piece: Piece, genre: str, duree: dt.timedelta, action: str) -> tuple[LaissezPasser, str]:
    if not piece.est_medicale:
        raise DonneeInvalide.sur("code", "Cette pièce n’est pas médicale : elle se dépose dans le dossier.")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        fresh = Piece.objects.select_for_update(of=("self",)).select_related("sinistre").get(pk=piece.pk)
        if fresh.etat == EtatPiece.CONFORME:
            raise Erreur("Cette pièce est déjà conforme.")
        if fresh.etat == EtatPiece.SANS_OBJET:
            raise Erreur("Cette pièce n’est plus demandée.")
        now = timezone.now()
        lien = LaissezPasser.objects.create(
            piece=fresh, genre=genre, empreinte=empreinte_de(secret), cree_par=acteur, cree_le=now, expire_le=now + duree
        )
        _consigner(acteur, action, fresh, lien)
    return lien, secret


def _consigner(acteur: User, action: str, piece: Piece, lien: LaissezPasser) -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="piece",
        objet_id=piece.pk,
        sinistre_id=piece.sinistre_id,
        donnees={"code": piece.code, "libelle": piece.libelle, "laissez_passer": lien.pk},
    )
