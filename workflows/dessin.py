"""The drawing of a procedure, made from its flow: nodes and arrows as viewflow lays them out, in our own shapes. Never kept by hand.

With a branch, what is done is marked and what waits is lit. Colours come from the page's CSS (« f-… » classes). The same flow as BPMN 2.0,
for whoever has a tool that reads it.
"""

from __future__ import annotations

from functools import cache
from html import escape
from textwrap import wrap
from typing import Any

from viewflow.workflow import chart
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from cases.enums import GenreBranche
from cases.models import Branche
from workflows.registre import flow_of

MARGIN = 12
LINE = 15
SHORT = 40
FAIT, PRESENT, PANNE = "f-fait", "f-present", "f-panne"
LABELS = {"yes": "oui", "no": "non"}
OVER = (STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED)


@cache
def _grid(genre: str) -> Any:
    """Where everything stands, its arrows labelled in French."""
    grid = chart.calc_layout_data(flow_of(genre))
    for edge in grid.edges:
        edge.label = LABELS.get(str(edge.label or ""), str(edge.label or ""))
    return grid


def etapes(genre: str) -> list[Any]:
    """The steps, automatic steps and timers of this kind, from left to right as they are drawn."""
    cells = [cell for cell in _grid(genre).cells if cell.node.task_type in ("HUMAN", "JOB", "TIMER")]
    return [cell.node for cell in sorted(cells, key=lambda cell: (cell.col, cell.row))]


def bpmn(genre: str) -> str:
    """The flow of this kind as BPMN 2.0 with its drawing: valid against the OMG's schema."""
    return str(chart.grid_to_bpmn(_grid(genre))).strip()


def _lit(branche: Branche | None) -> dict[str, str]:
    """For each node of this run, the class that tells where it stands: waiting wins over done."""
    lit: dict[str, str] = {}
    if branche is None:
        return lit
    rows = Task.objects.filter(process=branche.processus_id).order_by("pk").only("flow_task", "status")
    for task in rows:
        if task.flow_task is None:
            continue
        if task.status == STATUS.ERROR:
            lit[task.flow_task.name] = PANNE
        elif task.status not in OVER:
            lit[task.flow_task.name] = PRESENT
        elif task.status == STATUS.DONE and lit.get(task.flow_task.name) != PRESENT:
            lit[task.flow_task.name] = FAIT
    return lit


def svg(genre: str, branche: Branche | None = None) -> str:
    """The flow of this kind as an accessible SVG; `branche` lights where that run of it stands."""
    grid, lit = _grid(genre), _lit(branche)
    titre = f"Procédure « {GenreBranche(genre).label} »"
    width, height = grid.width + 2 * MARGIN, grid.height + 2 * MARGIN
    ident = f"f-{genre.lower()}"
    box = f"{-MARGIN} {-MARGIN} {width} {height}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="f-dessin" width="{width}" height="{height}" viewBox="{box}" role="img"',
        f' aria-labelledby="{ident}-titre {ident}-desc">',
        f'<title id="{ident}-titre">{escape(titre)}</title>',
        f'<desc id="{ident}-desc">{escape(_description(grid, lit))}</desc>',
        f'<defs><marker id="{ident}-fleche" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto">',
        '<path d="M0 0 10 5 0 10z" class="f-pointe"/></marker></defs>',
    ]
    parts += [_edge(edge, f"{ident}-fleche") for edge in grid.edges]
    prefix = f"{GenreBranche(genre).label.partition(' ')[0]} : "
    parts += [_cell(cell, lit.get(cell.node.name, ""), prefix) for cell in grid.cells]
    parts += [_label(edge) for edge in grid.edges if edge.label and edge.label_pos is not None]
    return "".join([*parts, "</svg>"])


def _description(grid: Any, lit: dict[str, str]) -> str:
    steps = [cell.node for cell in grid.cells if cell.node.task_type in ("HUMAN", "JOB")]
    present = [node.task_title for node in steps if lit.get(node.name) == PRESENT]
    ici = f" Étapes en cours : {', '.join(present)}." if present else ""
    return f"{len(steps)} étapes.{ici} La liste des étapes dit la même chose en mots."


def _edge(edge: Any, marker: str) -> str:
    points = " ".join(f"{x},{y}" for x, y in edge.segments)
    return f'<polyline class="f-trait" points="{points}" marker-end="url(#{marker})"/>'


def _label(edge: Any) -> str:
    """Along the arrow it belongs to. A short one has room for a few letters only; over a gateway stands what it asks."""
    x, y = edge.label_pos
    (x1, y1), (x2, y2), *after = edge.segments
    if y1 == y2 and abs(x2 - x1) < SHORT:
        x = min(x1, x2) - 3
    elif y2 < y1 and after:
        x, y = x2 + (6 if after[0][0] > x2 else -28), y2 - 4
    return f'<text class="f-mot" x="{x}" y="{y}">{escape(edge.label)}</text>'


def _cell(cell: Any, lit: str, prefix: str) -> str:
    """One node. A step's words need not name the procedure again."""
    shape, node = cell.shape, cell.node
    words = node.task_title.removeprefix(prefix)
    inner = _shape(node, words[:1].upper() + words[1:], shape.width, shape.height)
    titre = f"<title>{escape(node.task_title)}</title>"
    return f'<g class="f-noeud {lit}" transform="translate({shape.x},{shape.y})">{titre}{inner}</g>'


def _shape(node: Any, words: str, width: int, height: int) -> str:
    x, y = width / 2, height / 2
    match node.bpmn_element:
        case "userTask" | "serviceTask":
            auto = node.bpmn_element == "serviceTask"
            box = f'<rect class="f-etape{" f-auto" if auto else ""}" width="{width}" height="{height}" rx="6"/>'
            return box + _words(words, x, y)
        case "startEvent" | "endEvent":
            return f'<circle class="f-{"debut" if node.bpmn_element == "startEvent" else "fin"}" cx="{x}" cy="{y}" r="{x - 3}"/>'
        case "boundaryEvent":
            hand = f'<path class="f-aiguille" d="M{x} {y - x / 2}V{y}H{x + x / 2.5}"/>'
            return f'<circle class="f-minuterie" cx="{x}" cy="{y}" r="{x - 2}"/>{hand}'
    sign = "+" if node.bpmn_element == "parallelGateway" else "×"
    diamond = f'<path class="f-choix" d="M{x} 2 {width - 2} {y} {x} {height - 2} 2 {y}z"/>'
    return f'{diamond}<text class="f-signe" text-anchor="middle" x="{x}" y="{y + 7}">{sign}</text>{_question(node, x)}'


def _question(node: Any, x: float) -> str:
    """What a gateway asks, over it. One that asks nothing has no title of its own."""
    if not node.task_title.endswith("?"):
        return ""
    lines = wrap(node.task_title.replace(" ?", "\N{NO-BREAK SPACE}?"), 16)
    return "".join(
        f'<text class="f-question" text-anchor="middle" x="{x}" y="{-4 - LINE * n}">{escape(line)}</text>'
        for n, line in enumerate(reversed(lines))
    )


def _words(titre: str, x: float, y: float) -> str:
    lines = wrap(titre, 21)
    first = y - (len(lines) - 1) * LINE / 2 + 4
    spans = "".join(f'<tspan x="{x}" y="{first + n * LINE}">{escape(line)}</tspan>' for n, line in enumerate(lines))
    return f'<text class="f-titre" text-anchor="middle">{spans}</text>'
