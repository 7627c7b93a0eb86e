"""What is to become of each dossier of the demonstration: its nature, its state today, its age. Drawn from a fixed seed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from contracts.enums import Nature, Regime, Statut
from project.demonstration.agents import Personne
from project.demonstration.taille import SEED, Taille


class Destin(StrEnum):
    """Where a dossier stands on the reference day; the names of states, some split by what is awaited."""

    DECLARE = "DECLARE"
    ATTENTE = "ATTENTE"  # pièces asked, some missing
    A_CONTROLER = "A_CONTROLER"  # pièces received, nobody has looked yet
    PROLONGE = "PROLONGE"  # paid once, a prolongation awaits its pièces
    A_SAISIR = "A_SAISIR"  # validated, the décompte is not typed
    A_SIGNER = "A_SIGNER"
    A_PAYER = "A_PAYER"
    TRANSMIS = "TRANSMIS"
    REJETE = "REJETE"
    RETOURNE = "RETOURNE"  # settled, then sent back by the bank
    REMBOURSE = "REMBOURSE"
    CLOS = "CLOS"
    RECHUTE = "RECHUTE"
    ROUVERT = "ROUVERT"
    MEDIATION = "MEDIATION"
    REFUSE = "REFUSE"
    ANNULE = "ANNULE"


PARTS: dict[Destin, int] = {
    Destin.DECLARE: 60,
    Destin.ATTENTE: 62,
    Destin.A_CONTROLER: 42,
    Destin.PROLONGE: 16,
    Destin.A_SAISIR: 26,
    Destin.A_SIGNER: 20,
    Destin.A_PAYER: 18,
    Destin.TRANSMIS: 18,
    Destin.REJETE: 5,
    Destin.RETOURNE: 3,
    Destin.REMBOURSE: 120,
    Destin.CLOS: 440,
    Destin.RECHUTE: 14,
    Destin.ROUVERT: 6,
    Destin.MEDIATION: 14,
    Destin.REFUSE: 18,
    Destin.ANNULE: 18,
}
"""Of 900 dossiers, how many are to end where."""

C, I = Regime.CNRACL, Regime.IRCANTEC  # noqa: E741 the table below reads better so

NATURES: dict[tuple[Regime, Nature], int] = {
    (C, Nature.CMO): 46, (C, Nature.AS): 14, (C, Nature.TRJ): 3, (C, Nature.MP): 3, (C, Nature.CLM): 6, (C, Nature.CLD): 3,
    (C, Nature.MAT): 6, (C, Nature.PAT): 4, (C, Nature.PATHO): 2, (C, Nature.ADO): 1, (C, Nature.TPT): 2, (C, Nature.DORS): 1,
    (C, Nature.AIT): 1, (C, Nature.DC): 1, (C, Nature.FM): 2,
    (I, Nature.CMO): 8, (I, Nature.ATC): 2, (I, Nature.ATI): 1, (I, Nature.CGM): 1, (I, Nature.MAT): 1, (I, Nature.PAT): 1,
}  # fmt: skip
"""Weights of the natures in each regime, close to what contracts like S002 see."""

ACCIDENTS = ((C, Nature.AS), (C, Nature.TRJ), (C, Nature.MP), (I, Nature.ATC), (I, Nature.ATI))
LONGS = ((C, Nature.CMO), (C, Nature.AS), (C, Nature.MP), (C, Nature.CLM), (C, Nature.CLD), (I, Nature.CMO), (I, Nature.CGM))
PAYABLES = ((C, Nature.CMO), (C, Nature.AS), (C, Nature.TRJ), (C, Nature.CLM), (C, Nature.MAT), (I, Nature.CMO), (I, Nature.ATC))
DISPUTABLES = ((C, Nature.CMO), (C, Nature.AS), (C, Nature.TRJ), (C, Nature.MP))

RESTREINTS: dict[Destin, tuple[tuple[Regime, Nature], ...]] = {
    Destin.RECHUTE: ACCIDENTS,
    Destin.ROUVERT: ((C, Nature.CMO),),
    Destin.MEDIATION: DISPUTABLES,
    Destin.REFUSE: DISPUTABLES,
    Destin.PROLONGE: LONGS,
    Destin.REMBOURSE: (*LONGS, (C, Nature.TRJ), (C, Nature.MAT), (C, Nature.ADO), (C, Nature.FM)),
    Destin.A_SAISIR: PAYABLES,
    Destin.A_SIGNER: PAYABLES,
    Destin.A_PAYER: PAYABLES,
    Destin.TRANSMIS: PAYABLES,
    Destin.REJETE: PAYABLES,
    Destin.RETOURNE: PAYABLES,
}

AGES: dict[Destin, tuple[int, int]] = {
    Destin.DECLARE: (0, 9),
    Destin.ATTENTE: (3, 26),
    Destin.A_CONTROLER: (6, 24),
    Destin.PROLONGE: (70, 160),
    Destin.A_SAISIR: (20, 50),
    Destin.A_SIGNER: (20, 55),
    Destin.A_PAYER: (25, 60),
    Destin.TRANSMIS: (35, 70),
    Destin.REJETE: (25, 60),
    Destin.RETOURNE: (45, 70),
    Destin.REMBOURSE: (60, 190),
    Destin.CLOS: (90, 730),
    Destin.RECHUTE: (200, 700),
    Destin.ROUVERT: (120, 400),
    Destin.MEDIATION: (20, 70),
    Destin.REFUSE: (70, 600),
    Destin.ANNULE: (5, 600),
}
"""Days between the declaration and the reference day."""

DUREES: dict[Nature, tuple[int, ...]] = {
    Nature.CMO: (4, 7, 10, 12, 15, 18, 21, 30, 30, 31, 45, 60),
    Nature.AS: (5, 8, 10, 15, 21, 30, 45, 60),
    Nature.TRJ: (7, 15, 30, 45),
    Nature.MP: (30, 60, 90),
    Nature.CLM: (90, 180),
    Nature.CLD: (180,),
    Nature.CGM: (90, 180),
    Nature.MAT: (112,),
    Nature.PAT: (25,),
    Nature.PATHO: (14,),
    Nature.ADO: (112,),
    Nature.TPT: (30, 60, 90),
    Nature.DORS: (180,),
    Nature.ATC: (6, 12, 20, 30),
    Nature.ATI: (6, 12, 20, 30),
}
"""Calendar days of the first arrêt. Natures that are not here certify no absence."""

FRANCHISE_MAX = 30
"""A leave meant to be paid lasts longer than any franchise of the contract."""


PROLONGEABLES = frozenset({Nature.CMO, Nature.AS, Nature.TRJ, Nature.MP, Nature.CLM, Nature.CLD, Nature.CGM})
PAID_OR_NEARLY = frozenset(RESTREINTS) - {Destin.MEDIATION, Destin.REFUSE, Destin.REMBOURSE}


@dataclass(frozen=True)
class Plan:
    """One dossier to be. `age`: days before the reference day; `duree`: days of the first arrêt, 0 without one."""

    rang: int
    personne: Personne
    nature: Nature
    destin: Destin
    age: int
    duree: int
    suites: tuple[int, ...]
    tardif: bool


def draw(personnes: list[Personne], taille: Taille) -> list[Plan]:
    """The plans, each for an agent of his own, so that no two dossiers of one agent overlap by chance."""
    rng = Random(f"{SEED}:plans")  # noqa: S311
    reserve = list(personnes)
    rng.shuffle(reserve)
    plans: list[Plan] = []
    couvertes = list(NATURES)
    for destin, part in PARTS.items():
        for _ in range(max(1, round(part * taille.dossiers / sum(PARTS.values())))):
            regime, nature = _nature(rng, destin, couvertes)
            personne = _pick(reserve, regime, nature)
            if personne is not None:
                plans.append(_plan(rng, len(plans), personne, nature, destin))
    return plans


def _nature(rng: Random, destin: Destin, couvertes: list[tuple[Regime, Nature]]) -> tuple[Regime, Nature]:
    """Every nature once among the closed ones, whatever the size; then by weight."""
    if destin == Destin.CLOS and couvertes:
        return couvertes.pop()
    permises = RESTREINTS.get(destin) or tuple(NATURES)
    return rng.choices(permises, [NATURES[cle] for cle in permises])[0]


def _pick(reserve: list[Personne], regime: Regime, nature: Nature) -> Personne | None:
    for rang, personne in enumerate(reserve):
        if personne.regime == regime and _suits(personne, nature):
            return reserve.pop(rang)
    return None


def _suits(personne: Personne, nature: Nature) -> bool:
    if nature in (Nature.MAT, Nature.PATHO):
        return personne.femme and personne.agent.naissance.year >= 1984
    if nature == Nature.PAT:
        return not personne.femme and personne.agent.naissance.year >= 1980
    if nature == Nature.ATC:
        return personne.statut == Statut.CONTRACTUEL
    if nature == Nature.ATI:
        return personne.statut == Statut.TITULAIRE
    return True


def _plan(rng: Random, rang: int, personne: Personne, nature: Nature, destin: Destin) -> Plan:
    age = rng.randint(*AGES[destin])
    duree = rng.choice(DUREES.get(nature, (0,)))
    suites: tuple[int, ...] = ()
    if destin == Destin.CLOS:
        if nature in PROLONGEABLES and rng.random() < 0.3:
            suites = tuple(rng.choice((15, 21, 30)) for _ in range(rng.choice((1, 1, 2))))
        age = max(age, duree + sum(suites) + 40)
    elif destin == Destin.REMBOURSE and nature in PROLONGEABLES:
        # Paid so far, and still away: the leave ends about today, so that the return is soon to be asked for.
        duree = max(duree, age + rng.randint(-10, 45))
    elif destin == Destin.REMBOURSE and duree:
        age = duree + rng.randint(-10, 5)
    elif destin == Destin.PROLONGE:
        duree = max(FRANCHISE_MAX + 2, age - rng.randint(0, 12))
    elif destin == Destin.RETOURNE and nature in PROLONGEABLES:
        duree = age + rng.randint(5, 30)
    elif destin in PAID_OR_NEARLY and duree:
        duree = max(duree, FRANCHISE_MAX + rng.randint(2, 15))
    return Plan(rang, personne, nature, destin, age, duree, suites, tardif=rng.random() < 0.03)
