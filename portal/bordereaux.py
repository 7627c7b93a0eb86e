"""The files of a bordereau as both doors show them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from indemnities.enums import GenreFichier
from indemnities.models import Bordereau, FichierBordereau
from workflows.bordereaux_fichiers import EN_PREPARATION, fichiers_de

USAGES = {
    GenreFichier.PDF: "PDF, à conserver ou à joindre au titre de recettes",
    GenreFichier.CSV: "CSV, pour un tableur ou un logiciel de gestion",
}


@dataclass(frozen=True)
class FichierEnMots:
    """One kind of file: `fichier` is None, and `attente` says why, while it is being made."""

    usage: str
    adresse: str
    fichier: FichierBordereau | None
    attente: str = EN_PREPARATION


def fichiers_en_mots(bordereau: Bordereau, *, porte: str) -> list[FichierEnMots]:
    return [
        FichierEnMots(USAGES[GenreFichier(genre)], reverse(f"{porte}:bordereau-{genre.lower()}", args=[bordereau.numero]), fichier)
        for genre, fichier in fichiers_de(bordereau)
    ]
