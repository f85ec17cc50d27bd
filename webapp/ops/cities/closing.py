"""Closing a city, reopening and archiving it, with their audit events.

A city closes at a time: from then on no ride, no reservation and nothing new begins there, which
the statements that do it check. Rides that are running can end. A job takes the vehicles out of
service, which ends the reservations; the schedule CLOSED_CITIES takes out those that come back
later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, exists, func, literal, select, update

from webapp.audit.changes import RecordedChange, values_object
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, city_event_statement
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError, EditConflict
from webapp.jobs.kinds import JobKind
from webapp.jobs.writing import job_cte, job_statement
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.translations import lazy_gettext as _l


class RidesRunning(DomainError):
    message = _l(
        "Rides are still running in this city. Archive it when they have ended: the page of open"
        " rides shows them."
    )


@dataclass(frozen=True)
class CityName:
    """The city that a job is about."""

    city: str


#: Takes the vehicles of a closed city out of service; run by webapp/ops/cities/jobs.py.
CITY_CLOSED = JobKind("city_closed", CityName)
#: Returns to service what closing took out.
CITY_REOPENED = JobKind("city_reopened", CityName)


def close_city(city: City, closes_at: datetime | None, why: str) -> None:
    """Close a city at a time; None, or a time that is over: now. Raises EditConflict if somebody
    else has closed it."""
    columns, now = table(City).c, func.now()
    moment = func.greatest(literal(closes_at, columns.closes_at.type), now) if closes_at else now
    changed = _change_cte(city, columns.closes_at.is_(None), {"closes_at": moment})
    job = job_statement(
        CITY_CLOSED,
        CityName(city.name),
        region=city.region,
        due_at=changed.c.closes_at,
        after=changed,
    )
    _write(AuditKind.CITY_CLOSED, city, changed, why, job_cte(job))


def reopen_city(city: City, why: str) -> None:
    """Open a closed city again, or one that would close later. Raises EditConflict if it is not as
    ``city`` says."""
    columns = table(City).c
    is_as_seen = columns.closes_at == city.closes_at
    changed = _change_cte(city, is_as_seen, {"closes_at": None, "archived_at": None})
    job = job_statement(CITY_REOPENED, CityName(city.name), region=city.region, after=changed)
    _write(AuditKind.CITY_REOPENED, city, changed, why, job_cte(job))


def archive_city(city: City, why: str) -> None:
    """Take a closed city out of the lists for the public. Raises RidesRunning, EditConflict."""
    columns, rides = table(City).c, table(Ride).c
    is_open_ride = and_(
        rides.region == city.region, rides.city == city.name, rides.ended_at.is_(None)
    )
    condition = and_(
        columns.closes_at <= func.now(),
        columns.archived_at.is_(None),
        ~exists().where(is_open_ride),
    )
    changed = _change_cte(city, condition, {"archived_at": func.now()})
    try:
        _write(AuditKind.CITY_ARCHIVED, city, changed, why)
    except EditConflict:
        current = catalogue().find(city.name)
        if current and current.is_closed and not current.is_archived:
            raise RidesRunning from None
        raise


# Any: values of several types, and SQL.
def _change_cte(city: City, condition: ColumnElement[bool], values: Mapping[str, Any]) -> CTE:
    cities = table(City)
    return (
        update(cities)
        .where(cities.c.name == city.name, condition)
        .values(**values)
        .returning(cities.c.name, cities.c.closes_at, cities.c.archived_at)
        .cte("changed_city")
    )


def _write(kind: AuditKind, city: City, changed: CTE, why: str, *others: CTE) -> None:
    before = {name: _format(getattr(city, name)) for name in ("closes_at", "archived_at")}
    change = RecordedChange(before, values_object(changed, *before), why)
    audit_event = city_event_statement(kind, city, after=changed, change=change)
    statement: Select[Any] = select(changed.c.name).add_cte(as_cte(audit_event), *others)
    is_changed = execute_write(statement, idempotent=True)
    catalogue().forget()
    if not is_changed:
        raise EditConflict


def _format(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
