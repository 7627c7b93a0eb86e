"""Capital décès of the fonction publique territoriale: how much, to whom, when (domain: §1.7).

Amounts are euros to the cent, rounded half-up once; shares always add up to the capital. The multiplied amounts of décret 2024-555 are for
the State's civil servants and do not apply here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from cases.errors import DonneeInvalide
from indemnities.droits.calendrier import ajouter_mois
from indemnities.droits.modele import Motif, Regime, Statut
from indemnities.droits.regles import valeur

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


class Cause(StrEnum):
    ORDINAIRE = "ORDINAIRE"
    SERVICE = "SERVICE"
    DEVOUEMENT = "DEVOUEMENT"


class Lien(StrEnum):
    MARIAGE = "MARIAGE"
    PACS = "PACS"


class Beneficiaire(StrEnum):
    CONJOINT = "CONJOINT"
    ENFANT = "ENFANT"
    ASCENDANT = "ASCENDANT"


@dataclass(frozen=True, slots=True)
class Defunt:
    """`remuneration`: last gross annual pay, in euros: traitement at the index held on the day of death, IR, SFT, regulatory indemnités.

    For IRCANTEC, the emoluments of the last twelve months; `capital_cpam` is then what the régime général pays.
    """

    deces: dt.date
    remuneration: Decimal
    regime: Regime = Regime.CNRACL
    statut: Statut = Statut.TITULAIRE
    age_legal: bool = False
    cause: Cause = Cause.ORDINAIRE
    capital_cpam: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Conjoint:
    lien: Lien
    depuis: dt.date
    separe: bool = False


@dataclass(frozen=True, slots=True)
class Enfant:
    """`impose`: taxed on his own assets."""

    naissance: dt.date
    infirme: bool = False
    impose: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What one person receives at each payment, in euros. `rang`: his place in the list that was given."""

    qui: Beneficiaire
    rang: int
    capital: Decimal
    majoration: Decimal


@dataclass(frozen=True, slots=True)
class Capital:
    """`montant` is shared among `parts`; each child also has his majoration. The whole is paid on each day of `echeances`.

    `assurable`: False where it is paid by CPAM and Ircantec and never by the contract.
    """

    montant: Decimal
    parts: tuple[Part, ...]
    echeances: tuple[dt.date, ...]
    motif: Motif
    assurable: bool = True


MOTIFS = {
    "ENTIER": Motif("DC_ENTIER", "Dernière rémunération brute annuelle", "CSS D712-19 ; décret 2021-1860"),
    "QUART": Motif("DC_QUART", "Un quart de la rémunération : âge légal de la retraite atteint", "CSS D712-22 ; décret 2021-1860"),
    "SERVICE": Motif("DC_SERVICE", "Dernière rémunération brute annuelle : décès imputable au service", "CSS D712-23-1 ; décret 2021-176"),
    "DEVOUEMENT": Motif("DC_DEVOUEMENT", "Versé trois années de suite : attentat, lutte ou dévouement", "CSS D712-24"),
    "FORFAIT": Motif("DC_FORFAIT", "Forfait en vigueur avant 2021", "CSS D361-1"),
    "IRCANTEC": Motif("DC_IRCANTEC", "Émoluments de douze mois, capital de la CPAM déduit, 75 % au moins", "Décret 70-1277"),
}

REMUNERATION_DEPUIS = dt.date(2021, 1, 1)
"""Décret 2021-176 for 2021, made permanent by 2021-1860."""
FORFAIT_DEPUIS = dt.date(2020, 4, 1)
FORFAIT, FORFAIT_QUART = Decimal("13888.00"), Decimal("3472.00")

STATUTS = ((dt.date.min, frozenset({Statut.TITULAIRE, Statut.STAGIAIRE})),)
"""Who has the capital of CSS D712-19, by day of death. Sources conflict on stagiaires (domain: §1.7): a dated rule, to be confirmed."""

TRAITEMENT_IB_585 = (
    (dt.date.min, Decimal("27778.76")),  # index 494 at 56.2323
    (dt.date(2022, 7, 1), Decimal("28751.00")),  # 494 at 58.2004
    (dt.date(2023, 7, 1), Decimal("29182.26")),  # 494 at 59.0734
    (dt.date(2024, 1, 1), Decimal("29477.63")),  # 499 at 59.0734
)
"""Gross annual traitement of indice brut 585: a child's majoration is 3 % of it (CSS D712-21), 833,36 € in 2021. Later rows (U)."""

AGE_ENFANT = 21
ANNEES_PACS = 2
VIABLE = dt.timedelta(days=300)
IRCANTEC_PLANCHER = Decimal("0.75")


def capital(defunt: Defunt, *, conjoint: Conjoint | None = None, enfants: Sequence[Enfant] = (), ascendants: int = 0) -> Capital:
    """The capital and its shares. `ascendants`: those at charge, served only where there is neither spouse nor child.

    Raises DonneeInvalide: negative pay, a death before 1/4/2020 (its flat amounts are not known here), a statut without this capital.
    """
    if defunt.remuneration < 0 or defunt.capital_cpam < 0:
        raise DonneeInvalide.sur("remuneration", "Une rémunération ne peut pas être négative.")
    if defunt.regime is Regime.IRCANTEC:
        montant = max(defunt.remuneration - defunt.capital_cpam, defunt.remuneration * IRCANTEC_PLANCHER)
        motif, majoration = MOTIFS["IRCANTEC"], ZERO
    else:
        montant, motif = _montant(defunt)
        reduit = motif is MOTIFS["QUART"] or (motif is MOTIFS["FORFAIT"] and defunt.age_legal)
        majoration = ZERO if reduit else au_cent(valeur(TRAITEMENT_IB_585, defunt.deces) * 3 / 100)
    annees = 3 if motif.code == "DC_DEVOUEMENT" else 1
    montant = au_cent(montant)
    return Capital(
        montant=montant,
        parts=_parts(montant, majoration, defunt.deces, conjoint, enfants, ascendants),
        echeances=tuple(ajouter_mois(defunt.deces, 12 * annee) for annee in range(annees)),
        motif=motif,
        assurable=defunt.regime is not Regime.IRCANTEC,
    )


def _montant(defunt: Defunt) -> tuple[Decimal, Motif]:
    statuts = next(statuts for debut, statuts in reversed(STATUTS) if debut <= defunt.deces)
    if defunt.statut not in statuts:
        raise DonneeInvalide.sur("statut", "Ce statut n’ouvre pas droit au capital décès des fonctionnaires.")
    if defunt.deces < FORFAIT_DEPUIS:
        raise DonneeInvalide.sur("deces", "Le capital décès n’est calculé que pour les décès à partir du 1er avril 2020.")
    if defunt.deces < REMUNERATION_DEPUIS:
        return (FORFAIT_QUART if defunt.age_legal else FORFAIT), MOTIFS["FORFAIT"]
    if defunt.cause is not Cause.ORDINAIRE:
        return defunt.remuneration, MOTIFS[defunt.cause]
    if defunt.age_legal:
        return defunt.remuneration / 4, MOTIFS["QUART"]
    return defunt.remuneration, MOTIFS["ENTIER"]


def _parts(
    montant: Decimal, majoration: Decimal, deces: dt.date, conjoint: Conjoint | None, enfants: Sequence[Enfant], ascendants: int
) -> tuple[Part, ...]:  # fmt: skip
    """A third to the spouse, the rest to the children; all to one if the other is absent; else to the ascendants (CSS D712-20)."""
    servis = [rang for rang, enfant in enumerate(enfants) if _a_droit(enfant, deces)]
    a_naitre = [rang for rang, enfant in enumerate(enfants) if deces < enfant.naissance <= deces + VIABLE]
    epoux = conjoint is not None and _lie(conjoint, deces)
    if epoux:
        au_conjoint = au_cent(montant / 3) if servis else montant
        parts = [Part(Beneficiaire.CONJOINT, 0, au_conjoint, ZERO)]
        parts += _egales(Beneficiaire.ENFANT, servis, montant - au_conjoint, majoration)
    elif servis:
        parts = _egales(Beneficiaire.ENFANT, servis, montant, majoration)
    else:
        parts = _egales(Beneficiaire.ASCENDANT, range(ascendants), montant, ZERO)
    return tuple(parts) + tuple(Part(Beneficiaire.ENFANT, rang, ZERO, majoration) for rang in a_naitre if majoration)


def _a_droit(enfant: Enfant, deces: dt.date) -> bool:
    mineur = deces < ajouter_mois(enfant.naissance, 12 * AGE_ENFANT)
    return enfant.naissance <= deces and (mineur or enfant.infirme) and not enfant.impose


def _lie(conjoint: Conjoint, deces: dt.date) -> bool:
    if conjoint.lien is Lien.PACS:
        return not conjoint.separe and ajouter_mois(conjoint.depuis, 12 * ANNEES_PACS) <= deces
    return not conjoint.separe and conjoint.depuis <= deces


def _egales(qui: Beneficiaire, rangs: Sequence[int], montant: Decimal, majoration: Decimal) -> list[Part]:
    """Equal shares to the cent; the cents that do not divide go to the first ones."""
    if not rangs:
        return []
    cents, reste = divmod(int(montant / CENT), len(rangs))
    return [Part(qui, rang, (cents + (place < reste)) * CENT, majoration) for place, rang in enumerate(rangs)]


def au_cent(montant: Decimal) -> Decimal:
    return montant.quantize(CENT, rounding=ROUND_HALF_UP)
