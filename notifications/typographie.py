"""French typography of a plain text. Pure functions, no database.

A narrow no-break space goes before « ; ! ? » and inside guillemets, a no-break space before « : », between a number and what it counts,
in « n° 3 » and inside a date; apostrophes are curved. Only spaces, apostrophes and dots of suspension are touched, never a line break.
Addresses (with the space that follows them) and variables are left as they are. Setting a text twice gives the same as once.
"""

from __future__ import annotations

import re
from collections.abc import Callable

NBSP = "\u00a0"
FINE = "\u202f"
"""The narrow no-break space."""

Correction = str | Callable[[re.Match[str]], str]

_ESPACE = f"[ \t{NBSP}{FINE}]"
_ADRESSE = r"""\bhttps?://[^\s«»<>"]*|\bwww\.[^\s«»<>"]*|(?<![\w/])/[\w/-][^\s«»<>"]*|[\w.+-]+@[\w-]+(?:\.[\w-]+)*"""
_PROTEGE = rf"\{{\{{[^{{}}\n]*\}}\}}|(?:{_ADRESSE}){_ESPACE}*"
_MOIS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_UNITES = (
    "[€%‰]|h(?:eures?)?|min(?:utes?)?|j(?:ours?)?|semaines?|mois|ans?|années?|euros?|centimes?|fois|pièces?|dossiers?|déclarations?"
    "|agents?|personnes?"
)


def _mark(found: re.Match[str]) -> str:
    """A run of « ; : ! ? »: the space before it, unless it is stuck to what follows (10:42)."""
    marks = found["marques"]
    if not found["espaces"] and found["suite"] is None:
        return found[0]
    return (NBSP if set(marks) == {":"} else FINE) + marks


_REGLES: tuple[tuple[str, Correction], ...] = (
    (r"(?<=[^\W\d_])'(?=[^\W_]|\{\{|«)", "’"),
    (r"(?<![.…])\.\.\.(?![.…])", "…"),
    (rf"«{_ESPACE}*(?=\S)", f"«{FINE}"),
    (rf"(?<=\S){_ESPACE}*»", f"{FINE}»"),
    (rf"(?<=[^\s«(\[{{;:!?])(?P<espaces>{_ESPACE}*)(?P<marques>[;:!?]+)(?P<suite>(?=[\s»)\].,…]|\Z))?", _mark),
    (rf"(?P<n>\b[Nn]°){_ESPACE}*(?=\d|\{{\{{)", lambda found: found["n"] + NBSP),
    (rf"(?<![\d.,])\d{{1,3}}(?:{_ESPACE}\d{{3}})+(?!\d)", lambda found: re.sub(_ESPACE, FINE, found[0])),
    (rf"(?<=\d){_ESPACE}+(?=(?:{_UNITES})(?!\w))", NBSP),
    (rf"(?:(?<=\d)|(?<=1er)){_ESPACE}+(?=(?:{_MOIS})(?!\w))", NBSP),
    (rf"\b(?P<mois>{_MOIS}){_ESPACE}+(?=\d{{4}}(?!\d))", lambda found: found["mois"] + NBSP),
)


def _compile(motif: str, correction: Correction) -> Callable[[str], str]:
    pattern = re.compile(rf"(?P<protege>{_PROTEGE})|{motif}")

    def corrige(found: re.Match[str]) -> str:
        if found["protege"] is not None:
            return found[0]
        return correction if isinstance(correction, str) else correction(found)

    return lambda texte: pattern.sub(corrige, texte)


_PASSES = tuple(_compile(*regle) for regle in _REGLES)


def typographie(texte: str) -> str:
    """`texte` with the spaces, apostrophes and suspensions that French typography wants."""
    for une in _PASSES:
        texte = une(texte)
    return texte
