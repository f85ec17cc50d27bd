"""The columns of the file of response times."""

from collections.abc import Iterator
from datetime import datetime

from webapp.numbers.enums import Period
from webapp.numbers.response_times.enums import ResponseMetric
from webapp.numbers.response_times.queries import Times, find_times, list_kinds
from webapp.regions.models import City

#: Times are local times of the city. ``metric`` is explained in docs/numbers.md.
COLUMNS = (
    "city",
    "period",
    "started_at",
    "metric",
    "kind",
    "number",
    "median_s",
    "percentile_90_s",
)


def list_csv_rows(
    times: dict[datetime, Times], city: City, period: Period
) -> Iterator[dict[str, object]]:
    """Yield the values of ``COLUMNS``, by time, metric and kind."""
    for started_at, values in sorted(times.items()):
        for metric in ResponseMetric:
            for kind in list_kinds(values, [metric]):
                waits = find_times(values, metric, kind)
                yield {
                    "city": city.name,
                    "period": period.value,
                    "started_at": started_at.astimezone(city.zone),
                    "metric": metric.value,
                    "kind": kind,
                    "number": waits.number,
                    "median_s": round(waits.median_s or 0),
                    "percentile_90_s": round(waits.percentile_90_s or 0),
                }
