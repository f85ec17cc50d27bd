"""Deleting the photos of reports that were answered long ago: they show streets and take space."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CTE, Select, delete, func, select, tuple_

from webapp.db.paging import Cursor
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.fleet.reports.enums import OPEN_STATES, ReportState
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.regions.models import City

#: How many reports one statement looks at.
BATCH_SIZE = 500


def delete_old_photos(cities: Iterable[City], age: timedelta) -> int:
    """Delete the photos of reports of some cities whose answer is older than ``age``; return how
    many.

    The reports stay.
    """
    answered_states = [state for state in ReportState if state not in OPEN_STATES]
    return sum(_delete_photos(city, state, age) for city in cities for state in answered_states)


def _delete_photos(city: City, state: ReportState, age: timedelta) -> int:
    """Go once through the old reports by the index of the queue, one batch in each statement."""
    deleted, after = 0, None
    while rows := execute_write(delete_photos_statement(city, state, age, after), idempotent=True):
        created_at, report_id, number = rows[0]
        after = (created_at, report_id)
        deleted += number
    return deleted


def delete_photos_statement(
    city: City, state: ReportState, age: timedelta, after: Cursor | None
) -> Select[tuple[datetime, UUID, int]]:
    """Return the statement for one batch: the time and id of its last report, and how many photos
    were deleted. No row: there are no more reports."""
    photos, limit = table(ReportPhoto), func.now() - age
    old = _old_reports_cte(city, state, age, after)
    answered = select(old.c.id).where(old.c.answered_at < limit)
    deleted = (
        delete(photos)
        .where(photos.c.region == city.region, photos.c.report_id.in_(answered))
        .returning(photos.c.number)
        .cte("deleted_photos")
    )
    number = select(func.count()).select_from(deleted).scalar_subquery()
    return (
        select(old.c.created_at, old.c.id, number.label("deleted"))
        .order_by(old.c.created_at.desc(), old.c.id.desc())
        .limit(1)
    )


def _old_reports_cte(city: City, state: ReportState, age: timedelta, after: Cursor | None) -> CTE:
    reports = table(Report)
    position = (reports.c.created_at, reports.c.id)
    query = (
        select(*position, reports.c.answered_at)
        .where(
            reports.c.region == city.region,
            reports.c.city == city.name,
            reports.c.state == state.value,
            reports.c.created_at < func.now() - age,
        )
        .order_by(*position)
        .limit(BATCH_SIZE)
    )
    return (query.where(tuple_(*position) > after) if after else query).cte("old_reports")
