"""The alert about failed jobs on the board, for admins of all cities."""

from sqlalchemy import Select, func, select

from webapp.db.types import table
from webapp.hooks import AlertCounter
from webapp.jobs.models import Job
from webapp.ops.jobs.enums import JobState
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def _count_query(city: City, _threshold: int) -> Select[tuple[int]]:
    jobs = table(Job).c
    return select(func.count()).where(jobs.region == city.region, jobs.failed_at.is_not(None))


#: Jobs belong to no city: the number is that of the region.
FAILED_JOBS = AlertCounter(
    "failed_jobs",
    _l("Failed jobs of the region"),
    Permission.MANAGE_JOBS,
    _count_query,
    "jobs.index",
    lambda city, _: {"state": JobState.FAILED.value, "region": city.region},
    in_all_cities=True,
)
