"""The rules, as dated data. Each says the text it comes from; « (U) » marks what domain.md could not verify.

A rule of maladie ordinaire is chosen by the certificate's effect (ADR 21), any other by the first day of the leave.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from indemnities.droits.modele import DEMI, NEUF_DIXIEMES, UN, Motif, Nature, Regime

TOUJOURS = dt.date.min

# -- Maladie ordinaire --------------------------------------------------------------------------------------------------------

TAUX_PLEIN = ((TOUJOURS, UN), (dt.date(2025, 3, 1), NEUF_DIXIEMES))
"""Rate of the first months, by effect of the certificate (CGFP L822-3 as of loi 2025-127, art. 189; décret 2025-197 for contractuels)."""

PLEIN_JOURS, DEMI_JOURS = 90, 270
"""Three months are 90 days, nine are 270, over a sliding year (CGFP L822-2, L822-3; décret 87-602, art. 15; domain: §1.3)."""

CONTRACTUELS = ((4, 30), (24, 60), (36, 90))
"""Months of service reached, days of the first rate and as many at half pay (décret 88-145, art. 7)."""

CARENCE = (
    (dt.date(2012, 1, 1), dt.date(2013, 12, 31)),
    (dt.date(2018, 1, 1), dt.date(2020, 3, 23)),
    (dt.date(2020, 7, 11), dt.date.max),
)
"""First days of leave with a jour de carence (lois 2011-1977, art. 105, and 2017-1837, art. 115; suspended by loi 2020-290, art. 8) (U)."""

REPRISE_MEME_CAUSE = dt.timedelta(days=2)
"""Back at work for at most 48 hours between two leaves of one cause: no second carence (loi 2017-1837, art. 115, II)."""

ANNEES_ALD = 3
SEMAINES_DEUIL = 13

CMO_PLEIN = Motif("CMO_PLEIN", "Plein traitement : 90 premiers jours sur un an glissant", "CGFP L822-3")
CMO_90 = Motif("CMO_90", "90 % du traitement : 90 premiers jours sur un an glissant, certificat à compter du 1er mars 2025", "CGFP L822-3")
CMO_DEMI = Motif("CMO_DEMI", "Demi-traitement : les 90 jours de l’année glissante sont épuisés", "CGFP L822-3")
CMO_EPUISE = Motif("CMO_EPUISE", "Sans traitement : un an de maladie ordinaire est atteint, jusqu’à la reprise", "CGFP L822-2")
JOUR_CARENCE = Motif("CARENCE", "Jour de carence, compté dans les droits", "Loi 2017-1837, art. 115")
CMO_C_PLEIN = Motif("CMO_C_PLEIN", "Plein traitement du contractuel, selon son ancienneté", "Décret 88-145, art. 7")
CMO_C_90 = Motif("CMO_C_90", "90 % du traitement du contractuel, selon son ancienneté", "Décret 88-145, art. 7")
CMO_C_DEMI = Motif("CMO_C_DEMI", "Demi-traitement du contractuel, selon son ancienneté", "Décret 88-145, art. 7")
CMO_C_EPUISE = Motif("CMO_C_EPUISE", "Congé sans traitement : les droits du contractuel sont épuisés", "Décret 88-145, art. 7 et 11")
CMO_C_SANS = Motif("CMO_C_SANS", "Congé sans traitement : moins de quatre mois de services", "Décret 88-145, art. 7 et 11")

# -- Leaves counted by a quota -------------------------------------------------------------------------------------------------


class Mesure(Enum):
    """What a quota is counted in."""

    ANS = "years, from date to date"
    JOURS = "days"


@dataclass(frozen=True, slots=True)
class Palier:
    """So long at one rate. `duree` in the quota's measure."""

    duree: int
    fraction: Decimal
    motif: Motif


@dataclass(frozen=True, slots=True)
class Quota:
    """Steps of a leave, what follows them, and whether a year back at work opens the whole again."""

    mesure: Mesure
    paliers: tuple[Palier, ...]
    apres: Motif
    rouvert_apres_un_an: bool = False


_GRAVE = "Décrets 91-298, art. 36, et 88-145, art. 8"

QUOTAS: dict[Nature, Quota] = {
    Nature.CLM: Quota(
        Mesure.ANS,
        (
            Palier(1, UN, Motif("CLM_PLEIN", "Plein traitement : première année de longue maladie", "CGFP L822-8")),
            Palier(2, DEMI, Motif("CLM_DEMI", "Demi-traitement : deuxième et troisième années de longue maladie", "CGFP L822-8")),
        ),
        Motif("CLM_EPUISE", "Sans traitement : les trois ans de longue maladie sont épuisés", "CGFP L822-7"),
        rouvert_apres_un_an=True,
    ),
    Nature.CLD: Quota(
        Mesure.ANS,
        (
            Palier(3, UN, Motif("CLD_PLEIN", "Plein traitement : trois premières années de longue durée", "CGFP L822-15")),
            Palier(2, DEMI, Motif("CLD_DEMI", "Demi-traitement : quatrième et cinquième années de longue durée", "CGFP L822-15")),
        ),
        Motif("CLD_EPUISE", "Sans traitement : les cinq ans de longue durée sont épuisés pour cette affection", "CGFP L822-15"),
    ),
    Nature.CGM: Quota(
        Mesure.ANS,
        (
            Palier(
                1,
                UN,
                Motif("CGM_PLEIN", "Plein traitement : première année de grave maladie", _GRAVE),
            ),
            Palier(2, DEMI, Motif("CGM_DEMI", "Demi-traitement : deuxième et troisième années de grave maladie", _GRAVE)),
        ),
        Motif("CGM_EPUISE", "Sans traitement : les trois ans de grave maladie sont épuisés", _GRAVE),
        rouvert_apres_un_an=True,
    ),
    Nature.ATI: Quota(  # three months (U)
        Mesure.JOURS,
        (
            Palier(
                90,
                UN,
                Motif("ATI_PLEIN", "Plein traitement : trois premiers mois", "Décret 91-298, art. 37"),
            ),
        ),
        Motif("ATI_EPUISE", "Indemnités journalières seules : le plein traitement est épuisé", "Décret 91-298, art. 37"),
    ),
    Nature.TPT: Quota(
        Mesure.ANS,
        (Palier(1, UN, Motif("TPT", "Plein traitement pendant le temps partiel thérapeutique", "CGFP L823-4")),),
        Motif("TPT_EPUISE", "Au-delà d’un an de temps partiel thérapeutique", "CGFP L823-3"),
        rouvert_apres_un_an=True,
    ),
    Nature.PPR: Quota(  # (U)
        Mesure.ANS,
        (Palier(1, UN, Motif("PPR", "Plein traitement pendant la préparation au reclassement", "CGFP L826-2")),),
        Motif("PPR_EPUISE", "Au-delà d’un an de préparation au reclassement", "CGFP L826-2"),
    ),
    Nature.IG: Quota(  # (U)
        Mesure.ANS,
        (Palier(2, UN, Motif("IG", "Plein traitement pendant le congé pour infirmité de guerre", "Loi du 19 mars 1928, art. 41")),),
        Motif("IG_EPUISE", "Au-delà de deux ans de congé pour infirmité de guerre", "Loi du 19 mars 1928, art. 41"),
    ),
}

ANNEES_DORS, ANNEES_DORS_EXCEPTION = 3, 4
DORS = Motif("DORS", "Sans traitement : disponibilité d’office pour raison de santé", "Décret 86-68, art. 19")
DORS_EPUISE = Motif("DORS_EPUISE", "Au-delà de la durée d’une disponibilité d’office", "Décret 86-68, art. 19")

ATC_MOIS = ((0, 30), (12, 60), (36, 90))
"""Months of service reached on the day of the leave, days at full pay (décret 88-145, art. 9)."""
ATC_PLEIN = Motif("ATC_PLEIN", "Plein traitement du contractuel après un accident, selon son ancienneté", "Décret 88-145, art. 9")
ATC_EPUISE = Motif("ATC_EPUISE", "Indemnités journalières seules : le plein traitement est épuisé", "Décret 88-145, art. 9")

CGM_MOIS_CONTRACTUEL = 36
CGM_SANS = Motif("CGM_SANS", "Sans droit : moins de trois ans de services", "Décret 88-145, art. 8")

# -- Leaves without a limit ----------------------------------------------------------------------------------------------------

CITIS = Motif("CITIS", "Plein traitement jusqu’à la reprise ou la retraite : imputable au service", "CGFP L822-22")
MAINTIEN = Motif("MDT", "Maintien du demi-traitement dans l’attente de la décision", "Décret 87-602, art. 17 et 37")
AIT = {  # articles (U); rates from [F31234]
    1: (Decimal("0.3"), Motif("AIT_1", "Allocation d’invalidité temporaire, groupe 1 : 30 %", "Décret 60-58, art. 6")),
    2: (DEMI, Motif("AIT_2", "Allocation d’invalidité temporaire, groupe 2 : 50 %", "Décret 60-58, art. 6")),
    3: (
        DEMI,
        Motif("AIT_3", "Allocation d’invalidité temporaire, groupe 3 : 50 %, plus la tierce personne", "Décret 60-58, art. 6"),
    ),
}
SANS_LIMITE: dict[Nature, tuple[Decimal, Motif]] = {
    Nature.AS: (UN, CITIS),
    Nature.TRJ: (UN, CITIS),
    Nature.MP: (UN, CITIS),
    Nature.MDT: (DEMI, MAINTIEN),
}

DEMI_EN_ATTENDANT = frozenset({Nature.CMO, Nature.CLM, Nature.CLD, Nature.CGM, Nature.DORS})
"""Where half pay goes on, once rights are over, while the conseil médical's avis is awaited (domain: §1.2). Fonctionnaires only."""

# -- Family leaves -------------------------------------------------------------------------------------------------------------

MATERNITE = {"simple": (6, 10), "troisieme": (8, 18), "jumeaux": (12, 22), "triples": (24, 22)}
"""Weeks before and after the birth (CGFP L631-3; C. trav. L1225-17 to L1225-19; domain: §1.6)."""

PATERNITE = ((TOUJOURS, 11 + 3, 18 + 3), (dt.date(2021, 7, 1), 25 + 3, 32 + 3))
"""By day of birth: days for one child, for several, the three days of the congé de naissance counted (CGFP L631-9; domain: §1.6)."""
MOIS_PATERNITE = 6

ADOPTION = ((TOUJOURS, 10, 11, 18), (dt.date(2021, 7, 1), 16, 25, 32))
"""By day of arrival: weeks for one child, then the days added when the parents share the leave, one child or several (CGFP L631-8)."""
ADOPTION_TROISIEME, ADOPTION_MULTIPLE = 18, 22

PATHOLOGIQUE = {False: 14, True: 28}
"""Days, by « after the birth » (décret 2021-846, art. 4; 28 is (U))."""

NAISSANCE_DEPUIS = dt.date(2026, 1, 1)
NAISSANCE_USAGE = dt.date(2026, 7, 1)
NAISSANCE_MOIS = 2
NAISSANCE_PLANCHER = DEMI
"""The congé supplémentaire de naissance: two months, never under half pay; the decree's rates come with the leave (CGFP L631-1)."""

NATURES: dict[Regime, frozenset[Nature]] = {
    Regime.CNRACL: frozenset(Nature) - {Nature.CGM, Nature.ATC, Nature.ATI},
    Regime.IRCANTEC: frozenset(Nature)
    - {Nature.CLM, Nature.CLD, Nature.AS, Nature.TRJ, Nature.MP, Nature.MDT, Nature.AIT, Nature.PPR, Nature.IG},
}
"""Which natures exist in each regime (domain: §1.2)."""


def valeur(table: tuple[tuple[dt.date, Decimal], ...], jour: dt.date) -> Decimal:
    """The value in force on a day, in a table by first day."""
    return next(montant for debut, montant in reversed(table) if debut <= jour)
