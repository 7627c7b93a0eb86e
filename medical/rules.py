"""What looks medical in a text that leaves the bulle. Pure functions, no database.

They help an author who forgot himself; they are no proof that a text says nothing medical.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from contracts.text import search_key

SHARED_LENGTH = 8
"""Letters from which a word shared by both halves of an opinion is worth a second look."""

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

_ADMINISTRATIVE = """
    accident accidents administratif administrative administrativement amenagee amenagement amenagements anterieur anterieure anterieurs
    aptitude aucunement autorisation autorite avancement capacite certificat certificats circonstances collectivite commission
    complement complementaire complementaires concernant conclusion conclusions conditions confirme conforme consecutif consecutifs
    consideration consolidation consolide constatation convocation correspond decembre declaration defavorable definitif definitive
    definitivement demandee demandes demeurant dependant derniere dernieres disponible document documents egalement elements employeur
    entierement etablissement evenement eventuelle eventuellement exceptionnel exercice expertise favorable fonctionnaire fonctions
    guerison horaires immediate immediatement imputabilite imputable imputables inaptitude inchange indemnisation initiale initialement
    initiales instruction intervention justification justifications justifie justifiee justifies lendemain maintien maladies medicale
    medicales missions necessaire necessaires notamment nouvelle nouvelles novembre partielle partiellement periodes permanent
    permanente personnel personnelle possible possibles posterieur posterieure precedent precedente presentation presente progressive
    prolongation prolongations prolonge provisoire quotidien recommande reconnaissance reconnue reevaluation reprendre reserves
    resultant septembre services seulement situation sollicite souhaitable strictement suffisamment suffisant supplementaire temporaire
    temporairement therapeutique totalement toujours transmission
"""
ADMINISTRATIVE: frozenset[str] = frozenset(_ADMINISTRATIVE.split())
"""Words of eight letters and more that both halves share innocently."""


def revealing_words(texte: str) -> list[str]:
    """The words of `texte` that begin like a medical one, in their order, each once, without accents."""
    return _once(mot for mot in _WORD.findall(search_key(texte)) if _reveals(mot))


def telling_words(conclusion: str, interieur: str) -> list[str]:
    """The words of `conclusion` that look medical: from the list, or long and shared with the half that stays inside."""
    inside = {mot for mot in _WORD.findall(search_key(interieur)) if len(mot) >= SHARED_LENGTH}
    return _once(mot for mot in _WORD.findall(search_key(conclusion)) if _reveals(mot) or (mot in inside and mot not in ADMINISTRATIVE))


def _reveals(mot: str) -> bool:
    return any(mot == debut if debut in _SHORT else mot.startswith(debut) for debut in REVEALING)


def _once(mots: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(mots))
