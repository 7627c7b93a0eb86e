"""What the viewer shows of the bulle's files, streamed by our own address."""

from __future__ import annotations

from django.urls import reverse

from medical.enums import EtatFichier, GenreFichier
from medical.models import Fichier
from medical.selectors_dossiers import FichierNomme
from portal.presentation import jour
from portal.visionneuse import AFFICHABLES, Vue


def vues_de(fichiers: list[FichierNomme], *, route: str = "bulle:contenu") -> list[Vue]:
    """Those that are available and have a sanitised copy. `route` takes the file's public identifier."""
    return [
        Vue(
            adresse=reverse(route, args=[nomme.fichier.uid]),
            nom=nomme.nom,
            type=nomme.fichier.apercu_type,
            pages=nomme.fichier.apercu_pages,
            telecharger=f"{reverse(route, args=[nomme.fichier.uid])}?original=oui",
            mots=en_mots(nomme.fichier),
        )
        for nomme in fichiers
        if nomme.fichier.etat == EtatFichier.DISPONIBLE and nomme.fichier.apercu_type in AFFICHABLES
    ]


def en_mots(fichier: Fichier) -> str:
    """What a file is, and which version of it."""
    piece = fichier.piece if fichier.genre == GenreFichier.PIECE else None
    ce_que = piece.libelle if piece is not None else fichier.get_genre_display()
    if fichier.remplace_le is not None:
        return f"{ce_que}, version {fichier.version}, remplacée le {jour(fichier.remplace_le)}"
    return ce_que


def attend(fichiers: list[FichierNomme]) -> list[FichierNomme]:
    """Those still under check, or set aside: told in words."""
    return [nomme for nomme in fichiers if nomme.fichier.etat != EtatFichier.DISPONIBLE]
