"""Words that no e-mail says: they tell the nature of a leave, the agent's health, or a pièce that gives either away. Pure functions.

They stop an author who forgot himself; what a program may put in an e-mail is held elsewhere (notifications/genres/).
"""

from __future__ import annotations

import re

from cases.mots_medicaux import once, reveals, words_of
from contracts.enums import Nature

AUSSI_DES_MOTS = frozenset({"ado", "ait", "as", "dc", "dors", "fm", "ig", "mat", "mp", "nai", "pat"})
"""Codes of natures that are ordinary words, or could be, in lower case: they are recognised in capitals only."""

ABREGES = ("ALD", "AT", "ATMP", "CITIS", "CMI", "IPP", "MTT", "TPT")
"""What the trade says beside the codes of natures."""
ABREGES_AUSSI_DES_MOTS = frozenset({"at"})

DEBUTS = (
    "accident", "adopt", "aptitude", "certificat", "consolid", "contagi", "deces", "decede", "expertise", "gueri", "handicap",
    "hopital", "hospitalis", "imputab", "inapt", "infirm", "invalidite", "malad", "matern", "naissance", "obseques", "ordonnance", "patern",
    "reclassement", "rechute", "soignant", "soins", "therapeut", "trajet", "volet",
)  # fmt: skip
"""Beginnings of words, without accents, beside those of cases/mots_medicaux.py."""

LOCUTIONS = (
    "contre visite", "demi traitement", "disponibilite d office", "frais medicaux", "longue duree", "medecin traitant", "raison de sante",
    "rapport medical", "etat de sante",
)  # fmt: skip
"""Runs of words, without accents, all that is no letter being a space."""

_CODES_PARTOUT = frozenset(
    code.lower()
    for code in (*Nature.values, *ABREGES)
    if code.lower() not in AUSSI_DES_MOTS | ABREGES_AUSSI_DES_MOTS
)  # fmt: skip
_CODES_EN_CAPITALES = frozenset(code.upper() for code in AUSSI_DES_MOTS | ABREGES_AUSSI_DES_MOTS)
_CAPITALES = re.compile(r"\b[A-Z]{2,}\b")


def mots_interdits(texte: str) -> list[str]:
    """The words of `texte` that no e-mail may say, each once; lower case, without accents, but for codes in capitals."""
    mots = words_of(texte)
    suite = f" {' '.join(mots)} "
    found = [mot for mot in mots if reveals(mot) or mot.startswith(DEBUTS) or mot in _CODES_PARTOUT]
    found += [code for code in _CAPITALES.findall(texte) if code in _CODES_EN_CAPITALES]
    found += [locution for locution in LOCUTIONS if f" {locution} " in suite]
    return once(found)
