"""The checklist of a dossier as its collectivité reads it: one line per paper, with what may be done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from accounts.gate import peut
from accounts.models import User
from cases.enums import A_RELANCER, OUVERTS
from cases.models import Sinistre
from documents.enums import EtatDepot, EtatPiece
from documents.models import LaissezPasser, Piece
from documents.selectors_liens import liens_en_cours
from portal import presentation
from portal.depots import Fichiers, alternatives_de, fichiers_de, libelle_recu

FERMEES = (EtatPiece.CONFORME, EtatPiece.SANS_OBJET)
"""The states in which a paper takes no file any more."""


@dataclass(frozen=True)
class Ligne:
    """One paper. `ouverte`: its box is drawn; `pli`: it is medical and may be sent straight to the bulle; `lien`: a link may be given;
    `signalable`: it may be said to have been sent another way; `tue_jusqu_au`: it was, and is not asked for again before."""

    piece: Piece
    mot: str
    ton: str
    fichiers: Fichiers = field(default_factory=Fichiers)
    alternatives: list[dict[str, Any]] = field(default_factory=list)
    document_recu: str = ""
    ouverte: bool = False
    pli: bool = False
    lien: bool = False
    reclassable: bool = False
    liens: list[LaissezPasser] = field(default_factory=list)
    signalable: bool = False
    tue_jusqu_au: dt.datetime | None = None


def lignes_pieces(user: User, sinistre: Sinistre, pieces: Iterable[Piece]) -> list[Ligne]:
    """The lines of these pièces of one dossier, in the order given."""
    ouvert = sinistre.etat in OUVERTS
    depose = ouvert and peut(user, "piece_deposer", sinistre)
    scelle = ouvert and peut(user, "piece_medicale_deposer", sinistre)
    donne = ouvert and peut(user, "lien_agent_depot", sinistre)
    signale = sinistre.etat in A_RELANCER and peut(user, "piece_dire_envoyee", sinistre)
    reclassable = peut(user, "volet_reclasser", sinistre)
    toutes = list(pieces)
    liens: dict[int, list[LaissezPasser]] = {}
    if any(piece.est_medicale for piece in toutes):
        for lien in liens_en_cours(user, sinistre):
            liens.setdefault(lien.piece_id, []).append(lien)
    lignes = []
    for piece in toutes:
        prenable = piece.etat not in FERMEES
        if piece.est_medicale:
            mot, ton = _medical_word(piece)
            ligne = Ligne(piece, mot, ton, pli=scelle and prenable, lien=donne and prenable, liens=liens.get(piece.pk, []))
        else:
            fichiers = fichiers_de(piece.depots.all())
            mot, ton = _word(piece, fichiers)
            ligne = Ligne(
                piece,
                mot,
                ton,
                fichiers=fichiers,
                alternatives=alternatives_de(piece, sinistre.regime),
                document_recu=libelle_recu(piece),
                ouverte=depose and prenable,
                reclassable=reclassable,
            )
        if piece.est_attendue:
            tue = piece.tue_jusqu_au(sinistre.collectivite.departement)
            ligne = replace(ligne, tue_jusqu_au=tue, signalable=signale and tue is None)
        lignes.append(ligne)
    return lignes


def _word(piece: Piece, fichiers: Fichiers) -> tuple[str, str]:
    """How the paper stands, in the words of whoever sends it, and their tone."""
    match piece.etat:
        case EtatPiece.CONFORME:
            return "Conforme", presentation.BON
        case EtatPiece.A_CONTROLER:
            return "Reçu, en cours d’examen", presentation.ACTIF
        case EtatPiece.SANS_OBJET:
            return "Plus demandé", presentation.DISCRET
    if piece.etat == EtatPiece.RECUE or any(depot.etat == EtatDepot.CONTROLE for depot in fichiers.en_cours):
        return "Reçu, contrôle du fichier en cours", presentation.ACTIF
    if piece.etat == EtatPiece.REFUSEE:
        return "À renvoyer", presentation.URGENT
    return ("À envoyer", presentation.ATTENTION) if piece.requise else ("Si le dossier le demande", presentation.DISCRET)


def _medical_word(piece: Piece) -> tuple[str, str]:
    """Of a medical paper only this is said outside the bulle."""
    match piece.etat:
        case EtatPiece.CONFORME:
            return "Reçu par le service médical, conforme", presentation.BON
        case EtatPiece.RECUE | EtatPiece.A_CONTROLER:
            return "Reçu par le service médical", presentation.ACTIF
        case EtatPiece.REFUSEE:
            return "À renvoyer au service médical", presentation.URGENT
        case EtatPiece.SANS_OBJET:
            return "Plus demandé", presentation.DISCRET
    return "Attendu par le service médical", "bulle"
