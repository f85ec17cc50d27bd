"""The table of retention: cohorts, and which share of each rode again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.extensions import db
from webapp.numbers.day_suppression import MIN_RIDES_SHOWN
from webapp.numbers.retention.models import RiderCohort
from webapp.regions.models import City

#: A rider of a group in which fewer than this rode, or fewer did not, could be told from it.
MIN_RIDERS_SHOWN = MIN_RIDES_SHOWN


@dataclass(frozen=True)
class CohortRetention:
    """How many riders of a cohort rode in a later month."""

    month_at: datetime
    #: None: too few for those who may not see persons.
    riders: int | None
    #: Of the cohort: 0 to 1. None: as for ``riders``.
    share: float | None


@dataclass(frozen=True)
class Cohort:
    """Riders whose first ride in the city was in one month."""

    month_at: datetime
    #: How many. None: too few for those who may not see persons.
    riders: int | None
    #: The months after it.
    returned: list[CohortRetention]


def read_cohorts(city: City, months: list[datetime], *, hides_few: bool) -> list[Cohort]:
    """Return the cohorts of months since the first one with riders, the newest first.

    months: when they began, all over.
    hides_few: without groups in which fewer than ``MIN_RIDERS_SHOWN`` rode, or fewer did not.
    """
    cohorts = table(RiderCohort).c
    query = select(cohorts.first_month_at, cohorts.month_at, cohorts.riders).where(
        cohorts.region == city.region,
        cohorts.city == city.name,
        cohorts.month_at >= months[0],
        cohorts.month_at <= months[-1],
    )
    rows = db.session.execute(query, bind_arguments=stale_reads())
    counts = {(first_at, month_at): riders for first_at, month_at, riders in rows}
    found = []
    begun = [month for month in months if month >= min((at for at, _ in counts), default=months[0])]
    for number, first_at in enumerate(begun if counts else ()):
        size = counts.get((first_at, first_at), 0)
        is_few = hides_few and 0 < size < MIN_RIDERS_SHOWN
        returned = [
            _make_cohort_retention(
                month_at, counts.get((first_at, month_at), 0), size, hides_few=hides_few
            )
            for month_at in begun[number + 1 :]
        ]
        found.append(Cohort(first_at, None if is_few else size, returned if size else []))
    return found[::-1]


def _make_cohort_retention(
    month_at: datetime, riders: int, size: int, *, hides_few: bool
) -> CohortRetention:
    if hides_few and min(riders, size - riders) < MIN_RIDERS_SHOWN:
        return CohortRetention(month_at, None, None)
    return CohortRetention(month_at, riders, riders / (size or 1))
