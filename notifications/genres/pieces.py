"""News about what a dossier lacks: asked for, asked again, refused; and its acknowledgement, which is the first request."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from cases.enums import Etat
from documents.enums import EtatPiece, MotifRefusPiece
from documents.models import Piece
from notifications.enums import Cadence, GenreCourriel
from notifications.genres.base import (
    SANS_REFUS,
    Dire,
    Genre,
    apres_regroupement,
    aux_heures_ouvrees,
    en_toutes_lettres,
    jour_en_francais,
    page_du_dossier,
)
from notifications.manquantes import Manquante, pieces_manquantes
from notifications.models import Annonce


def _owed(manquantes: list[Manquante]) -> dict[str, str]:
    depuis = jour_en_francais(timezone.localdate(manquantes[0].depuis)) if manquantes else ""
    return {"pieces": en_toutes_lettres(len(manquantes), "une pièce", "pièces", "aucune"), "depuis": depuis}


def _missing_of(annonces: Sequence[Annonce]) -> dict[int, list[Manquante]]:
    return pieces_manquantes([annonce.sinistre_id for annonce in annonces if annonce.sinistre_id is not None])


def _upload_box(annonce: Annonce, manquantes: list[Manquante]) -> str:
    """The page of the pièce where one alone is missing, else the dossier's list of what to send."""
    return page_du_dossier(annonce.sinistre, f"pieces/{manquantes[0].piece_id}/" if len(manquantes) == 1 else "#a-envoyer")


def _ask(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    missing = _missing_of(annonces)
    return {a.pk: Dire(_upload_box(a, found), _owed(found)) for a in annonces if (found := missing.get(a.sinistre_id or 0))}


def _ask_again(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """The rank of a reminder by the clock; one that a gestionnaire sends by hand has none."""
    rangs = {annonce.pk: int(annonce.donnees.get("rang", 0)) for annonce in annonces}
    return {
        pk: Dire(dire.lien, {**dire.variables, "rappel": f"rappel n° {rangs[pk]}" if rangs[pk] else "rappel"})
        for pk, dire in _ask(annonces).items()
    }


def _acknowledge(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    missing = _missing_of(annonces)
    found: dict[int, Dire] = {}
    for annonce in annonces:
        sinistre = annonce.sinistre
        if sinistre is None or sinistre.etat == Etat.ANNULE:
            continue
        retard = en_toutes_lettres(sinistre.jours_de_retard, "un jour", "jours")
        owed = missing.get(sinistre.pk, [])
        variables = _owed(owed)
        if owed and annonce.echeance is not None:
            variables["pieces"] += f", pour le {jour_en_francais(annonce.echeance)}"
        variables |= {
            "date_declaration": jour_en_francais(sinistre.declare_le),
            "delai": f"{retard} après le délai prévu par le contrat" if sinistre.jours_de_retard else "dans le délai prévu par le contrat",
        }
        found[annonce.pk] = Dire(_upload_box(annonce, owed) if owed else page_du_dossier(sinistre), variables)
    return found


def _tell_refusal(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """The motive is the list's words; the gestionnaire's own stay behind the sign-in."""
    pieces = Piece.objects.filter(pk__in=[annonce.donnees["piece"] for annonce in annonces], etat=EtatPiece.REFUSEE)
    motifs = {piece.pk: MotifRefusPiece(piece.motif_refus).label for piece in pieces}
    return {
        annonce.pk: Dire(page_du_dossier(annonce.sinistre, f"pieces/{piece}/"), {"motif": motifs[piece]})
        for annonce in annonces
        if (piece := annonce.donnees["piece"]) in motifs
    }


GENRES = (
    Genre(
        GenreCourriel.ACCUSE_DECLARATION,
        Cadence.RECAPITULATIF,  # it is a first request
        SANS_REFUS,
        _acknowledge,
        {
            "pieces": "3 pièces, pour le 12 novembre 2026",
            "depuis": "2 novembre 2026",
            "date_declaration": "2 novembre 2026",
            "delai": "dans le délai prévu par le contrat",
        },
        apres_regroupement,
    ),
    Genre(
        GenreCourriel.PIECES_DEMANDEES,
        Cadence.RECAPITULATIF,
        SANS_REFUS,
        _ask,
        {"pieces": "3 pièces", "depuis": "2 novembre 2026"},
        apres_regroupement,
    ),
    Genre(
        GenreCourriel.PIECES_RELANCE,
        Cadence.RECAPITULATIF,
        (Cadence.RECAPITULATIF,),
        _ask_again,
        {"pieces": "une pièce", "depuis": "2 novembre 2026", "rappel": "rappel n° 2"},
        aux_heures_ouvrees,
        raison="Les relances arrivent ensemble, une fois par jour au plus\u00a0; elles cessent quand la pièce est conforme.",
    ),
    Genre(
        GenreCourriel.PIECE_REFUSEE,
        Cadence.RECAPITULATIF,
        SANS_REFUS,
        _tell_refusal,
        {"motif": "Document illisible"},
        apres_regroupement,
    ),
)
