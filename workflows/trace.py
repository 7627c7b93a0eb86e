"""Where the nodes of a drawing stand and how its arrows go: viewflow says in which column and row, this says where on the sheet.

Arrows run at right angles, round the nodes, along lanes between columns and rows: each goes the cheapest way, where bends, crossings and
ground that another arrow has taken cost more than length. Pure; the caller keeps what it gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

TASK_WIDTH, TASK_HEIGHT = 150, 64
COLUMN_GAP, ROW_GAP, PROTRUDING = 44, 44, 20
COLUMN_LANES, ROW_LANES = (15, 22, 29), (15, 22, 29)
OUT, OUT_RIGHT, OUT_DOWN, IN, CLEAR = 13, 29, 20, 13, 12
"""How far an arrow leaves a node before it may turn, and at a gateway, where a word stands beside it; how straight it comes in (room for
its head); how near it may pass another node."""
APART = 5
"""Parallel arrows nearer than that look like one."""
AROUND = 150
"""How far from the two nodes an arrow may stray, where that leads to its end."""

BEND, CROSSING, SHARED, TAKEN, WORDS = 30, 25, 1, 60, 8
"""Costs beside length: each bend, each crossing; for each pixel shared with an arrow of the same end, with another, with words."""

Point = tuple[int, int]
OVER: Point = (-1, -1)
"""Past the end of every way."""
STEPS: dict[str, Point] = {"right": (1, 0), "left": (-1, 0), "bottom": (0, 1), "top": (0, -1)}
BACK = {"right": "left", "left": "right", "top": "bottom", "bottom": "top"}


@dataclass(frozen=True)
class Rect:
    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int, margin: int = 0) -> bool:
        return self.x - margin < x < self.x + self.width + margin and self.y - margin < y < self.y + self.height + margin


@dataclass(frozen=True)
class Port:
    """A point of a node's border where an arrow may leave or come in, and what that costs."""

    side: str
    x: int
    y: int
    cost: int = 0
    out: int = OUT

    def away(self, distance: int) -> Point:
        dx, dy = STEPS[self.side]
        return self.x + dx * distance, self.y + dy * distance


def place(grid: Any) -> None:
    """Give each node its place: columns and rows as wide and high as what they hold."""
    cells = [cell for cell in grid.cells if not _is_attached(cell)]
    widths: dict[int, int] = defaultdict(int)
    heights: dict[int, int] = defaultdict(int)
    for cell in cells:
        if cell.node.task_type in ("HUMAN", "JOB"):
            cell.shape.width, cell.shape.height = TASK_WIDTH, TASK_HEIGHT
        attached = PROTRUDING if getattr(cell.node, "_boundary_events", None) else 0
        widths[cell.col] = max(widths[cell.col], cell.shape.width)
        heights[cell.row] = max(heights[cell.row], cell.shape.height + attached)
    left, grid.width = _starts(widths, COLUMN_GAP)
    top, grid.height = _starts(heights, ROW_GAP)
    for cell in cells:
        cell.x, cell.y, cell.width, cell.height = left[cell.col], top[cell.row], widths[cell.col], heights[cell.row]
        cell.shape.x = cell.x + (cell.width - cell.shape.width) // 2
        cell.shape.y = cell.y + (min(cell.height, TASK_HEIGHT) - cell.shape.height) // 2
    rank: dict[Any, int] = defaultdict(int)
    for cell in grid.cells:
        if _is_attached(cell):
            host = grid[cell.node._attached_to].shape
            rank[cell.node._attached_to] += 1
            cell.shape.x = host.x + host.width - rank[cell.node._attached_to] * (cell.shape.width + 5)
            cell.shape.y = host.y + host.height - cell.shape.height // 2


def _is_attached(cell: Any) -> bool:
    return getattr(cell.node, "_attached_to", None) is not None


def _starts(sizes: dict[int, int], gap: int) -> tuple[dict[int, int], int]:
    """Where each column (or row) starts, and where the last one's gap ends. The first gap leaves room for words and lanes."""
    starts, at = {}, gap
    for rank in range(max(sizes) + 1):
        starts[rank] = at
        at += sizes.get(rank, 0) + (gap if rank in sizes else 0)
    return starts, at


@dataclass
class _Sheet:
    """The lines that arrows may follow, what stands on it, what has been drawn so far."""

    xs: list[int]
    ys: list[int]
    shapes: list[Rect]
    words: list[Rect]
    drawn: dict[tuple[Point, Point], list[Any]] = field(default_factory=lambda: defaultdict(list))
    through: dict[Point, set[str]] = field(default_factory=lambda: defaultdict(set))
    blocked: dict[Point, bool] = field(default_factory=dict)
    wordy: dict[tuple[Point, Point], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rank_x = {x: n for n, x in enumerate(self.xs)}
        self.rank_y = {y: n for n, y in enumerate(self.ys)}

    def is_blocked(self, point: Point) -> bool:
        found = self.blocked.get(point)
        if found is None:
            found = self.blocked[point] = any(rect.holds(*point, CLEAR) for rect in self.shapes)
        return found

    def is_wordy(self, a: Point, b: Point) -> bool:
        found = self.wordy.get((a, b))
        if found is None:
            middle = (a[0] + b[0]) // 2, (a[1] + b[1]) // 2
            found = self.wordy[a, b] = any(rect.holds(*middle, 2) for rect in self.words)
        return found

    def write(self, rect: Rect) -> None:
        self.words.append(rect)
        self.wordy.clear()

    def next_to(self, point: Point, towards: str) -> Point | None:
        """The neighbour on that side, if there is one and no node stands there."""
        dx, dy = STEPS[towards]
        x, y = self.rank_x[point[0]] + dx, self.rank_y[point[1]] + dy
        if not (0 <= x < len(self.xs) and 0 <= y < len(self.ys)):
            return None
        there = (self.xs[x], self.ys[y])
        return None if self.is_blocked(there) else there

    def draw(self, points: list[Point], edge: Any) -> None:
        """Take the ground of an arrow: its own line, and those too near to be told from it."""
        for start, end in pairwise(_corners(points)):
            for dx, dy in self._beside(start, end):
                moved = (start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy)
                for a, b in pairwise(self._between(*moved)):
                    self.drawn[min(a, b), max(a, b)].append(edge)
                    for point in (a, b):
                        self.through[point].add("h" if a[1] == b[1] else "v")

    def _beside(self, start: Point, end: Point) -> list[Point]:
        """How to move to the lines that run beside, itself among them."""
        if start[1] == end[1]:
            return [(0, y - start[1]) for y in self.ys if abs(y - start[1]) < APART]
        return [(x - start[0], 0) for x in self.xs if abs(x - start[0]) < APART]

    def _between(self, start: Point, end: Point) -> list[Point]:
        (x1, y1), (x2, y2) = min(start, end), max(start, end)
        if y1 == y2:
            return [(x, y1) for x in self.xs if x1 <= x <= x2]
        return [(x1, y) for y in self.ys if y1 <= y <= y2]


def route(grid: Any, words: dict[Any, Rect]) -> None:
    """Give each arrow its way. `words`: what is written over a node, which arrows avoid."""
    shapes = {cell.node: Rect(cell.shape.x, cell.shape.y, cell.shape.width, cell.shape.height) for cell in grid.cells}
    ports = {cell.node: _ports(cell, shapes, words) for cell in grid.cells}
    sheet = _Sheet(*_lines(grid, ports), list(shapes.values()), list(words.values()))
    used: dict[tuple[Any, Port], set[str]] = defaultdict(set)

    def length(edge: Any) -> tuple[bool, int]:
        a, b = shapes[edge.src], shapes[edge.dst]
        return b.x < a.x, abs(a.x - b.x) + abs(a.y - b.y)

    for edge in sorted(grid.edges, key=length):
        near = _around(shapes[edge.src], shapes[edge.dst])
        found = _way(sheet, edge, ports, used, near) or _way(sheet, edge, ports, used, None)
        if found is None:
            raise ValueError(f"No way from {edge.src} to {edge.dst}.")
        start, points, end = found
        used[edge.src, start].add("out")
        used[edge.dst, end].add("in")
        sheet.draw(points, edge)
        edge.segments = [[x, y] for x, y in _corners([start.away(2), *points, end.away(4)])]
        edge.label_pos = _label_at(start)
        if edge.label:
            sheet.write(Rect(edge.label_pos[0], edge.label_pos[1] - 11, 22, 13))


def _ports(cell: Any, shapes: dict[Any, Rect], words: dict[Any, Rect]) -> list[Port]:
    r = shapes[cell.node]
    middle, level = r.x + r.width // 2, r.y + r.height // 2
    if _is_attached(cell):
        return [Port("bottom", middle, r.y + r.height)]
    over = 120 if cell.node in words else 20
    is_task = r.width == TASK_WIDTH
    found = [
        Port("right", r.x + r.width, level, 0, OUT if is_task else OUT_RIGHT),
        Port("left", r.x, level),
        Port("bottom", middle, r.y + r.height, 15, OUT if is_task else OUT_DOWN),
        Port("top", middle, r.y, over),
    ]
    if is_task:
        found += [Port("bottom", middle + dx, r.y + r.height, 30) for dx in (-45, -25)]
        found += [Port("top", middle + dx, r.y, 35) for dx in (-45, -25, 25, 52)]
    return found


def _lines(grid: Any, ports: dict[Any, list[Port]]) -> tuple[list[int], list[int]]:
    xs: set[int] = set()
    ys: set[int] = set()
    for cell in grid.cells:
        if not _is_attached(cell):
            xs.update(cell.x + cell.width + lane for lane in COLUMN_LANES)
            xs.update(cell.x - COLUMN_GAP + lane for lane in COLUMN_LANES)
            ys.update(cell.y + cell.height + lane for lane in ROW_LANES)
            ys.update(cell.y - ROW_GAP + lane for lane in ROW_LANES)
    for port in (one for several in ports.values() for one in several):
        for distance in (port.out, IN):
            x, y = port.away(distance)
            xs.add(x)
            ys.add(y)
    return sorted(xs), sorted(ys)


def _around(a: Rect, b: Rect) -> Rect:
    x, y = min(a.x, b.x) - AROUND, min(a.y, b.y) - AROUND
    return Rect(x, y, max(a.x + a.width, b.x + b.width) + AROUND - x, max(a.y + a.height, b.y + b.height) + AROUND - y)


def _way(
    sheet: _Sheet, edge: Any, ports: dict[Any, list[Port]], used: dict[tuple[Any, Port], set[str]], near: Rect | None
) -> tuple[Port, list[Point], Port] | None:
    """The cheapest way from a port of the source to one of the target, within `near`."""
    ends = {(port.away(IN), BACK[port.side]): port for port in ports[edge.dst]}
    goals = [point for point, _ in ends]
    best: dict[tuple[Point, str], int] = {}
    heap: list[tuple[int, int, int, Point, str, Any]] = []
    count = 0

    rests: dict[Point, int] = {}

    def rest(point: Point) -> int:
        """At least so much is left: the length, and a bend unless some goal lies straight ahead."""
        found = rests.get(point)
        if found is None:
            found = rests[point] = min(
                abs(point[0] - x) + abs(point[1] - y) + (BEND if point[0] != x and point[1] != y else 0) for x, y in goals
            )
        return found

    def push(cost: int, point: Point, side: str, trail: Any) -> None:
        nonlocal count
        if cost < best.get((point, side), 10**9):
            best[point, side] = cost
            count += 1
            heappush(heap, (cost + (rest(point) if point != OVER else 0), count, cost, point, side, trail))

    for port in ports[edge.src]:
        taken = used[edge.src, port]
        shared = (400 if edge.label else 90) if taken else 0
        push(port.cost + port.out + (200 if "in" in taken else shared), port.away(port.out), port.side, (port, None))
    while heap:
        _, _, cost, point, side, trail = heappop(heap)
        if cost > best[point, side]:
            continue
        if point == OVER:
            return _unwind(trail)
        end = ends.get((point, side))
        if end is not None:
            taken = used[edge.dst, end]
            push(cost + end.cost + (200 if "out" in taken else 10 if taken else 0), OVER, f"{end}", (end, (point, trail)))
        for towards in STEPS:
            if towards == BACK[side]:
                continue
            there = sheet.next_to(point, towards)
            if there is not None and (near is None or near.holds(*there)):
                push(cost + _step(sheet, point, there, edge) + (BEND if towards != side else 0), there, towards, (point, trail))
    return None


def _step(sheet: _Sheet, a: Point, b: Point, edge: Any) -> int:
    length = abs(a[0] - b[0]) + abs(a[1] - b[1])
    cost = length
    for other in sheet.drawn.get((min(a, b), max(a, b)), ()):
        cost += length * (SHARED if other.dst is edge.dst or other.src is edge.src else TAKEN)
    if ("v" if a[1] == b[1] else "h") in sheet.through.get(b, ()):
        cost += CROSSING
    if sheet.is_wordy(a, b):
        cost += length * WORDS
    return cost


def _unwind(trail: Any) -> tuple[Port, list[Point], Port]:
    end, rest = trail
    points: list[Point] = []
    while rest[1] is not None:
        points.append(rest[0])
        rest = rest[1]
    start = rest[0]
    points.append(start.away(start.out))
    return start, list(dict.fromkeys(reversed(points))), end


def _corners(points: list[Point]) -> Iterator[Point]:
    """The same line without the points that lie on the way."""
    yield points[0]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        if not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1]):
            yield here
    yield points[-1]


def _label_at(start: Port) -> Point:
    """Beside the beginning of its arrow."""
    match start.side:
        case "right":
            return start.x + 4, start.y - 5
        case "left":
            return start.x - 24, start.y - 5
        case "bottom":
            return start.x + 5, start.y + 14
    return start.x + 5, start.y - 6
