"""GeoJSON (RFC 7946): one feature after the other."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeVar

from webapp.exports.columns import Cell, Export
from webapp.regions.geography import Point
from webapp.web.responses import to_text

RowT = TypeVar("RowT")


def as_geojson(export: Export[RowT]) -> Iterator[str]:
    """Yield the pieces of a feature collection. A row without a position is a feature without a
    geometry (RFC 7946, 3.2)."""
    find_point = export.table.find_point
    assert find_point  # noqa: S101 - for the types: only such tables have the format
    yield '{"type": "FeatureCollection", "features": ['
    for number, row in enumerate(export.rows()):
        feature = {
            "type": "Feature",
            "geometry": _make_geometry(find_point(row)),
            "properties": {name: _make_value(cell) for name, cell in export.cells(row).items()},
        }
        yield f"{',' * (number > 0)}\n{json.dumps(feature)}"
    yield "\n]}\n"


def _make_geometry(point: Point | None) -> dict[str, Any] | None:
    return {"type": "Point", "coordinates": [point.lon, point.lat]} if point else None


def _make_value(cell: Cell) -> str | int | float | None:
    """Return a cell as JSON knows it. Amounts stay exact, as text."""
    if cell is None or isinstance(cell, (int, float)):
        return cell
    return str(cell) if isinstance(cell, Decimal) else to_text(cell)
