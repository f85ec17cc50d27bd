"""The columns of the files of places."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from webapp.numbers.places.cells import find_hexagon
from webapp.numbers.places.queries import CellCount, FlowCount
from webapp.regions.models import City

CELL_COLUMNS = ("city", "month", "cell", "lat", "lon", "starts", "ends")
FLOW_COLUMNS = (
    "city", "month", "start_cell", "start_lat", "start_lon", "end_cell", "end_lat", "end_lon",
    "rides",
)  # fmt: skip


def list_cell_rows(
    cells: Iterable[CellCount], city: City, month_at: datetime
) -> Iterator[dict[str, object]]:
    """Yield the values of ``CELL_COLUMNS``."""
    for each in cells:
        yield {
            **_describe_month(city, month_at),
            "cell": f"{each.cell:x}",
            **find_hexagon(each.cell).centre._asdict(),
            "starts": each.starts,
            "ends": each.ends,
        }


def list_flow_rows(
    flows: Iterable[FlowCount], city: City, month_at: datetime
) -> Iterator[dict[str, object]]:
    """Yield the values of ``FLOW_COLUMNS``."""
    for each in flows:
        start, end = (find_hexagon(cell).centre for cell in (each.start_cell, each.end_cell))
        yield {
            **_describe_month(city, month_at),
            "start_cell": f"{each.start_cell:x}",
            "start_lat": start.lat,
            "start_lon": start.lon,
            "end_cell": f"{each.end_cell:x}",
            "end_lat": end.lat,
            "end_lon": end.lon,
            "rides": each.rides,
        }


def _describe_month(city: City, month_at: datetime) -> dict[str, str]:
    return {"city": city.name, "month": f"{month_at.astimezone(city.zone):%Y-%m}"}
