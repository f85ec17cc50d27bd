"""Photos of reports that were answered long ago go: they show streets, and take room."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, tuple_

from webapp.db.paging import Cursor
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.labels import OPEN
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

#: Reports that are looked through in one transaction.
BATCH = 500


def forget_photos(age: timedelta) -> int:
    """Delete the photos of reports whose answer is older than ``age``; return how many. The
    reports stay."""
    answered = [state for state in ReportState if state not in OPEN]
    return sum(_forget(city, state, age) for city in catalogue().all() for state in answered)


def _forget(city: City, state: ReportState, age: timedelta) -> int:
    """Walk once through the old reports, by the index of the queue: each step reads one batch,
    however many of them have no photos any more."""
    number, after = 0, None
    while batch := _next_batch(city, state, age, after):
        after = (batch.created_at, batch.id)
        number += batch.deleted
    return number


def _next_batch(city: City, state: ReportState, age: timedelta, after: Cursor | None) -> Any:
    """Return where the batch ended, and how many photos went with it; None: there are no more."""
    statement = forgetting(city, state, age, after)
    return run_transaction(
        lambda session: session.execute(statement).one_or_none(),
        one_statement=True,
        idempotent=True,
    )


def forgetting(city: City, state: ReportState, age: timedelta, after: Cursor | None) -> Any:
    """Return the statement that looks through one batch."""
    reports, photos, limit = table(Report), table(ReportPhoto), func.now() - age
    key = (reports.c.created_at, reports.c.id)
    behind = [tuple_(*key) > after] if after else []
    old = (
        select(*key, reports.c.answered_at)
        .where(
            reports.c.region == city.region,
            reports.c.city == city.name,
            reports.c.state == state.value,
            reports.c.created_at < limit,
            *behind,
        )
        .order_by(*key)
        .limit(BATCH)
        .cte("old")
    )
    answered = select(old.c.id).where(old.c.answered_at < limit)
    gone = (
        delete(photos)
        .where(photos.c.region == city.region, photos.c.report_id.in_(answered))
        .returning(photos.c.number)
        .cte("gone")
    )
    deleted = select(func.count()).select_from(gone).scalar_subquery()
    return (
        select(old.c.created_at, old.c.id, deleted.label("deleted"))
        .order_by(old.c.created_at.desc(), old.c.id.desc())
        .limit(1)
    )
