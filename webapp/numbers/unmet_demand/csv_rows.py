"""The columns of the file of unmet demand."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from webapp.numbers.places.cells import find_hexagon
from webapp.numbers.unmet_demand.queries import CellDemand
from webapp.regions.models import City

COLUMNS = ("city", "month", "cell", "lat", "lon", "half_hours")


def list_csv_rows(
    cells: Iterable[CellDemand], city: City, month_at: datetime
) -> Iterator[dict[str, object]]:
    """Yield the values of ``COLUMNS``."""
    for each in cells:
        if not each.half_hours:
            continue
        yield {
            "city": city.name,
            "month": f"{month_at.astimezone(city.zone):%Y-%m}",
            "cell": f"{each.cell:x}",
            **find_hexagon(each.cell).centre._asdict(),
            "half_hours": each.half_hours,
        }
