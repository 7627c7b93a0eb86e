"""What goes into the engine and what comes out. Dates include both ends; fractions are exact decimals; days are integers.

The codes are those of `contracts.enums`, repeated so that the engine stays free of Django; a test holds them identical.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from indemnities.droits.calendrier import Calendaire, Calendrier, Trentieme

UN = Decimal("1")
NEUF_DIXIEMES = Decimal("0.9")
DEMI = Decimal("0.5")
RIEN = Decimal("0")


class Regime(StrEnum):
    CNRACL = "CNRACL"
    IRCANTEC = "IRCANTEC"


class Statut(StrEnum):
    TITULAIRE = "TITULAIRE"
    STAGIAIRE = "STAGIAIRE"
    CONTRACTUEL = "CONTRACTUEL"


class Nature(StrEnum):
    """Natures that give a right by the day. Décès and frais médicaux have none: see `deces.py`."""

    CMO = "CMO"
    CLM = "CLM"
    CLD = "CLD"
    CGM = "CGM"
    AS = "AS"
    TRJ = "TRJ"
    MP = "MP"
    ATC = "ATC"
    ATI = "ATI"
    MAT = "MAT"
    PAT = "PAT"
    ADO = "ADO"
    PATHO = "PATHO"
    NAI = "NAI"
    TPT = "TPT"
    DORS = "DORS"
    MDT = "MDT"
    AIT = "AIT"
    PPR = "PPR"
    IG = "IG"


class Decompte(StrEnum):
    """How days are counted: real days, or months of thirty (domain: §1.3)."""

    CALENDAIRE = "calendaire"
    TRENTIEME = "trentieme"

    @property
    def calendrier(self) -> Calendrier:
        return _CALENDRIERS[self]


_CALENDRIERS: dict[Decompte, Calendrier] = {Decompte.CALENDAIRE: Calendaire(), Decompte.TRENTIEME: Trentieme()}


class Dispense(StrEnum):
    """Why a CMO may have no jour de carence (loi 2017-1837, art. 115, II; domain: §1.3). The dates have the last word."""

    MEME_CAUSE = "MEME_CAUSE"
    ALD = "ALD"
    GROSSESSE = "GROSSESSE"
    INTERRUPTION_GROSSESSE = "INTERRUPTION_GROSSESSE"
    DEUIL_ENFANT = "DEUIL_ENFANT"
    DEVOUEMENT = "DEVOUEMENT"


@dataclass(frozen=True, slots=True)
class Famille:
    """What sets the length of a family leave.

    `rang`: rank of the (first) child born, among those at charge; `enfants`: children born or adopted together; `naissance`: day of the
    birth or of the arrival; `a_charge`: children at charge once an adopted child has come; `partage`: an adoption shared between
    the parents; `postnatal`: a congé pathologique that follows the birth; `taux`: fractions of the two months of a congé de naissance.
    """

    rang: int = 1
    enfants: int = 1
    a_charge: int = 1
    naissance: dt.date | None = None
    partage: bool = False
    postnatal: bool = False
    taux: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Arret:
    """A period certified by one document.

    `certificat`: its date (default: the first day); parts of one certificate share it. `nature`: default, the one asked of the engine.
    `dossier`: an opaque key that ties arrêts of one affection, one accident, one birth; never its name. `dispense`: of carence, with
    `deces_enfant` for the mourning of a child. `attente_avis`: rights are over and the conseil médical has not given its avis.
    `groupe`: of invalidité, 1 to 3. `prolongation_exceptionnelle`: the fourth year of a disponibilité d'office.
    """

    debut: dt.date
    fin: dt.date
    certificat: dt.date | None = None
    nature: Nature | None = None
    dossier: str = ""
    dispense: Dispense | None = None
    deces_enfant: dt.date | None = None
    attente_avis: bool = False
    prolongation_exceptionnelle: bool = False
    groupe: int = 1
    famille: Famille = field(default_factory=Famille)


@dataclass(frozen=True, slots=True)
class Agent:
    """`entree`: first day of the services that count for a contractuel."""

    regime: Regime = Regime.CNRACL
    statut: Statut = Statut.TITULAIRE
    entree: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Motif:
    """Why a day is paid so: a code that never changes, a French sentence, the text it rests on."""

    code: str
    texte: str
    source: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive days of one arrêt with one right. `jours` is counted as the décompte says: in trentièmes it may differ from the dates."""

    debut: dt.date
    fin: dt.date
    jours: int
    fraction: Decimal
    motif: Motif


@dataclass(frozen=True, slots=True)
class Droit:
    """The right of one arrêt: its segments cover it, in order."""

    arret: Arret
    nature: Nature
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Resultat:
    """Rights of a whole history, by first day."""

    droits: tuple[Droit, ...]

    @property
    def totaux(self) -> dict[Decimal, int]:
        """Days of each fraction that has any, the highest first."""
        return totaux(segment for droit in self.droits for segment in droit.segments)


def totaux(segments: Iterable[Segment]) -> dict[Decimal, int]:
    sommes: dict[Decimal, int] = {}
    for segment in segments:
        sommes[segment.fraction] = sommes.get(segment.fraction, 0) + segment.jours
    return {fraction: jours for fraction, jours in sorted(sommes.items(), reverse=True) if jours}
