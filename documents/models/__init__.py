"""Pièces: the dated lists that ask for them, the asked pièces of a sinistre, and the files that answer."""

from documents.models.bulle import ExtraitAdministratif, LaissezPasser
from documents.models.courriers import Courrier
from documents.models.depots import MAX_BYTES, AnomalieStockage, Depot, new_key, preview_name, published_name
from documents.models.listes import DossierPieces, Exigence, ListePieces
from documents.models.pieces import Piece

__all__ = [
    "MAX_BYTES",
    "AnomalieStockage",
    "Courrier",
    "Depot",
    "DossierPieces",
    "Exigence",
    "ExtraitAdministratif",
    "LaissezPasser",
    "ListePieces",
    "Piece",
    "new_key",
    "preview_name",
    "published_name",
]
