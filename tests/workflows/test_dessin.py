"""Every procedure draws itself: all its nodes, all its arrows, and a BPMN 2.0 document that the OMG's own schema accepts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
import SpiffWorkflow
from django.utils import translation
from lxml import etree

from workflows import dessin
from workflows.noeuds import Etape
from workflows.registre import FLOWS, flow_of

SVG = "{http://www.w3.org/2000/svg}"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
GENRES = sorted(FLOWS)


@cache
def schema() -> etree.XMLSchema:
    """BPMN20.xsd as the OMG publishes it, which the package SpiffWorkflow carries."""
    return etree.XMLSchema(etree.parse(Path(SpiffWorkflow.__path__[0]) / "bpmn/parser/schema/BPMN20.xsd"))


@pytest.mark.parametrize("genre", GENRES)
def test_the_drawing_has_every_node_and_is_told_in_words(genre: str) -> None:
    nodes = list(flow_of(genre).instance.nodes())
    root = ET.fromstring(dessin.svg(genre))
    drawn = [group for group in root.iter(f"{SVG}g") if group.get("class", "").startswith("f-noeud")]
    assert sorted(group.findtext(f"{SVG}title") or "" for group in drawn) == sorted(str(node.task_title) for node in nodes)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") and "étapes" in (root.findtext(f"{SVG}desc") or "")
    assert len(list(root.iter(f"{SVG}polyline"))) == sum(1 for node in nodes for edge in node._outgoing() if edge.edge_class != "boundary")
    said = {text.text for text in root.iter(f"{SVG}text") if text.get("class") == "f-mot"}
    assert not said & {"yes", "no", "next"}


def box(cell: Any) -> tuple[int, int, int, int]:
    s = cell.shape
    return s.x, s.y, s.x + s.width, s.y + s.height


def crosses(start: list[int], end: list[int], cell: Any) -> bool:
    """Whether a segment runs through a node."""
    left, top, right, bottom = box(cell)
    (x1, x2), (y1, y2) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    return x1 < right and x2 > left and y1 < bottom and y2 > top


@pytest.mark.parametrize("genre", GENRES)
def test_arrows_go_round_the_nodes_and_come_in_straight(genre: str) -> None:
    grid = dessin._grid(genre)
    cells = {cell.node: cell for cell in grid.cells}
    for edge in grid.edges:
        for start, end in pairwise(edge.segments):
            assert (start[0] == end[0]) != (start[1] == end[1]), "at right angles"
            met = [cell.node.name for cell in grid.cells if crosses(start, end, cell)]
            assert not met, f"{edge.src.name} to {edge.dst.name} through {met}"
        (x1, y1), (x2, y2) = edge.segments[-2:]
        left, top, right, bottom = box(cells[edge.dst])
        towards = {
            (True, False): (left - x2, y2),
            (False, False): (x2 - right, y2),
            (True, True): (top - y2, x2),
            (False, True): (y2 - bottom, x2),
        }
        gap, along = towards[(x1 < x2 if y1 == y2 else y1 < y2), y1 != y2]
        assert 0 < gap < 8, f"{edge.src.name} to {edge.dst.name}: its head is not at the node"
        assert (top < along < bottom) if y1 == y2 else (left < along < right)
        assert all(0 <= x <= grid.width and 0 <= y <= grid.height for x, y in edge.segments)


@pytest.mark.parametrize("genre", GENRES)
def test_each_answer_of_a_gateway_has_a_place_of_its_own(genre: str) -> None:
    labelled = [edge for edge in dessin._grid(genre).edges if edge.label]
    places = [edge.label_pos for edge in labelled]
    assert len(set(places)) == len(places)
    for a, b in combinations(places, 2):
        assert abs(a[0] - b[0]) > 20 or abs(a[1] - b[1]) > 11, "two words on each other"


@pytest.mark.parametrize("genre", GENRES)
def test_the_bpmn_document_is_valid_and_complete(genre: str) -> None:
    with translation.override("fr"):
        document = dessin.bpmn(genre)
    found = etree.fromstring(document.encode())
    schema().assertValid(found)
    steps = [node for node in flow_of(genre).instance.nodes() if isinstance(node, Etape)]
    assert {task.get("name") for task in found.iter(f"{BPMN}userTask")} == {str(node.task_title) for node in steps}
    bad = document.replace("bpmn:userTask", "bpmn:humanTask")
    assert not schema().validate(etree.fromstring(bad.encode())), "a wrong document is refused"


@pytest.mark.parametrize("genre", GENRES)
def test_a_flow_is_sound(genre: str) -> None:
    """No node takes a name that viewflow keeps for itself; every node is reached and, but for the ends, leads somewhere."""
    flow_class = flow_of(genre)
    for node in flow_class.instance.nodes():
        assert getattr(flow_class, node.name) is node, f"« {node.name} » is a name of viewflow's own"
        assert node.task_title or node.task_type not in ("HUMAN", "JOB", "TIMER"), node.name
        assert list(node._incoming()) or node is flow_class.start, node.name  # type: ignore[attr-defined]
        assert list(node._outgoing()) or node.task_type == "END", node.name
