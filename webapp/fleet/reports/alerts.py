"""The alert about open reports on the board."""

from sqlalchemy import Select, func, select

from webapp.db.types import table
from webapp.fleet.reports.enums import OPEN_STATES
from webapp.fleet.reports.models import Report
from webapp.hooks import AlertCounter
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def _count_query(city: City, _threshold: int) -> Select[tuple[int]]:
    reports = table(Report).c
    return select(func.count()).where(
        reports.region == city.region,
        reports.city == city.name,
        reports.state.in_([state.value for state in OPEN_STATES]),
    )


OPEN_REPORTS = AlertCounter(
    "open_reports",
    _l("Open reports"),
    Permission.ANSWER_REPORTS,
    _count_query,
    "fleet.staff_reports.queue",
    lambda city, _: {"city": city.name},
)
