"""What the viewer shows (portal/static/portal/visionneuse.js): one `Vue` per file, whichever door draws it.

The viewer only ever receives addresses that answer the sanitised copy of a file (PDF, JPEG or PNG), never the original.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from documents.enums import EtatDepot
from documents.models import Depot
from portal import presentation
from portal.depots import in_words

AFFICHABLES = ("application/pdf", "image/jpeg", "image/png")
"""What a browser shows by our own means; anything else is downloaded."""


@dataclass(frozen=True)
class Vue:
    """One file of the viewer.

    `adresse` answers the sanitised copy of type `type`, at once or through a redirection, or a refusal `{"erreur": "…"}` in JSON;
    `telecharger` answers the untouched original; `mots` says in a few words which one it is; `pages` is 0 when unknown.
    """

    adresse: str
    nom: str
    type: str
    pages: int = 0
    telecharger: str = ""
    mots: str = ""


def version_en_mots(depot: Depot, *, seule: bool) -> str:
    """« version 1, remplacée le 12/11/2026 »; nothing where there is only one version (`seule`)."""
    if depot.remplace_le is not None:
        return f"version {depot.version}, remplacée le {presentation.jour(depot.remplace_le)}"
    return "" if seule else f"version {depot.version}, en cours"


def vues_de(depots: list[Depot]) -> list[Vue]:
    """What the gestionnaires' viewer shows of these files of one pièce: those available that have a sanitised copy."""
    seule = len({depot.version for depot in depots}) < 2
    return [
        Vue(
            adresse=reverse("gestion:fichier", args=[depot.pk]),
            nom=depot.nom,
            type=depot.apercu_type,
            pages=depot.apercu_pages,
            telecharger=f"{reverse('gestion:fichier', args=[depot.pk])}?telecharger=oui",
            mots=version_en_mots(depot, seule=seule),
        )
        for depot in depots
        if depot.etat == EtatDepot.DISPONIBLE and depot.apercu_type in AFFICHABLES
    ]


def phrase_sans_vue(depots: list[Depot]) -> str:
    """Why the viewer shows nothing of these files: under check, waiting, set aside, gone to the bulle, or without a copy to show."""
    if not depots:
        return "Aucun fichier à montrer."
    dernier = depots[0]
    if dernier.etat == EtatDepot.RECLASSE:
        return in_words(dernier)
    if dernier.etat == EtatDepot.DISPONIBLE:
        return f"{dernier.nom} : l’aperçu est en préparation. Téléchargez l’original, ou revenez dans quelques minutes."
    return f"{dernier.nom} : {in_words(dernier)}"
