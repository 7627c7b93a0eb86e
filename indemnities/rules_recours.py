"""Pure rules of a recours contre tiers: what may be claimed, how money is split, when the right to act ends. No database.

Amounts are euros to the cent (Decimal). A line is a (poste, beneficiary) pair.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from cases.rules import add_months
from contracts.enums import GenreFranchise, Nature, RepartitionRecours
from indemnities.enums import BeneficiaireRecours, MandatRecours, PosteRecours

Cle = tuple[str, str]
CENT = Decimal("0.01")
ZERO = Decimal("0.00")

FONDEMENTS = (
    ("CGFP L825-1", "action subrogatoire pour tout ce qui a été versé ou maintenu à l’agent"),
    ("CGFP L825-2", "action directe pour les charges patronales des rémunérations maintenues"),
    ("Loi 85-677, art. 28 à 34", "recours poste par poste, jamais sur les préjudices personnels"),
)
"""What a recours rests on, as the page shows it (domain: §5.4)."""

NINETY_PERCENT = dt.date(2025, 3, 1)
"""A maladie ordinaire certified from that day on is paid 90 % in its first three months (domain: §1.2)."""

DEATH = (PosteRecours.CAPITAL_DECES, PosteRecours.FRAIS_FUNERAIRES, PosteRecours.FRAIS_MEDICAUX)
LEAVE = (PosteRecours.TRAITEMENTS, PosteRecours.CHARGES_PATRONALES, PosteRecours.FRANCHISE, PosteRecours.FRAIS_MEDICAUX)


def lignes_de(nature: str, mandat: str) -> list[Cle]:
    """The lines that a recours may claim, by nature, and for whom it acts. The franchise is what the contract left to the employer."""
    postes = DEATH if nature == Nature.DC else LEAVE
    seule = mandat == MandatRecours.COLLECTIVITE
    return [
        (poste.value, beneficiaire.value)
        for poste in postes
        for beneficiaire in BeneficiaireRecours
        if beneficiaire == BeneficiaireRecours.COLLECTIVITE or not (seule or poste == PosteRecours.FRANCHISE)
    ]


# -- What may be claimed ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Connu:
    """What the software knows of what a sinistre has cost, in euros; `assure`, `charges` (the forfait) and `non_assure` are annual."""

    nature: str
    indemnites: Decimal = ZERO
    autres: Decimal = ZERO
    niveau: Decimal = Decimal(1)
    genre_franchise: str = GenreFranchise.AUCUNE
    franchise_jours: int = 0
    jours: int = 0
    debut: dt.date | None = None
    diviseur: int = 365
    assure: Decimal = ZERO
    charges: Decimal = ZERO
    non_assure: Decimal = ZERO


@dataclass(frozen=True)
class Proposition:
    montant: Decimal
    explication: str


def chiffrer(connu: Connu) -> dict[Cle, Proposition]:
    """What the insurer has paid, and what the contract left to the employer: franchise, part above the level, base not insured.

    A proposal that a person completes: rights at half pay, real charges and the IJSS are not known here.
    """
    trouve: dict[Cle, Proposition] = {}
    if connu.nature == Nature.DC:
        _add(trouve, PosteRecours.CAPITAL_DECES, BeneficiaireRecours.ASSUREUR, connu.autres + connu.indemnites, "Décomptes réglés")
        return trouve
    _add(trouve, PosteRecours.FRAIS_MEDICAUX, BeneficiaireRecours.ASSUREUR, connu.autres, "Décomptes de frais réglés")
    part = connu.charges / (connu.assure + connu.charges) if connu.assure > 0 else ZERO
    _split(trouve, BeneficiaireRecours.ASSUREUR, connu.indemnites, part, "Décomptes réglés")
    if 0 < connu.niveau < 1:
        reste = connu.indemnites / connu.niveau - connu.indemnites
        _split(trouve, BeneficiaireRecours.COLLECTIVITE, reste, part, f"Au-delà du niveau {connu.niveau:.2f}".replace(".", ","))
    jours = jours_de_franchise(connu)
    franchise = (connu.assure + connu.charges) / connu.diviseur * jours * taux_plein(connu)
    _add(trouve, PosteRecours.FRANCHISE, BeneficiaireRecours.COLLECTIVITE, franchise, f"{jours} jours de franchise payés par l’employeur")
    non_assure = connu.non_assure / connu.diviseur * max(connu.jours - carence(connu), 0)
    cle = (PosteRecours.TRAITEMENTS.value, BeneficiaireRecours.COLLECTIVITE.value)
    deja = trouve.pop(cle, Proposition(ZERO, ""))
    explication = f"Éléments non assurés, {connu.jours} jours" if non_assure else ""
    raisons = " ; ".join(r for r in (deja.explication, explication) if r)
    _add(trouve, PosteRecours.TRAITEMENTS, BeneficiaireRecours.COLLECTIVITE, deja.montant + non_assure, raisons)
    return trouve


def jours_de_franchise(connu: Connu) -> int:
    """Days of franchise that the employer paid: the carence, which nobody pays, counts inside (domain: §4.3). A cumulated or relative
    franchise depends on other dossiers: none is proposed."""
    toutes = connu.genre_franchise == GenreFranchise.PAR_ARRET_TOUTES_IJ
    maladie = connu.genre_franchise == GenreFranchise.PAR_ARRET_MO and connu.nature == Nature.CMO
    if not (toutes or maladie):
        return 0
    return max(min(connu.franchise_jours, connu.jours) - carence(connu), 0)


def carence(connu: Connu) -> int:
    """The first day of a maladie ordinaire is paid by nobody (domain: §1.3)."""
    return 1 if connu.nature == Nature.CMO else 0


def taux_plein(connu: Connu) -> Decimal:
    recent = connu.debut is not None and connu.debut >= NINETY_PERCENT
    return Decimal("0.90") if connu.nature == Nature.CMO and recent else Decimal(1)


def _split(trouve: dict[Cle, Proposition], pour: BeneficiaireRecours, montant: Decimal, charges: Decimal, explication: str) -> None:
    """Of an indemnity, the share that stands for charges patronales has a poste of its own."""
    des_charges = _cents(montant * charges)
    _add(trouve, PosteRecours.CHARGES_PATRONALES, pour, des_charges, f"{explication}, part des charges patronales")
    _add(trouve, PosteRecours.TRAITEMENTS, pour, _cents(montant) - des_charges, explication)


def _add(trouve: dict[Cle, Proposition], poste: PosteRecours, pour: BeneficiaireRecours, montant: Decimal, explication: str) -> None:
    if _cents(montant) > 0:
        trouve[(poste.value, pour.value)] = Proposition(_cents(montant), explication)


def _cents(montant: Decimal) -> Decimal:
    return Decimal(montant).quantize(CENT, ROUND_HALF_UP)


# -- Who gets what was recovered ----------------------------------------------------------------------------------------------


def repartir(montant: Decimal, *, dus: Mapping[Cle, Decimal], deja: Mapping[Cle, Decimal], mode: str) -> dict[Cle, Decimal]:
    """How `montant`, just received, is split among the lines that are owed `dus` and have had `deja`. The parts add up to it exactly.

    PRORATA: cent after cent to the line that is furthest behind its due. ASSUREUR, COLLECTIVITE: its lines first, to the end of their
    due. Beyond all that is due (interest), in proportion to the dues. Raises ValueError when nothing is due or for a negative amount.
    """
    cents = _to_cents(montant)
    poids = {cle: _to_cents(du) for cle, du in dus.items() if du > 0}
    if cents < 0 or not poids:
        raise ValueError("A positive amount is split among dues.")
    eus = {cle: _to_cents(deja.get(cle, ZERO)) for cle in poids}
    parts = dict.fromkeys(poids, 0)
    for servis in _order_of_service(poids, mode):
        reste = sum(max(poids[cle] - eus[cle], 0) for cle in servis)
        lot = min(cents, reste)
        _give(lot, {cle: poids[cle] for cle in servis}, eus, parts)
        cents -= lot
    _give(cents, poids, eus, parts)
    return {cle: _to_euros(part) for cle, part in parts.items() if part}


def _order_of_service(poids: Mapping[Cle, int], mode: str) -> list[list[Cle]]:
    if mode not in (RepartitionRecours.ASSUREUR, RepartitionRecours.COLLECTIVITE):
        return [list(poids)]
    return [[cle for cle in poids if cle[1] == mode], [cle for cle in poids if cle[1] != mode]]


def _give(cents: int, poids: Mapping[Cle, int], eus: dict[Cle, int], parts: dict[Cle, int]) -> None:
    """Give `cents`, one after another, each to the line whose next cent comes first: cent k of a line due w comes at (k - 1/2) / w.

    (Webster's method. The method of largest remainders can give a line less when more money comes; this one can't.) Done at once
    up to the level where all are equal, then a cent here or there. `eus` and `parts` are brought up to date.
    """
    if cents == 0:
        return
    actives = sorted(poids)
    while True:
        niveau = Fraction(cents + sum(eus[cle] for cle in actives), sum(poids[cle] for cle in actives))
        en_retard = [cle for cle in actives if eus[cle] < poids[cle] * niveau]
        if len(en_retard) == len(actives):
            break
        actives = en_retard
    donnes = dict.fromkeys(poids, 0)
    for cle in actives:
        donnes[cle] = max((poids[cle] * niveau + Fraction(1, 2)).__floor__() - eus[cle], 0)
    ecart = cents - sum(donnes.values())
    while ecart > 0:
        suivante = min(poids, key=lambda cle: (Fraction(2 * (eus[cle] + donnes[cle]) + 1, 2 * poids[cle]), cle))
        donnes[suivante] += 1
        ecart -= 1
    while ecart < 0:
        servies = [cle for cle in poids if donnes[cle]]
        derniere = max(servies, key=lambda cle: (Fraction(2 * (eus[cle] + donnes[cle]) - 1, 2 * poids[cle]), cle))
        donnes[derniere] -= 1
        ecart += 1
    for cle, don in donnes.items():
        eus[cle] += don
        parts[cle] += don


def _to_cents(montant: Decimal) -> int:
    if montant != montant.quantize(CENT):
        raise ValueError("An amount stops at the cent.")
    return int(montant.scaleb(2))


def _to_euros(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2).quantize(CENT)


# -- Until when one may act ---------------------------------------------------------------------------------------------------

ALERTES_MOIS = (24, 12, 3, 0)
"""Months before the end of the prescription at which somebody is warned; 0: on its last day."""


@dataclass(frozen=True)
class Prescription:
    """The last day on which one may sue; None while the consolidation, from which the ten years run, is not known."""

    fin: dt.date | None
    texte: str


def prescription(
    *, nature: str, survenance: dt.date, consolidation: dt.date | None, quadriennale: bool, reclame_le: dt.date | None = None
) -> Prescription:
    """Ten years from the consolidation (C. civ. 2226; from the death, for a death), which no amicable claim interrupts, only a suit
    (C. civ. 2241). Against a public person, outside vehicles: four years from the 1st of January after the fact (loi 68-1250, art. 1);
    there a written claim made in time starts four new years, from the 1st of January after it (art. 2).
    """
    if quadriennale:
        fin = dt.date(survenance.year + 4, 12, 31)
        if reclame_le is not None and survenance <= reclame_le <= fin:
            fin = dt.date(reclame_le.year + 4, 12, 31)
        return Prescription(fin, "quatre ans depuis le 1er janvier qui suit (loi 68-1250, art. 1 et 2)")
    depart = survenance if nature == Nature.DC else consolidation
    if depart is None:
        return Prescription(None, "dix ans depuis la consolidation, qui n’est pas connue (C. civ. 2226)")
    texte = "dix ans depuis le décès (C. civ. 2226)" if nature == Nature.DC else "dix ans depuis la consolidation (C. civ. 2226)"
    return Prescription(add_months(depart, 120), texte)


def prochaine_alerte(*, fin: dt.date | None, survenance: dt.date, vue_le: dt.date | None) -> dt.date | None:
    """The day of the first warning later than the last one seen; None when the last has been seen.

    While the end is not known: each anniversary of the survenance, to ask for the consolidation.
    """
    if fin is None:
        return next(jour for jour in _anniversaires(survenance) if vue_le is None or jour > vue_le)
    jours = (add_months(fin, -mois) for mois in ALERTES_MOIS)
    return next((jour for jour in jours if vue_le is None or jour > vue_le), None)


def _anniversaires(survenance: dt.date) -> Iterable[dt.date]:
    for annee in range(1, 200):
        yield add_months(survenance, 12 * annee)
