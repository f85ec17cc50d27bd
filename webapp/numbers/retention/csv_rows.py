"""The columns of the file of retention."""

from collections.abc import Iterable, Iterator

from webapp.numbers.retention.queries import Cohort
from webapp.regions.models import City

COLUMNS = ("city", "first_month", "month", "riders")
#: Instead of a number that is not shown.
FEW = "few"


def list_csv_rows(cohorts: Iterable[Cohort], city: City) -> Iterator[dict[str, object]]:
    """Yield the values of ``COLUMNS``: of the month of a cohort, and of each month after it."""
    for cohort in cohorts:
        counts = [(cohort.month_at, cohort.riders)]
        counts += [(each.month_at, each.riders) for each in cohort.returned]
        for month_at, riders in counts:
            yield {
                "city": city.name,
                "first_month": f"{cohort.month_at.astimezone(city.zone):%Y-%m}",
                "month": f"{month_at.astimezone(city.zone):%Y-%m}",
                "riders": FEW if riders is None else riders,
            }
