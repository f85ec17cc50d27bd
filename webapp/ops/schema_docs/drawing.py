"""Draws the tables and their foreign keys as SVG: parents on the left, children on the right."""

from dataclasses import dataclass
from html import escape

from sqlalchemy import Table

from webapp.ops.schema_docs.document import Model

WIDTH, HEAD, ROW = 156, 28, 18
GAP_X, GAP_Y, MARGIN = 68, 16, 24
#: How often the order of the boxes is improved: more changes nothing.
ROUNDS = 8
#: One colour for the lines to each of the most referenced tables, readable on white.
COLOURS = ("#1a5fb4", "#8a5a00", "#1b7f4b", "#a51d2d", "#6b3fa0", "#51606b")
STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #1d2730 }
.name { font-weight: 600; font-size: 13px }
.box { fill: #fff; stroke: #51606b }
.global { fill: #d3e5f5 }
.regional { fill: #eef1f2 }
.line { fill: none; stroke-width: 1.5; opacity: 0.8 }
.optional { stroke-dasharray: 5 3 }"""
LEGEND = "Blue heads: global tables. Dashed lines: the reference may be NULL."


@dataclass
class Box:
    """A table in the drawing, in pixels; each foreign key has a row."""

    model: Model
    layer: int
    y: float = 0

    @property
    def name(self) -> str:
        return self.model.table.name

    @property
    def x(self) -> float:
        return MARGIN + self.layer * (WIDTH + GAP_X)

    @property
    def rows(self) -> list[tuple[str, str, bool]]:
        """The foreign keys: the last column of each, its parent, and whether it may be NULL."""
        keys = self.model.table.foreign_key_constraints
        references = [(list(key.columns)[-1], key.referred_table.name) for key in keys]
        return sorted((column.name, parent, bool(column.nullable)) for column, parent in references)

    @property
    def height(self) -> float:
        return HEAD + ROW * len(self.rows) + (6 if self.rows else 0)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def write_drawing(models: list[Model]) -> str:
    """Return the drawing."""
    boxes = {model.table.name: Box(model, _find_layer(model.table)) for model in models}
    neighbours = _list_neighbours(boxes)
    columns = _make_columns(list(boxes.values()))
    for _ in range(ROUNDS):
        for column in columns:
            column.sort(key=lambda box: _find_preferred_middle(box, neighbours))
            _stack_boxes(column)
        _find_centre(columns)
    width = MARGIN * 2 + len(columns) * (WIDTH + GAP_X) - GAP_X
    height = max(box.y + box.height for box in boxes.values()) + MARGIN * 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" role="img">',
        "<title>The tables of MovR and their foreign keys</title>",
        f"<style>\n{STYLE}\n</style>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        *(line for box in boxes.values() for line in _draw_lines(box, boxes)),
        *(_draw(box) for box in boxes.values()),
        f'<text x="{MARGIN}" y="{height - MARGIN:.0f}">{LEGEND}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _find_layer(table: Table) -> int:
    """Return how many references lie between the table and one that refers to none."""
    parents = {key.referred_table for key in table.foreign_key_constraints}
    return max((1 + _find_layer(parent) for parent in parents), default=0)


def _make_columns(boxes: list[Box]) -> list[list[Box]]:
    columns: list[list[Box]] = [[] for _ in range(1 + max(box.layer for box in boxes))]
    for box in boxes:
        columns[box.layer].append(box)
    for column in columns:
        _stack_boxes(column)
    return columns


def _stack_boxes(column: list[Box]) -> None:
    """Place the boxes of a column one below the other."""
    y: float = MARGIN
    for box in column:
        box.y = y
        y += box.height + GAP_Y


def _find_centre(columns: list[list[Box]]) -> None:
    """Move each column to the middle of the highest."""
    heights = [column[-1].y + column[-1].height - column[0].y for column in columns]
    for column, height in zip(columns, heights, strict=True):
        shift = (max(heights) - height) / 2 + MARGIN - column[0].y
        for box in column:
            box.y += shift


def _list_neighbours(boxes: dict[str, Box]) -> dict[str, list[Box]]:
    """Return the parents and children of each table."""
    neighbours: dict[str, list[Box]] = {name: [] for name in boxes}
    for box in boxes.values():
        for _, parent, _ in box.rows:
            neighbours[box.name].append(boxes[parent])
            neighbours[parent].append(box)
    return neighbours


def _find_preferred_middle(box: Box, neighbours: dict[str, list[Box]]) -> float:
    """Return the y at which the lines would be straight; without any, below all others."""
    heights = [neighbour.middle for neighbour in neighbours[box.name]]
    return sum(heights) / len(heights) if heights else float("inf")


def _draw_lines(box: Box, boxes: dict[str, Box]) -> list[str]:
    lines = []
    for number, (column, parent, is_optional) in enumerate(box.rows):
        target = boxes[parent]
        x1, y1 = target.x + WIDTH, target.y + HEAD / 2
        x2, y2 = box.x, box.y + HEAD + ROW * (number + 0.5)
        bend = (x2 - x1) / 2
        lines.append(
            f'<path class="line{" optional" if is_optional else ""}"'
            f' stroke="{_choose_colour(parent, boxes)}"'
            f' d="M{x1:.0f} {y1:.0f}C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f}'
            f' {x2:.0f} {y2:.0f}"><title>{escape(f"{box.name}.{column} to {parent}")}</title>'
            "</path>"
        )
    return lines


def _choose_colour(parent: str, boxes: dict[str, Box]) -> str:
    """Return the colour of the lines to a table; rarely referenced ones share the last."""
    names = [row[1] for box in boxes.values() for row in box.rows]
    ranked = sorted(set(names), key=lambda name: (-names.count(name), name))
    return COLOURS[min(ranked.index(parent), len(COLOURS) - 1)]


def _draw(box: Box) -> str:
    kind = "global" if box.model.is_global else "regional"
    rows = "".join(
        f'<text x="{box.x + 10:.0f}" y="{box.y + HEAD + ROW * number + 14:.0f}">'
        f"{escape(column)}</text>"
        for number, (column, _, _) in enumerate(box.rows)
    )
    return (
        f'<rect class="box" x="{box.x:.0f}" y="{box.y:.0f}" width="{WIDTH}"'
        f' height="{box.height:.0f}" rx="4"/>'
        f'<rect class="box {kind}" x="{box.x:.0f}" y="{box.y:.0f}" width="{WIDTH}"'
        f' height="{HEAD}" rx="4"/>'
        f'<text class="name" x="{box.x + 10:.0f}" y="{box.y + 19:.0f}">{escape(box.name)}</text>'
        f"{rows}"
    )
