"""News about the contract: its end, and the base d’assurance of the coming year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings

from accounts.enums import Role
from accounts.models import Habilitation
from contracts.models import ContratGroupe
from contracts.selectors_termes import bases_manquantes, contrats_en_fin
from notifications.enums import Cadence, GenreCourriel
from notifications.genres.base import SANS_REFUS, Dire, Genre, aux_heures_ouvrees, jour_en_francais
from notifications.models import Annonce

FIN, BASE = "FIN", "BASE"


def _deadlines(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """A contract whose end nothing follows yet, a base that is still not fixed; to a collectivité for itself, to a responsable for all."""
    fins = {annonce.donnees["fin"] for annonce in annonces if annonce.donnees["quoi"] == FIN}
    annees = {annonce.donnees["annee"] for annonce in annonces if annonce.donnees["quoi"] == BASE}
    attendus: set[tuple[str, int, int | None]] = {
        (FIN, contrat, collectivite)
        for fin in fins
        for contrat, collectivite in contrats_en_fin(dt.date.fromisoformat(fin), dt.date.fromisoformat(fin)).values_list(
            "formule__contrat_id", "collectivite_id"
        )
    }
    attendus |= {
        (BASE, contrat, collectivite)
        for annee in annees
        for contrat, collectivite in bases_manquantes(annee).values_list("formule__contrat_id", "collectivite_id")
    }
    attendus |= {(quoi, contrat, None) for quoi, contrat, _ in attendus}
    numeros = dict(ContratGroupe.objects.filter(pk__in={a.donnees["contrat"] for a in annonces}).values_list("pk", "numero"))
    responsables = _responsables(annonces)
    return {
        annonce.pk: _say(annonce, numeros[annonce.donnees["contrat"]])
        for annonce in annonces
        if (annonce.donnees["quoi"], annonce.donnees["contrat"], annonce.collectivite_id) in attendus
        and (annonce.collectivite_id is not None or annonce.destinataire_id in responsables)
    }


def _responsables(annonces: Sequence[Annonce]) -> set[int]:
    people = {a.destinataire_id for a in annonces if a.collectivite_id is None and a.destinataire_id is not None}
    actives = Habilitation.objects.actives().filter(role=Role.RESPONSABLE, user_id__in=people)
    return set(actives.values_list("user_id", flat=True))


def _say(annonce: Annonce, numero: str) -> Dire:
    if annonce.donnees["quoi"] == FIN:
        evenement, jour = "il prend fin", dt.date.fromisoformat(annonce.donnees["fin"])
    else:
        annee = annonce.donnees["annee"]
        evenement, jour = f"la base d’assurance de {annee} est à fixer avant", dt.date(annee, 1, 1)
    lien = f"{settings.PUBLIC_URL}/collectivite/"
    if annonce.collectivite_id is None:
        lien = f"{settings.PUBLIC_URL}/gestion/contrats/{annonce.donnees['contrat']}/"
    return Dire(lien, {"contrat": numero, "evenement": evenement, "jour": jour_en_francais(jour)})


GENRES = (
    Genre(
        GenreCourriel.ECHEANCE_CONTRAT,
        Cadence.RECAPITULATIF,
        SANS_REFUS,
        _deadlines,
        {"contrat": "CG-2026", "evenement": "il prend fin", "jour": "31 décembre 2026"},
        aux_heures_ouvrees,
        roles=frozenset({Role.COLLECTIVITE, Role.RESPONSABLE}),
    ),
)
