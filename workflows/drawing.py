"""The drawing of the lifecycle, made from the transitions that django-fsm knows: never a drawing kept by hand.

Columns are states, rows are transitions. On each row a dot marks every state the transition may start from, an arrow every state it
leads to. Nothing is placed by hand: a state or a transition added to the code appears here.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from cases.enums import Etat
from cases.models import Sinistre
from cases.states import PASSAGES

MAIN_PATH = (Etat.DECLARE, Etat.PIECES_EN_ATTENTE, Etat.VALIDE, Etat.REMBOURSE, Etat.CLOS)
"""The states of a dossier that goes as it should."""

LEFT, TOP, COLUMN, ROW, RIGHT, BOTTOM = 236, 64, 104, 34, 16, 16


@dataclass(frozen=True)
class Fleche:
    """One transition: where it may start, where it may end (empty: the state stays)."""

    nom: str
    libelle: str
    depuis: tuple[str, ...]
    vers: tuple[str, ...]


def columns() -> list[Etat]:
    """The main path first, then the others in the order of their declaration."""
    return [*MAIN_PATH, *(etat for etat in Etat if etat not in MAIN_PATH)]


def fleches() -> list[Fleche]:
    """Every transition of the FSM itself, in the order of the lifecycle's table."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for passage in Sinistre._meta.get_field("etat").get_all_transitions(Sinistre):  # type: ignore[union-attr]
        sources, targets = found.setdefault(passage.name, (set(), set()))
        sources.add(passage.source)
        targets |= _targets(passage.target)
    rang = {etat.value: n for n, etat in enumerate(columns())}
    return [
        Fleche(
            nom,
            PASSAGES[nom].libelle,
            tuple(sorted(found[nom][0], key=rang.__getitem__)),
            tuple(sorted(found[nom][1], key=rang.__getitem__)),
        )
        for nom in PASSAGES
        if nom in found
    ]


def _targets(target: Any) -> set[str]:
    """A target is a state, nothing, or a choice among several (RETURN_VALUE)."""
    if target is None:
        return set()
    several = getattr(target, "allowed_states", None)
    return {str(etat) for etat in several} if several is not None else {str(target)}


def svg(present: str = "") -> str:
    """The chart as an accessible SVG, `present` lit with the transitions that start from it. Colours come from the page's CSS."""
    etats, rows = columns(), fleches()
    x = {etat.value: LEFT + COLUMN * n + COLUMN // 2 for n, etat in enumerate(etats)}
    width, height = LEFT + COLUMN * len(etats) + RIGHT, TOP + ROW * len(rows) + BOTTOM
    ici = f" L’état présent est « {Etat(present).label} »." if present else ""
    description = (
        f"{len(etats)} états en colonnes, {len(rows)} transitions en lignes : un point là où une transition peut commencer, "
        f"une flèche là où elle mène. Le tableau qui suit dit la même chose.{ici}"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="p-dessin" viewBox="0 0 {width} {height}" role="img"',
        ' aria-labelledby="p-titre p-desc">',
        '<title id="p-titre">Le parcours d’un dossier</title>',
        f'<desc id="p-desc">{escape(description)}</desc>',
        '<defs><marker id="p-fleche" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">',
        '<path d="M0 0 10 5 0 10z" class="p-pointe"/></marker></defs>',
    ]
    parts += [_column(etat, x[etat.value], height, lit=etat.value == present) for etat in etats]
    parts += [_row(fleche, TOP + ROW * n + ROW // 2, x, width, present) for n, fleche in enumerate(rows)]
    return "".join([*parts, "</svg>"])


def _column(etat: Etat, x: int, height: int, *, lit: bool) -> str:
    lines = _two_lines(etat.label)
    words = "".join(f'<tspan x="{x}" dy="{0 if n == 0 else 15}">{escape(line)}</tspan>' for n, line in enumerate(lines))
    y = 36 if len(lines) == 1 else 28
    band = f'<rect class="p-bande" x="{x - COLUMN // 2}" y="4" width="{COLUMN}" height="{height - 8}" rx="6"/>' if lit else ""
    return (
        f'<g class="p-etat{" p-present" if lit else ""}">{band}<line class="p-vie" x1="{x}" x2="{x}" y1="{TOP - 6}" y2="{height - 8}"/>'
        f'<text class="p-nom" text-anchor="middle" x="{x}" y="{y}">{words}</text></g>'
    )


def _two_lines(libelle: str) -> list[str]:
    mots = libelle.split()
    if len(libelle) <= 12 or len(mots) == 1:
        return [libelle]
    return [mots[0], " ".join(mots[1:])]


def _row(fleche: Fleche, y: int, x: dict[str, int], width: int, present: str) -> str:
    starts = [x[etat] for etat in fleche.depuis]
    # A transition that may stay where it is (REMBOURSE to REMBOURSE) has its dot there: an arrow to it would point at itself.
    ends = [x[etat] for etat in fleche.vers if len(fleche.depuis) > 1 or etat not in fleche.depuis]
    parts = [
        f'<g class="p-passage{" p-possible" if present in fleche.depuis else ""}">',
        f'<line class="p-ligne" x1="{LEFT - 8}" x2="{width - RIGHT}" y1="{y + ROW // 2}" y2="{y + ROW // 2}"/>',
        f'<text class="p-libelle" text-anchor="end" x="{LEFT - 16}" y="{y + 4}">{escape(fleche.libelle)}</text>',
    ]
    parts += [_arrow(start, end, y) for end in ends for start in _outermost(starts, end)]
    if not ends and len(starts) > 1:
        parts.append(f'<line class="p-trait p-surplace" x1="{min(starts)}" x2="{max(starts)}" y1="{y}" y2="{y}"/>')
    parts += [f'<circle class="p-point" cx="{start}" cy="{y}" r="5"/>' for start in starts]
    parts += [f'<circle class="p-but" cx="{end}" cy="{y}" r="8"/>' for end in ends]
    return "".join([*parts, "</g>"])


def _outermost(starts: list[int], end: int) -> list[int]:
    """The farthest start on each side of `end`: the line from it passes through the others of that side."""
    left, right = [s for s in starts if s < end], [s for s in starts if s > end]
    return [*([min(left)] if left else []), *([max(right)] if right else [])]


def _arrow(start: int, end: int, y: int) -> str:
    tip = end + (9 if start > end else -9)
    return f'<line class="p-trait" x1="{start}" x2="{tip}" y1="{y}" y2="{y}" marker-end="url(#p-fleche)"/>'
