"""The queries from which rollups are computed: each sums what happened in some periods."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Join,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, reservation_expired_condition
from webapp.fleet.vehicle_events.conditions import current_state_column
from webapp.fleet.vehicle_events.enums import EventType
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.numbers.durations import duration_bucket_column
from webapp.numbers.enums import GIVEN_UP_AFTER_S
from webapp.regions.models import City
from webapp.rides.models import Ride


class StateChanges(NamedTuple):
    """How the number of vehicles in a state has changed in a period."""

    #: The period: 1 for the first one. NULL: this is the number of vehicles now.
    period: int | None
    form_factor: str
    state: str
    #: How many came, less those that left.
    number: int
    #: The sum of the moments, those of vehicles that left being negative; milliseconds since 1970.
    moments_ms: int


class EventCount(NamedTuple):
    """How many events of a type there were in a period."""

    period: int
    form_factor: str
    event_type: str
    number: int
    #: Of these, how many happened to a vehicle that was reserved.
    from_reserved: int


class RideSums(NamedTuple):
    """Rides that ended in a period; their vehicle had stood still before for about as long."""

    period: int
    form_factor: str
    currency: str
    #: NULL: it was the vehicle's first ride.
    idle_bucket: int | None
    rides: int
    given_up: int
    duration_s: int
    distance_m: int
    price: int


def state_changes_query(
    city: City, starts: Sequence[datetime], *, until_now: bool
) -> Select[tuple[int | None, str, str, int, int]]:
    """Return the query of ``StateChanges`` of the periods.

    starts: when they begin, and at last when the last one ends.
    until_now: what happened later is in one more period; and with it are the vehicles that are in
        each state now, from the same snapshot.
    """
    events, vehicles = table(VehicleEvent), table(Vehicle)
    before = events.alias("before")
    source = _join_event_before(events, before)
    moment_ms = _ms_column(events.c.occurred_at)
    changes = [
        select(
            period_column(events.c.occurred_at, starts).label("period"),
            vehicles.c.form_factor,
            state.label("state"),
            literal(sign, Integer).label("sign"),
            (moment_ms * sign).label("moment_ms"),
        )
        .select_from(source)
        .where(*_of_city_conditions(city, starts[0], None if until_now else starts[-1]))
        .where(condition)
        for state, sign, condition in (
            (events.c.state, 1, literal(True)),
            (before.c.state, -1, before.c.state.is_not(None)),
        )
    ]
    changes += _expiry_changes(city, starts[0], None if until_now else starts[-1], starts)
    change = union_all(*changes).subquery("changes")
    totals = [change.c.period, change.c.form_factor, change.c.state]
    summed = select(
        *totals,
        cast(func.sum(change.c.sign), BigInteger).label("number"),
        cast(func.sum(change.c.moment_ms), BigInteger).label("moments_ms"),
    ).group_by(*totals)
    if not until_now:
        return summed
    return select(*union_all(summed, _current_states_query(city)).subquery("rows").c)


# Any: NULL in place of a period.
def _current_states_query(city: City) -> Select[tuple[Any, str, str, int, int]]:
    """Return the query for how many vehicles are in each state now."""
    vehicles = table(Vehicle)
    states = (vehicles.c.form_factor, current_state_column(vehicles))
    return (
        select(null(), *states, func.count(), cast(0, BigInteger))
        .where(vehicles.c.region == city.region, vehicles.c.city == city.name)
        .group_by(*states)
    )


def event_counts_query(
    city: City, starts: Sequence[datetime]
) -> Select[tuple[int, str, str, int, int]]:
    """Return the query of ``EventCount`` of the periods.

    starts: when they begin, and at last when the last one ends.
    """
    events, vehicles = table(VehicleEvent), table(Vehicle)
    before = events.alias("before")
    recorded = (
        select(
            period_column(events.c.occurred_at, starts).label("period"),
            vehicles.c.form_factor,
            func.unnest(events.c.event_types).label("event_type"),
            (before.c.state == VehicleState.RESERVED.value).label("was_reserved"),
        )
        .select_from(_join_event_before(events, before))
        .where(*_of_city_conditions(city, starts[0], starts[-1]))
    )
    unrecorded = select(
        period_column(vehicles.c.reserved_until, starts),
        vehicles.c.form_factor,
        literal(EventType.RESERVATION_CANCEL.value, String),
        literal(True),
    ).where(*_expiry_conditions(city, starts[0], starts[-1]))
    rows = union_all(recorded, unrecorded).subquery("rows")
    key = (rows.c.period, rows.c.form_factor, rows.c.event_type)
    return select(*key, func.count(), func.count(case((rows.c.was_reserved, 1)))).group_by(*key)


def ride_sums_query(
    city: City, starts: Sequence[datetime]
) -> Select[tuple[int, str, str, int | None, int, int, int, int, int]]:
    """Return the query of ``RideSums`` of the periods.

    starts: when they begin, and at last when the last one ends.
    """
    rides, vehicles = table(Ride), table(Vehicle)
    duration_s = func.extract("epoch", rides.c.ended_at - rides.c.started_at)
    key = (
        period_column(rides.c.ended_at, starts).label("period"),
        vehicles.c.form_factor,
        func.coalesce(rides.c.currency, "").label("currency"),
        duration_bucket_column(
            func.extract("epoch", rides.c.started_at - _ride_before_end_column())
        ),
    )
    sums = (
        func.count(),
        func.count(case((duration_s < GIVEN_UP_AFTER_S, 1))),
        _integer_sum(duration_s),
        _integer_sum(rides.c.distance_m),
        _integer_sum(rides.c.price),
    )
    return (
        select(*key, *sums)
        .select_from(
            rides.join(
                vehicles,
                and_(vehicles.c.region == rides.c.region, vehicles.c.id == rides.c.vehicle_id),
            )
        )
        .where(
            rides.c.region == city.region,
            rides.c.city == city.name,
            rides.c.ended_at >= starts[0],
            rides.c.ended_at < starts[-1],
        )
        .group_by(*key)
    )


def period_column(
    moment: ColumnElement[datetime | None], starts: Sequence[datetime]
) -> ColumnElement[int]:
    """Return in which period a moment is: 1 for the one that begins at ``starts[0]``."""
    return func.width_bucket(moment, literal(list(starts), ARRAY(DateTime(timezone=True))))


def _ride_before_end_column() -> ColumnElement[datetime | None]:
    """Return when the ride before ended, of the same vehicle."""
    rides, before = table(Ride), table(Ride).alias("before")
    return (
        select(before.c.ended_at)
        .where(
            before.c.region == rides.c.region,
            before.c.vehicle_id == rides.c.vehicle_id,
            before.c.started_at < rides.c.started_at,
        )
        .order_by(before.c.started_at.desc())
        .limit(1)
        .correlate(rides)
        .scalar_subquery()
    )


def _join_event_before(events: Table, before: FromClause) -> Join:
    """Join events to the one before of the same vehicle, if it has one, and to the vehicle."""
    number_before = events.c.number - events.c.compacted_count - 1
    return events.outerjoin(
        before,
        and_(
            before.c.region == events.c.region,
            before.c.vehicle_id == events.c.vehicle_id,
            before.c.number == number_before,
        ),
    ).join(
        table(Vehicle),
        and_(
            table(Vehicle).c.region == events.c.region,
            table(Vehicle).c.id == events.c.vehicle_id,
        ),
    )


def _of_city_conditions(
    city: City, since: datetime, until: datetime | None
) -> Iterator[ColumnElement[bool]]:
    events = table(VehicleEvent).c
    yield from (events.region == city.region, events.city == city.name)
    yield events.occurred_at >= since
    if until:
        yield events.occurred_at < until


def _expiry_changes(
    city: City, since: datetime, until: datetime | None, starts: Sequence[datetime]
) -> list[Select[tuple[int, str, str, int, int]]]:
    """Return the queries of the changes of vehicles whose reservation has expired, which nobody has
    recorded yet: that is done when somebody uses the vehicle."""
    vehicles = table(Vehicle).c
    return [
        select(
            period_column(vehicles.reserved_until, starts),
            vehicles.form_factor,
            literal(state.value, String),
            literal(sign, Integer),
            _ms_column(vehicles.reserved_until) * sign,
        ).where(*_expiry_conditions(city, since, until))
        for state, sign in ((VehicleState.AVAILABLE, 1), (VehicleState.RESERVED, -1))
    ]


def _expiry_conditions(
    city: City, since: datetime, until: datetime | None
) -> Iterator[ColumnElement[bool]]:
    vehicles = table(Vehicle).c
    yield from (vehicles.region == city.region, vehicles.city == city.name)
    yield reservation_expired_condition()
    yield vehicles.reserved_until >= since
    if until:
        yield vehicles.reserved_until < until


def _ms_column(moment: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.round(func.extract("epoch", moment) * 1000), BigInteger)


def _integer_sum(column: ColumnElement[Any]) -> ColumnElement[int]:
    # The sum of integers is a decimal on CockroachDB.
    return cast(func.coalesce(func.sum(column), 0), BigInteger)
