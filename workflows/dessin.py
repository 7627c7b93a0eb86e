"""The drawing of a procedure, made from its flow: nodes and arrows as viewflow lays them out, in our own shapes. Never kept by hand.

With a branch, what is done is marked and what waits is lit. Colours come from the page's CSS (« f-… » classes). The same flow as BPMN 2.0,
for whoever has a tool that reads it.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from html import escape
from textwrap import wrap
from typing import Any, cast

from django.db.models import Exists, OuterRef
from viewflow.workflow import chart
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from cases.enums import GenreBranche, GenreTache
from cases.models import Branche, Tache
from workflows import trace
from workflows.noeuds import ETAPE
from workflows.registre import flow_of

MARGIN = 12
LINE, LETTER, CLOCK = 15, 6, 7
"""In pixels: a line of text, a letter of it, how much a step's words rise over the clock on its border."""
FAIT, PRESENT, PANNE = "f-fait", "f-present", "f-panne"
LABELS = {"yes": "oui", "no": "non"}
OVER = (STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED)


def _grid(genre: str) -> Any:
    """Where everything stands, its arrows labelled in French."""
    return _laid_out(cast(Any, flow_of(genre)))


@cache
def _laid_out(flow_class: Any) -> Any:
    grid = chart.calc_layout_data(flow_class)
    for edge in grid.edges:
        edge.label = LABELS.get(str(edge.label or ""), str(edge.label or ""))
    trace.place(grid)
    trace.route(grid, {cell.node: _over(cell) for cell in grid.cells if _asked(cell.node)})
    return grid


def _over(cell: Any) -> trace.Rect:
    """Where the question of a gateway is written."""
    lines = _asked(cell.node)
    width, height = LETTER * max(map(len, lines)), LINE * len(lines)
    return trace.Rect(cell.shape.x + cell.shape.width // 2 - width // 2, cell.shape.y - height - 2, width, height)


def etapes(genre: str) -> list[Any]:
    """The steps, automatic steps and timers of this kind, from left to right as they are drawn."""
    cells = [cell for cell in _grid(genre).cells if cell.node.task_type in ("HUMAN", "JOB", "TIMER")]
    return [cell.node for cell in sorted(cells, key=lambda cell: (cell.col, cell.row))]


def bpmn(genre: str) -> str:
    """The flow of this kind as BPMN 2.0 with its drawing: valid against the OMG's schema."""
    return str(chart.grid_to_bpmn(_grid(genre))).strip()


def _lit(branche: Branche) -> dict[str, str]:
    """For each node of this run, the class that tells where it stands: failed wins over waiting, waiting over done."""
    lit: dict[str, str] = {}
    a_reprendre = Tache.objects.filter(
        genre=GenreTache.REPRENDRE_ETAPE, objet_type=ETAPE, objet_id=OuterRef("pk"), fermee_le__isnull=True
    )  # fmt: skip
    rows = Task.objects.filter(process=branche.processus_id).annotate(en_panne=Exists(a_reprendre))
    for task in rows.order_by("pk").only("flow_task", "status"):
        if task.flow_task is None:
            continue
        if task.en_panne or task.status == STATUS.ERROR:
            lit[task.flow_task.name] = PANNE
        elif task.status not in OVER:
            lit[task.flow_task.name] = PRESENT
        elif task.status == STATUS.DONE and lit.get(task.flow_task.name) not in (PRESENT, PANNE):
            lit[task.flow_task.name] = FAIT
    return lit


def _presentes(genre: str, lit: dict[str, str]) -> list[str]:
    """The titles of the steps that are lit, as they are drawn from left to right."""
    return [str(node.task_title) for node in etapes(genre) if node.task_type != "TIMER" and lit.get(node.name) in (PRESENT, PANNE)]


def svg(genre: str, branche: Branche | None = None) -> str:
    """The flow of this kind as an accessible SVG; `branche` lights where that run of it stands."""
    return _draw(genre, f"f-{genre.lower()}", {}) if branche is None else ou_en_est(branche)[1]


def ou_en_est(branche: Branche) -> tuple[list[str], str]:
    """(titles of the steps it stands at, drawing with these lit) of one run. One query."""
    lit = _lit(branche)
    return _presentes(branche.genre, lit), _draw(branche.genre, f"f-{branche.pk}", lit)


def _draw(genre: str, ident: str, lit: dict[str, str]) -> str:
    """`ident` begins the ids of the drawing: several stand on one page."""
    grid = _grid(genre)
    titre = f"Procédure « {GenreBranche(genre).label} »"
    width, height = grid.width + 2 * MARGIN, grid.height + 2 * MARGIN
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
    prefix = _prefix(grid)
    parts += [_cell(cell, lit.get(cell.node.name, ""), prefix) for cell in grid.cells]
    parts += [_label(edge) for edge in grid.edges if edge.label and edge.label_pos is not None]
    return "".join([*parts, "</svg>"])


def _prefix(grid: Any) -> str:
    """What most steps begin with (« Contre-visite : … »): the drawing is of that, its words need not say it again."""
    debuts = Counter(cell.node.task_title.partition(" : ")[0] for cell in grid.cells if " : " in cell.node.task_title)
    commun, combien = max(debuts.items(), key=lambda item: item[1], default=("", 0))
    return f"{commun} : " if combien > 1 else ""


def _description(grid: Any, lit: dict[str, str]) -> str:
    steps = [cell.node for cell in grid.cells if cell.node.task_type in ("HUMAN", "JOB")]
    ici = ""
    for mots, classe in (("Étapes en cours", PRESENT), ("En panne", PANNE)):
        la = [node.task_title for node in steps if lit.get(node.name) == classe]
        ici += f" {mots} : {', '.join(la)}." if la else ""
    return f"{len(steps)} étapes.{ici} La liste des étapes dit la même chose en mots."


def _edge(edge: Any, marker: str) -> str:
    points = " ".join(f"{x},{y}" for x, y in edge.segments)
    return f'<polyline class="f-trait" points="{points}" marker-end="url(#{marker})"/>'


def _label(edge: Any) -> str:
    x, y = edge.label_pos
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
            return box + _words(words, x, y - (CLOCK if getattr(node, "_boundary_events", None) else 0))
        case "startEvent" | "endEvent":
            return f'<circle class="f-{"debut" if node.bpmn_element == "startEvent" else "fin"}" cx="{x}" cy="{y}" r="{x - 3}"/>'
        case "boundaryEvent":
            hand = f'<path class="f-aiguille" d="M{x} {y - x / 2}V{y}H{x + x / 2.5}"/>'
            return f'<circle class="f-minuterie" cx="{x}" cy="{y}" r="{x - 2}"/>{hand}'
    sign = "+" if node.bpmn_element == "parallelGateway" else "×"
    diamond = f'<path class="f-choix" d="M{x} 2 {width - 2} {y} {x} {height - 2} 2 {y}z"/>'
    return f'{diamond}<text class="f-signe" text-anchor="middle" x="{x}" y="{y + 7}">{sign}</text>{_question(node, x)}'


def _question(node: Any, x: float) -> str:
    """What a gateway asks, over it."""
    return "".join(
        f'<text class="f-question" text-anchor="middle" x="{x}" y="{-4 - LINE * n}">{escape(line)}</text>'
        for n, line in enumerate(reversed(_asked(node)))
    )


def _asked(node: Any) -> list[str]:
    """The lines of a gateway's question. One that asks nothing has no title of its own."""
    if not str(node.task_title).endswith("?"):
        return []
    return wrap(node.task_title.replace(" ?", "\N{NO-BREAK SPACE}?"), 16)


def _words(titre: str, x: float, y: float) -> str:
    lines = wrap(titre, 20)
    first = y - (len(lines) - 1) * LINE / 2 + 4
    spans = "".join(f'<tspan x="{x}" y="{first + n * LINE}">{escape(line)}</tspan>' for n, line in enumerate(lines))
    return f'<text class="f-titre" text-anchor="middle">{spans}</text>'
