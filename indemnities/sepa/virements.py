"""A credit transfer, refused here when the bank would refuse it, or worse, would not (the library that writes the file checks no IBAN)."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from text_unidecode import unidecode

from cases.errors import DonneeInvalide

CENT = Decimal("0.01")
PLAFOND = Decimal("999999999.99")
"""The largest amount of one SEPA transfer (EPC115-06, AT-T002)."""

IDENTIFIANT = re.compile(r"[A-Za-z0-9+?/:().,'-](?:[A-Za-z0-9+?/:().,' -]{0,33}[A-Za-z0-9+?/:().,'-])?", re.ASCII)
"""Identifications the EPC allows: 1 to 35 of its characters, no space at the ends; no « / » at the ends nor « // » (EPC230-15)."""

INTERDITS = re.compile(r"[^A-Za-z0-9+?/:().,' -]")


@dataclass(frozen=True)
class Adresse:
    """A structured address: since November 2025 town and country at least, never free lines (EPC rulebook 2025)."""

    ville: str
    pays: str = "FR"
    code_postal: str = ""
    rue: str = ""


@dataclass(frozen=True)
class Compte:
    """Who holds an account. `bic` may stay empty: the IBAN suffices within SEPA."""

    titulaire: str
    iban: str
    bic: str = ""
    adresse: Adresse | None = None


@dataclass(frozen=True)
class Virement:
    """One transfer, in euros. `reference` is its EndToEndId, unique for ever; `libelle` is what the payee reads."""

    reference: str
    beneficiaire: Compte
    montant: Decimal
    libelle: str


def verifier(donneur: Compte, virements: Sequence[Virement], execution: dt.date, *, aujourd_hui: dt.date) -> None:
    """Raise DonneeInvalide with every fault at once, each on its transfer (« virements.2.iban »)."""
    erreurs = {f"donneur.{champ}": texte for champ, texte in fautes_du_compte(donneur).items()}
    if execution < aujourd_hui:
        erreurs["execution"] = ["La date d’exécution est passée."]
    if not virements:
        erreurs["virements"] = ["Il n’y a aucun virement à faire."]
    doubles = {reference for reference, fois in Counter(v.reference for v in virements).items() if fois > 1}
    for rang, virement in enumerate(virements):
        fautes = fautes_du_compte(virement.beneficiaire) | _transfer_faults(virement)
        if virement.reference in doubles:
            fautes["reference"] = ["Cette référence désigne deux virements."]
        erreurs |= {f"virements.{rang}.{champ}": texte for champ, texte in fautes.items()}
    if erreurs:
        raise DonneeInvalide(erreurs)


def _transfer_faults(virement: Virement) -> dict[str, list[str]]:
    fautes: dict[str, list[str]] = {}
    if not virement.montant.is_finite() or not CENT <= virement.montant <= PLAFOND:
        fautes["montant"] = ["Un virement va de 0,01 € à 999 999 999,99 €."]
    elif virement.montant != virement.montant.quantize(CENT):
        fautes["montant"] = ["Le montant s’arrête au centime."]
    reference = virement.reference
    if not IDENTIFIANT.fullmatch(reference) or reference.startswith("/") or reference.endswith("/") or "//" in reference:
        fautes["reference"] = ["La référence a 1 à 35 lettres, chiffres et signes simples, sans « / » au bord ni « // »."]
    if not propre(virement.libelle) or len(propre(virement.libelle)) > 140:
        fautes["libelle"] = ["Le libellé a 1 à 140 caractères."]
    return fautes


def fautes_du_compte(compte: Compte) -> dict[str, list[str]]:
    """What is wrong with an account, by field (titulaire, iban, bic, adresse); empty when it can be paid."""
    fautes: dict[str, list[str]] = {}
    if not propre(compte.titulaire) or len(propre(compte.titulaire)) > 70:
        fautes["titulaire"] = ["Le nom du titulaire a 1 à 70 caractères."]
    try:
        iban = IBAN(compte.iban, validate_bban=True)
    except SchwiftyException:
        fautes["iban"] = ["Cet IBAN est faux : vérifiez chaque chiffre."]
    else:
        if not iban.in_sepa_zone:
            fautes["iban"] = ["Ce compte est hors de la zone SEPA."]
    if compte.bic:
        try:
            BIC(compte.bic)
        except SchwiftyException:
            fautes["bic"] = ["Ce BIC est faux."]
    if compte.adresse is not None and not (propre(compte.adresse.ville) and re.fullmatch("[A-Z]{2}", compte.adresse.pays)):
        fautes["adresse"] = ["Une adresse a au moins une ville et un pays."]
    return fautes


def propre(texte: str) -> str:
    """The text in the characters that every SEPA bank takes: accents dropped, other signs made spaces, spaces made one."""
    return " ".join(INTERDITS.sub(" ", unidecode(texte)).split())
