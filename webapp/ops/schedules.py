"""Schedules of operations."""

from datetime import timedelta

from sqlalchemy import Select, func, select

from webapp.jobs.kinds import JobKind, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule
from webapp.regions.models import City


def closed_cities_query(region: str) -> Select[tuple[str]]:
    """Return the query of the names of the closed cities of a region."""
    return select(City.name).where(City.region == region, City.closes_at <= func.now())


#: Take the vehicles of closed cities out of service whose ride has ended, or that are new; run by
#: webapp/ops/cities/jobs.py. It has few attempts: the next one comes in five minutes.
CLOSED_CITIES = Schedule(
    JobKind("closed_cities", NoPayload, Priority.LOW, max_attempts=2),
    period=timedelta(minutes=5),
    work_query=closed_cities_query,
)

#: Delete what is old; run by webapp/ops/retention.py.
SWEEP = Schedule.daily(
    JobKind(
        "sweep",
        NoPayload,
        Priority.LOW,
        max_attempts=count_attempts(timedelta(hours=12)),
        max_run_s=6 * 3600,
    ),
    hour=3,
)
