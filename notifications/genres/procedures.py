"""News about what the employer must do or decide, and about the controls he asked for. Never which procedure: it tells the nature."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from django.utils import timezone

from cases.enums import FileTravail, GenreTache
from cases.models import ContreVisite, Tache
from cases.rules import add_months
from notifications.enums import Cadence, GenreCourriel
from notifications.genres.base import SANS_REFUS, Dire, Genre, aux_heures_ouvrees, jour_en_francais, les_dernieres, page_du_dossier
from notifications.models import Annonce

SIX_MOIS = 6
"""A control must have taken place beyond so many months of leave (domain: §3)."""


def _wait_for_employer(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """The step is still open, in the employer's queue."""
    ouvertes = Tache.objects.filter(
        file=FileTravail.EMPLOYEUR, objet_id__in=[annonce.donnees["objet"] for annonce in annonces], fermee_le__isnull=True
    )
    termes = {(tache.objet_type, tache.objet_id): tache.due_at for tache in ouvertes}
    return {
        annonce.pk: Dire(page_du_dossier(annonce.sinistre), {"delai": _at_the_latest(timezone.localdate(terme))})
        for annonce in annonces
        if (terme := termes.get((annonce.donnees["type"], annonce.donnees["objet"]))) is not None
    }


def _at_the_latest(jour: dt.date) -> str:
    """Words that hold when the day has passed too."""
    return f"au plus tard le {jour_en_francais(jour)}" if jour >= timezone.localdate() else "dès maintenant"


def _while_open(genre: GenreTache, delai: Callable[[Annonce], str]) -> Callable[[Sequence[Annonce]], dict[int, Dire]]:
    """What holds as long as the gestionnaire's item of that kind is open: the employer prepares what the gestionnaire follows."""

    def tiennent(annonces: Sequence[Annonce]) -> dict[int, Dire]:
        ids = [annonce.sinistre_id for annonce in annonces if annonce.sinistre_id is not None]
        ouvertes = set(
            Tache.objects.filter(sinistre_id__in=ids, genre=genre, fermee_le__isnull=True).order_by().values_list("sinistre_id", flat=True)
        )
        return {
            annonce.pk: Dire(page_du_dossier(annonce.sinistre), {"delai": delai(annonce)})
            for annonce in les_dernieres(annonces)
            if annonce.sinistre_id in ouvertes
        }

    return tiennent


def _without_waiting(annonce: Annonce) -> str:
    """The day by which to ask has come: two months before the leave, or its rights, come to an end."""
    return "sans attendre"


def controle_le(survenance: dt.date) -> dt.date:
    """The day from which a leave must have been controlled."""
    return add_months(survenance, SIX_MOIS)


def _before_six_months(annonce: Annonce) -> str:
    return "" if annonce.sinistre is None else _at_the_latest(controle_le(annonce.sinistre.survenance))


def _conclusions(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """Those that the médecin gave by word of mouth, until the written ones have come: these are told by themselves."""
    branches = ContreVisite.objects.filter(branche_id__in=[annonce.donnees["branche"] for annonce in annonces])
    ecrites = {branche: bool(conclusions) for branche, conclusions in branches.values_list("branche_id", "conclusions")}
    return {
        annonce.pk: Dire(page_du_dossier(annonce.sinistre), {})
        for annonce in annonces
        if ecrites.get(annonce.donnees["branche"]) is annonce.donnees["ecrites"]
    }


GENRES = (
    Genre(
        GenreCourriel.SAISINE_A_PREPARER,
        Cadence.RECAPITULATIF,
        SANS_REFUS,
        _while_open(GenreTache.SAISINE, _without_waiting),
        {"delai": "sans attendre"},
        aux_heures_ouvrees,
    ),
    Genre(
        GenreCourriel.CONTROLE_A_ORGANISER,
        Cadence.RECAPITULATIF,
        SANS_REFUS,
        _while_open(GenreTache.CONTROLE_6_MOIS, _before_six_months),
        {"delai": "au plus tard le 3 décembre 2026"},
        aux_heures_ouvrees,
    ),
    Genre(
        GenreCourriel.AVIS_CONTRE_VISITE,
        Cadence.AUSSITOT,
        SANS_REFUS,
        _conclusions,
        {},
        aux_heures_ouvrees,
    ),
    Genre(
        GenreCourriel.DECISION_ATTENDUE,
        Cadence.RECAPITULATIF,
        SANS_REFUS,
        _wait_for_employer,
        {"delai": "au plus tard le 3 décembre 2026"},
        aux_heures_ouvrees,
    ),
)
