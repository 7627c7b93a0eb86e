"""What looks medical in a text that somebody else will read. Pure functions, no database.

They help an author who forgot himself; they are no proof that a text says nothing medical.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from contracts.text import search_key

MOTS_MEDICAUX = "mots_medicaux"
"""The code of the interruption card that such words raise."""

_WORD = re.compile(r"[a-z]+")

REVEALING: tuple[str, ...] = (
    "ablation", "addict", "alcool", "algie", "allerg", "anevrism", "anxi", "arthro", "asthm", "auditif", "auditive", "avc", "burn",
    "cancer", "cardia", "cardio", "cervic", "chimio", "chirurg", "cicatri", "cirrho", "commotion", "contusion", "dechirur", "depress",
    "dermat", "diabet", "diagnos", "discal", "dorsal", "douleur", "eczema", "entorse", "epicondyl", "epilep", "fibromyal", "fractur",
    "gastr", "genou", "grossess", "hanche", "hemat", "hepat", "hernie", "hypertens", "infarctus", "infect", "insomni", "irm", "ischem",
    "lesion", "leucem", "ligament", "lombaire", "lombalg", "lumbago", "luxation", "medicament", "meningit", "menisc", "metasta",
    "migraine", "musculo", "neur", "nevral", "oncol", "operatoire", "ortho", "parkinson", "patholog", "plaie", "pneumo", "posologi",
    "prothes", "psych", "radiothera", "rhumat", "rotul", "scanner", "scapul", "schizo", "sciatiq", "sclerose", "seropositi", "suicid",
    "symptom", "syndrom", "tendin", "tendon", "thromb", "toxicoman", "traumatis", "tumeur", "tumor", "ulcer", "vertebr", "vih",
)  # fmt: skip
"""Beginnings of words that hardly ever have a place in what an employer reads. Without accents, lower case."""

_SHORT = frozenset({"avc", "irm", "vih", "burn"})
"""Those that must be the whole word."""


def words_of(texte: str) -> list[str]:
    """The words of `texte`, lower case, without accents, in their order."""
    return _WORD.findall(search_key(texte))


def reveals(mot: str) -> bool:
    """Whether a word, lower case and without accents, begins like a medical one."""
    return any(mot == debut if debut in _SHORT else mot.startswith(debut) for debut in REVEALING)


def once(mots: Iterable[str]) -> list[str]:
    """Each word once, in its order."""
    return list(dict.fromkeys(mots))


def revealing_words(texte: str) -> list[str]:
    """The words of `texte` that begin like a medical one, in their order, each once, without accents."""
    return once(mot for mot in words_of(texte) if reveals(mot))
