"""News about money: what was paid, and rights that come to an end. Never an amount."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import chain

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone

from cases.enums import OUVERTS
from cases.models import Arret
from indemnities.enums import EtatBordereau
from indemnities.models import Bordereau, Decompte
from notifications.enums import Cadence, GenreCourriel
from notifications.genres.base import (
    SANS_REFUS,
    TOUTES,
    Dire,
    Genre,
    aux_heures_ouvrees,
    en_toutes_lettres,
    jour_en_francais,
    les_dernieres,
    page_du_dossier,
)
from notifications.models import Annonce

DROITS = {"PLEIN": "les droits à rémunération entière", "TOUS": "tous les droits à rémunération"}
"""What comes to an end, by its code."""


def _paid(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """A bordereau that is settled, with the number of its dossiers: nobody's own counts among them, for himself."""
    ids = {annonce.donnees["bordereau"] for annonce in annonces}
    regles = {b.pk: b for b in Bordereau.objects.filter(pk__in=ids, etat=EtatBordereau.REGLE)}
    lignes = Decompte.objects.filter(bordereau_id__in=regles)
    tous, siens = _dossiers(lignes), _own(lignes, annonces)
    found: dict[int, Dire] = {}
    for annonce in annonces:
        bordereau = regles.get(annonce.donnees["bordereau"])
        if bordereau is None or bordereau.regle_le is None:
            continue
        nombre = tous.get(bordereau.pk, 0) - siens.get((bordereau.pk, annonce.destinataire_id), 0)
        if nombre > 0:
            variables = {
                "bordereau": bordereau.numero,
                "jour": jour_en_francais(bordereau.regle_le),
                "dossiers": en_toutes_lettres(nombre, "un dossier", "dossiers"),
            }
            found[annonce.pk] = Dire(f"{settings.PUBLIC_URL}/collectivite/paiements/{bordereau.numero}/", variables)
    return found


def _dossiers(lignes: QuerySet[Decompte]) -> dict[int, int]:
    """How many dossiers each bordereau is about."""
    return dict(lignes.order_by().values_list("bordereau_id").annotate(Count("sinistre_id", distinct=True)))


def _own(lignes: QuerySet[Decompte], annonces: Sequence[Annonce]) -> dict[tuple[int, int | None], int]:
    """How many dossiers of a bordereau are those of the very person it is told to."""
    people = {annonce.destinataire_id for annonce in annonces if annonce.destinataire_id is not None}
    siennes = lignes.filter(sinistre__agent__compte_id__in=people).order_by()
    rows = siennes.values_list("bordereau_id", "sinistre__agent__compte_id").annotate(Count("sinistre_id", distinct=True))
    return {(bordereau, user): nombre for bordereau, user, nombre in rows}


def _running_out(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """The leave still runs, nobody has told the return, and the day has not passed. Full pay and all pay are two news."""
    aujourd_hui = timezone.localdate()
    ids = [annonce.sinistre_id for annonce in annonces if annonce.sinistre_id is not None]
    en_arret = set(
        Arret.objects.filter(sinistre_id__in=ids, actif=True, debut__lte=aujourd_hui, fin__gte=aujourd_hui)
        .order_by()
        .values_list("sinistre_id", flat=True)
    )
    found: dict[int, Dire] = {}
    par_droits = ([a for a in annonces if a.donnees["droits"] == droits] for droits in DROITS)
    for annonce in chain.from_iterable(les_dernieres(unes) for unes in par_droits):
        fin, sinistre = dt.date.fromisoformat(annonce.donnees["fin"]), annonce.sinistre
        if sinistre is None or sinistre.pk not in en_arret or sinistre.etat not in OUVERTS or sinistre.reprise_effective is not None:
            continue
        if fin >= aujourd_hui:
            variables = {"jour": jour_en_francais(fin), "droits": DROITS[annonce.donnees["droits"]]}
            found[annonce.pk] = Dire(page_du_dossier(sinistre), variables)
    return found


GENRES = (
    Genre(
        GenreCourriel.PAIEMENT,
        Cadence.RECAPITULATIF,
        TOUTES,
        _paid,
        {"bordereau": "B-2026-000042", "jour": "3 novembre 2026", "dossiers": "3 dossiers"},
        aux_heures_ouvrees,
    ),
    Genre(
        GenreCourriel.DROITS_EN_FIN,
        Cadence.RECAPITULATIF,
        SANS_REFUS,
        _running_out,
        {"jour": "3 décembre 2026", "droits": "les droits à rémunération entière"},
        aux_heures_ouvrees,
    ),
)
