"""What the calculation of an indemnity takes and gives. Money is euros in Decimal, dates are whole days, both ends included."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from contracts.enums import Diviseur, GenreFranchise, Nature, Regime
from indemnities.droits.modele import Decompte, Motif, Segment

ZERO = Decimal("0.00")


class Composante(StrEnum):
    """What pay is made of; the last one is reckoned on what is paid of the first two (domain: §4.1)."""

    TIB = "TIB"
    NBI = "NBI"
    SFT = "SFT"
    IR = "IR"
    PRIMES = "PRIMES"
    CHARGES = "CHARGES"


ENTIERES = frozenset({Composante.SFT, Composante.IR})
"""They stay whole in every paid leave (CGFP L822-3, L822-8, L822-15)."""


class Sort(StrEnum):
    """What becomes of the days of a line."""

    PAYE = "PAYE"
    CARENCE = "CARENCE"
    FRANCHISE = "FRANCHISE"
    SANS_DROIT = "SANS_DROIT"
    NON_COUVERT = "NON_COUVERT"
    INTERROMPU = "INTERROMPU"
    REFUSE = "REFUSE"


@dataclass(frozen=True)
class Remuneration:
    """Annual gross amounts of an agent between two dates; `fin` None: still running."""

    debut: dt.date
    fin: dt.date | None
    tib: Decimal
    nbi: Decimal = ZERO
    sft: Decimal = ZERO
    ir: Decimal = ZERO
    primes: Decimal = ZERO

    def annuel(self, composante: Composante) -> Decimal:
        """Euros a year. CHARGES has none of its own: it follows TIB and NBI."""
        return Decimal(getattr(self, composante.lower()))


@dataclass(frozen=True)
class Assiette:
    """The components a collectivité insures, and its forfait of charges patronales in % of TIB + NBI (0 when not insured)."""

    composantes: frozenset[Composante] = frozenset({Composante.TIB})
    charges: Decimal = ZERO


@dataclass(frozen=True)
class Franchise:
    """The days a contract leaves to the employer (domain: §4.3)."""

    genre: str = GenreFranchise.AUCUNE
    jours: int = 0
    carence_comprise: bool = True
    ecart: int = 0
    """Days between two arrêts up to which the second one goes on with the first: no second franchise."""


@dataclass(frozen=True)
class Termes:
    """The terms that hold for a sinistre, chosen by its date of survenance."""

    diviseur: str = Diviseur.J360
    franchise: Franchise = field(default_factory=Franchise)
    niveau: Decimal = Decimal("1.00")
    niveau_ircantec: bool = False
    """Whether a reduced level also holds for agents of the régime général; S002 exempts them."""
    suit_les_hausses: bool = True
    """Whether pay rises during the leave raise the indemnity (capitalisation does, S002); else the pay of the survenance holds."""
    plafond_jour: Decimal | None = None
    niveaux: Mapping[str, Decimal] = field(default_factory=dict)
    """Levels of some natures, where the contract gives them their own."""
    natures: frozenset[str] | None = None
    """The natures that the formule covers; None: all of them."""
    fin_de_couverture: dt.date | None = None
    """Last day the insurer pays: the contract's term in répartition, None in capitalisation (domain: §4.4)."""
    decompte: Decompte = Decompte.CALENDAIRE
    """How the days of the rights were counted."""

    @property
    def decompte_paye(self) -> Decompte:
        """How days are paid: in thirtieths where rights are and the year has 360 days; else as the calendar has them (ADR 24).

        So a year of leave is worth a year of pay, by either divisor.
        """
        return self.decompte if self.diviseur == Diviseur.J360 else Decompte.CALENDAIRE


@dataclass(frozen=True)
class Montant:
    """An amount for a run of days: IJSS of a CPAM décompte, or the pay really maintained according to bulletins.

    `estime`: reckoned by us while the CPAM's décompte is awaited.
    """

    debut: dt.date
    fin: dt.date
    montant: Decimal
    estime: bool = False


@dataclass(frozen=True)
class Ecarte:
    """Days taken out of the payment by a decision: the employer's (INTERROMPU) or the insurer's (REFUSE)."""

    debut: dt.date
    fin: dt.date
    sort: Sort


@dataclass(frozen=True)
class ArretDroit:
    """An arrêt and the segments of its rights, in date order and without a hole."""

    nature: str
    segments: Sequence[Segment]
    rechute: bool = False
    """A rechute of a CITIS goes on with its first event: no new franchise."""
    absence: Fraction = Fraction(1)
    """The share of work not done: below 1 for a temps partiel thérapeutique only."""

    @property
    def debut(self) -> dt.date:
        return self.segments[0].debut

    @property
    def fin(self) -> dt.date:
        return self.segments[-1].fin


@dataclass(frozen=True)
class Demande:
    """All that an indemnity depends on."""

    regime: str
    survenance: dt.date
    arrets: Sequence[ArretDroit]
    remunerations: Sequence[Remuneration]
    assiette: Assiette
    termes: Termes
    ijss: Sequence[Montant] = ()
    maintenu: Sequence[Montant] = ()
    ecartes: Sequence[Ecarte] = ()
    coupures: Sequence[dt.date] = ()
    """First days at which a line must begin: a décompte is paid by periods."""


@dataclass(frozen=True)
class Part:
    """One component in a line: annual euros, the fraction of them that is paid, these euros exact, the part of a year."""

    composante: Composante
    annuel: Decimal
    fraction: Fraction
    base: Fraction
    annees: Fraction

    @property
    def brut(self) -> Fraction:
        """Exact euros of the whole line, before level."""
        return self.base * self.fraction * self.annees


@dataclass(frozen=True)
class Ligne:
    """A run of days with one reason and one daily amount. `montant` is rounded half-up to the cent, once, here."""

    nature: str
    debut: dt.date
    fin: dt.date
    jours: int
    sort: Sort
    motif: Motif
    fraction: Fraction
    montant: Decimal = ZERO
    parts: tuple[Part, ...] = ()
    diviseur: str = ""
    niveau: Decimal = Decimal("1.00")
    ijss: Fraction = Fraction(0)
    ijss_estimee: bool = False
    plafond: str = ""
    """Which cap cut the amount: "" none, MAINTENU, CONTRAT, AIT (half of the plafond de la Sécurité sociale)."""

    @property
    def brut(self) -> Fraction:
        """Exact euros of the line before level, IJSS and caps."""
        return sum((p.brut for p in self.parts), Fraction(0))


def niveau_applique(termes: Termes, nature: str, regime: str) -> Decimal:
    """The level of reimbursement: décès and frais médicaux always whole; IRCANTEC too unless the contract says otherwise (S002)."""
    if nature in (Nature.DC, Nature.FM) or (regime == Regime.IRCANTEC and not termes.niveau_ircantec):
        return Decimal("1.00")
    return termes.niveaux.get(nature, termes.niveau)
