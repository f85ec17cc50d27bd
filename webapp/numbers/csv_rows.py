"""The columns of the file of numbers."""

from collections.abc import Iterator
from datetime import datetime

from webapp.numbers.enums import Period
from webapp.numbers.queries import Totals
from webapp.regions.models import City

#: Times are local times of the city. ``metric`` and ``dimension`` are explained in docs/numbers.md.
COLUMNS = ("city", "period", "started_at", "metric", "dimension", "value")


def list_csv_rows(
    totals: dict[datetime, Totals], city: City, period: Period
) -> Iterator[dict[str, object]]:
    """Yield the values of ``COLUMNS``, by time and metric."""
    for started_at, values in sorted(totals.items()):
        for (metric, dimension), value in sorted(values.items()):
            yield {
                "city": city.name,
                "period": period.value,
                "started_at": started_at.astimezone(city.zone),
                "metric": metric,
                "dimension": dimension,
                "value": value,
            }
