"""What may be said of a leave or an amount known besides the dossier. Pure: an entry keyed and a line of a file obey the same rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from contracts.enums import Nature, Regime
from indemnities.enums import NATURES_CONNUES, DispenseConnue, GenreMontant

CENT, LIMITE = Decimal("0.01"), Decimal("100000000")
REFERENCE_MAX, MOTIF_MAX = 60, 200
DUREE_MAX = dt.timedelta(days=5 * 366)
"""Of one known leave: beyond, a year was mistyped."""


@dataclass(frozen=True)
class LigneArret:
    """A leave as it was keyed. `certificat_du` None: its first day."""

    nature: str
    debut: dt.date
    fin: dt.date
    certificat_du: dt.date | None = None
    dispense: str = ""


@dataclass(frozen=True)
class LigneMontant:
    """An amount as it was keyed, in euros."""

    genre: str
    debut: dt.date
    fin: dt.date
    montant: Decimal
    reference: str


@dataclass(frozen=True)
class Prise:
    """Days that something has already; `quoi` names it: « le dossier 2026-000042 »."""

    debut: dt.date
    fin: dt.date
    quoi: str


def partage(prises: Iterable[Prise], debut: dt.date, fin: dt.date) -> Prise | None:
    """The first of `prises` that shares a day with [debut, fin]."""
    return next((une for une in prises if une.debut <= fin and debut <= une.fin), None)


def fautes_arret(ligne: LigneArret, *, naissance: dt.date, aujourdhui: dt.date, prises: Iterable[Prise]) -> dict[str, list[str]]:
    """What is wrong with a known leave, by field. `prises`: declared arrêts and live known ones of the agent, TPT apart."""
    fautes: dict[str, list[str]] = {}
    if ligne.nature not in NATURES_CONNUES:
        fautes["nature"] = ["Choisissez une nature de la liste."]
    if ligne.dispense and ligne.dispense not in DispenseConnue.values:
        fautes["dispense"] = ["Choisissez une dispense de la liste."]
    elif ligne.dispense and ligne.nature != Nature.CMO:
        fautes["dispense"] = ["Seule une maladie ordinaire a un jour de carence."]
    if ligne.debut <= naissance:
        fautes["debut"] = ["L’arrêt précède la naissance de l’agent : vérifiez l’année."]
    elif ligne.debut > aujourdhui:
        fautes["debut"] = ["L’arrêt commence dans l’avenir : on note ce qui est connu."]
    if ligne.certificat_du is not None and ligne.certificat_du > aujourdhui:
        fautes["certificat_du"] = ["Le certificat est daté de l’avenir."]
    elif ligne.certificat_du is not None and ligne.debut <= ligne.fin < ligne.certificat_du:
        fautes["certificat_du"] = ["Le certificat est établi après la fin de l’arrêt."]
    if ligne.fin < ligne.debut:
        fautes["fin"] = ["La fin précède le début."]
    elif ligne.fin - ligne.debut > DUREE_MAX:
        fautes["fin"] = ["Un arrêt ne dure pas plus de cinq ans : vérifiez les années, ou notez ses certificats un à un."]
    elif ligne.nature != Nature.TPT and (une := partage(prises, ligne.debut, ligne.fin)) is not None:
        fautes.setdefault("debut", []).append(f"Des jours de cet arrêt sont déjà dans {une.quoi}.")
    return fautes


def fautes_montant(
    ligne: LigneMontant, *, regime: str, aujourdhui: dt.date, arrets: Iterable[tuple[dt.date, dt.date]], prises: Iterable[Prise]
) -> dict[str, list[str]]:
    """What is wrong with an amount, by field. `arrets`: active arrêts of the dossier; `prises`: its live amounts of the same genre."""
    fautes: dict[str, list[str]] = {}
    if ligne.genre not in GenreMontant.values:
        fautes["genre"] = ["Choisissez une valeur de la liste."]
    elif ligne.genre == GenreMontant.CPAM and regime != Regime.IRCANTEC:
        fautes["genre"] = ["La CPAM ne verse d’indemnités journalières qu’aux agents du régime général (IRCANTEC)."]
    if not ligne.montant.is_finite() or abs(ligne.montant) >= LIMITE:
        fautes["montant"] = ["Ce montant est trop grand."]
    elif ligne.montant < 0:
        fautes["montant"] = ["Le montant n’est pas négatif : pour corriger, annulez la ligne fausse et saisissez la juste."]
    elif ligne.montant != ligne.montant.quantize(CENT, ROUND_HALF_UP):
        fautes["montant"] = ["Le montant s’arrête au centime."]
    if not ligne.reference.strip():
        fautes["reference"] = ["Donnez la référence du décompte ou du bulletin."]
    elif len(ligne.reference.strip()) > REFERENCE_MAX:
        fautes["reference"] = [f"{REFERENCE_MAX} caractères au plus."]
    if ligne.debut > aujourdhui:
        fautes["debut"] = ["La période commence dans l’avenir : on note ce qui a été payé."]
    if ligne.fin < ligne.debut:
        fautes["fin"] = ["La fin précède le début."]
    elif not any(debut <= ligne.fin and ligne.debut <= fin for debut, fin in arrets):
        fautes.setdefault("debut", []).append("Aucun arrêt du dossier n’a de jour dans cette période.")
    elif (une := partage(prises, ligne.debut, ligne.fin)) is not None:
        fautes.setdefault("debut", []).append(f"Des jours de cette période sont déjà dans {une.quoi}.")
    return fautes
