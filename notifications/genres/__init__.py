"""Every kind of news, by its code."""

from __future__ import annotations

from notifications.enums import GenreCourriel
from notifications.genres import argent, contrat, dossier, echanges, pieces, procedures
from notifications.genres.base import Dire, Genre, Variables

ROOMS = (pieces, dossier, procedures, argent, contrat, echanges)

GENRES: dict[str, Genre] = {genre.code: genre for room in ROOMS for genre in room.GENRES}

COMMUNES: Variables = {
    "numero": "2026-000123",
    "agent": "J.-M. D., matricule\u00a04512",
    "collectivite": "Mairie de Sainte-Colombe",
    "cdg": "Centre de gestion de l’Hérault",
}
"""What the words of every kind may name, with what they are in a preview."""


def exemple(code: str) -> Variables:
    """Invented variables of one kind, complete: what previews show and what templates may name."""
    return {**COMMUNES, **GENRES[code].exemple}


__all__ = ["COMMUNES", "GENRES", "Dire", "Genre", "GenreCourriel", "Variables", "exemple"]
