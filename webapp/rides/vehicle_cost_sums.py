"""The sums of a vehicle's rides, tasks and parts by month, as one statement."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    func,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.enums import TaskState
from webapp.fleet.tasks.models import Task, TaskPart
from webapp.regions.models import City
from webapp.rides.disputes.models import Dispute
from webapp.rides.models import Ride


class MonthSums(NamedTuple):
    """The sums of a month; those of parts for each name. None: this row is not about that."""

    #: The first day of the month, by the clocks of the city.
    month: datetime
    currency: str | None
    #: The name of a part.
    part: str | None
    rides: int | None
    #: Minor units, as refunds and costs.
    revenue: int | None
    refunds: int | None
    tasks: int | None
    minutes: int | None
    parts: int | None
    part_costs: int | None


#: Of the other columns a sum, which is a decimal on CockroachDB: it is cast.
_TEXT_TYPES: Mapping[str, TypeEngine[Any]] = {"currency": String(3), "part": String()}


def vehicle_costs_query(
    vehicle_key: RowKey, cities: Collection[str] | None, since: datetime
) -> Select[Any]:
    """Return a query for the vehicle with a row for each of its ``MonthSums``; with one row
    of NULL if there are none. Any: of several types.

    cities: only what was in them; None: in all. A vehicle may have been in other cities.
    since: a moment before the first month.
    """
    parts = [query(vehicle_key, since) for query in (_rides_query, _tasks_query, _parts_query)]
    if cities is not None:
        parts = [part.where(City.name.in_(sorted(cities))) for part in parts]
    sums = union_all(*parts).subquery()
    return (
        select(Vehicle, *sums.c)
        .select_from(table(Vehicle).outerjoin(sums, true()))
        .where(key_condition(Vehicle, vehicle_key))
    )


def _rides_query(vehicle_key: RowKey, since: datetime) -> Select[Any]:
    """The rides by month and currency, with what was refunded of their prices."""
    month = _month_column(Ride.started_at)
    sums = {
        "currency": Ride.currency,
        "rides": func.count(),
        "revenue": func.sum(Ride.price),
        "refunds": func.sum(Dispute.refunded),
    }
    return (
        _sums_query(month, sums)
        .select_from(Ride)
        .join(City, City.name == Ride.city)
        .outerjoin(Dispute, and_(Dispute.region == Ride.region, Dispute.ride_id == Ride.id))
        .where(
            key_condition(Ride, vehicle_key, id="vehicle_id"),
            Ride.started_at > since,
            Ride.ended_at.is_not(None),
        )
        .group_by(month, Ride.currency)
    )


def _tasks_query(vehicle_key: RowKey, since: datetime) -> Select[Any]:
    """The tasks that were done by month, with the minutes of work."""
    month = _month_column(Task.closed_at)
    return (
        _sums_query(month, {"tasks": func.count(), "minutes": func.sum(Task.minutes)})
        .select_from(Task)
        .join(City, City.name == Task.city)
        .where(*_task_conditions(vehicle_key, since))
        .group_by(month)
    )


def _parts_query(vehicle_key: RowKey, since: datetime) -> Select[Any]:
    """The parts that were used for them by month, name and currency."""
    month = _month_column(Task.closed_at)
    sums = {
        "currency": TaskPart.currency,
        "part": TaskPart.name,
        "parts": func.sum(TaskPart.count),
        "part_costs": func.sum(TaskPart.cost),
    }
    return (
        _sums_query(month, sums)
        .select_from(Task)
        .join(City, City.name == Task.city)
        .join(TaskPart, and_(TaskPart.region == Task.region, TaskPart.task_id == Task.id))
        .where(*_task_conditions(vehicle_key, since))
        .group_by(month, TaskPart.name, TaskPart.currency)
    )


def _task_conditions(vehicle_key: RowKey, since: datetime) -> Sequence[ColumnElement[bool]]:
    return (
        key_condition(Task, vehicle_key, id="vehicle_id"),
        Task.state == TaskState.DONE.value,
        Task.closed_at > since,
    )


# Any: a time that may be NULL, or not.
def _month_column(time: InstrumentedAttribute[Any]) -> ColumnElement[datetime]:
    return func.date_trunc("month", func.timezone(City.timezone, time))


# Any: columns of several types.
def _sums_query(month: ColumnElement[datetime], sums: Mapping[str, Any]) -> Select[Any]:
    """Return a query with the columns of ``MonthSums``: NULL where there is no sum."""
    columns: list[ColumnElement[Any]] = [
        cast(sums.get(name, null()), _TEXT_TYPES.get(name, BigInteger())).label(name)
        for name in MonthSums._fields[1:]
    ]
    return select(month.label("month"), *columns)
