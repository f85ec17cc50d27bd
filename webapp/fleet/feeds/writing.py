"""Writing the vehicles of a feed in batches; vehicles in use are left alone."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.dml import ReturningInsert

from webapp.db import types
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.gbfs.feed import FILE, Feed
from webapp.fleet.gbfs.vehicles import FeedVehicle
from webapp.fleet.models import Vehicle, held_by_staff_condition, idle_condition
from webapp.fleet.reports.services import critical_report_condition
from webapp.fleet.services.add import retry_code_collisions
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import IMPORTED
from webapp.fleet.vehicle_events.writing import (
    new_vehicle_columns,
    returned_columns,
    state_values,
    vehicle_events_cte,
)
from webapp.regions.models import City

Item = TypeVar("Item")
Columns = dict[str, str | float | int | UUID | datetime | None]

#: How many vehicles one statement writes.
BATCH_SIZE = 500
#: The columns by which an import finds the vehicles that it has imported before.
IDENTITY_COLUMNS = ("region", "city", "feed_system", "feed_vehicle")

#: Columns that an import leaves as they are, or changes in its own way.
KEPT_COLUMNS = ("id", "public_id", "state", "event_count", "event_state", "reported_at")
#: What an import changes only if the vehicle was heard of since staff have said it.
OBSERVED_COLUMNS = ("lat", "lon", "cell", "range_m", "battery_percent", "address")
#: States that a feed gives a vehicle.
STATES_IN_FEEDS = (
    VehicleState.AVAILABLE,
    VehicleState.NON_OPERATIONAL,
    VehicleState.NON_CONTACTABLE,
)

#: How far the position of a vehicle that nobody moves may change, about 100 m.
MAX_DRIFT_DEGREES = 0.001


@dataclass(frozen=True)
class VehicleImportResult:
    """How many vehicles were added, updated, or left alone: those in use, or removed here."""

    new: int = 0
    updated: int = 0
    left_alone: int = 0

    def __add__(self, other: "VehicleImportResult") -> "VehicleImportResult":
        sums = (a + b for a, b in zip(astuple(self), astuple(other), strict=True))
        return VehicleImportResult(*sums)


def same_source_condition(source: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a vehicle was imported from the source, or from an unknown one."""
    table = types.table(Vehicle).c
    return or_(table.feed_source.is_(None), table.feed_source == source)


def split_batches(items: Sequence[Item]) -> list[Sequence[Item]]:
    """Return the items in batches of ``BATCH_SIZE``."""
    return [items[start : start + BATCH_SIZE] for start in range(0, len(items), BATCH_SIZE)]


def write_batch(city: City, feed: Feed, vehicles: Sequence[FeedVehicle]) -> VehicleImportResult:
    """Add vehicles of a feed to a city, or update those that it has from that feed already.

    Idempotent. No id may occur twice among ``vehicles``.
    """
    # Ordered, so that two imports at the same time wait for each other and do not deadlock.
    in_order = sorted(vehicles, key=lambda vehicle: vehicle.id)
    rows = [_vehicle_columns(city, feed, vehicle) for vehicle in in_order]
    statement = import_vehicles_statement(rows)
    written_rows = retry_code_collisions(lambda: execute_write(statement, idempotent=True))
    written, inserted = {row.id for row in written_rows}, {row["id"] for row in rows}
    # A row that existed keeps its id; a row that is not returned was left alone.
    return VehicleImportResult(
        len(written & inserted), len(written - inserted), len(rows) - len(written)
    )


def import_vehicles_statement(rows: list[Columns]) -> Select[tuple[UUID]]:
    """Return the statement that writes the rows, and ends the saves of vehicles with a new public
    id: the lists of riders would show where they are now. It returns the ids that were written."""
    written = upsert_vehicles_statement(rows).cte("written")
    saved = types.table(SavedVehicle)
    ended_saves = (
        delete(saved)
        .where(
            saved.c.region == written.c.region,
            saved.c.vehicle_id == written.c.id,
            written.c.public_id.in_([row["public_id"] for row in rows]),
        )
        .returning(saved.c.vehicle_id)
        .cte("ended_saves")
    )
    events = vehicle_events_cte(IMPORTED, written, EventOrigin(EventCause.FEED))
    return select(written.c.id).add_cte(ended_saves, events)


def upsert_vehicles_statement(rows: list[Columns]) -> ReturningInsert[tuple[str, UUID, UUID]]:
    """Return the statement that inserts the rows, or updates idle vehicles from the feed."""
    table = types.table(Vehicle)
    statement = insert(table).values(rows)
    from_feed = [name for name in rows[0] if name not in (*KEPT_COLUMNS, *IDENTITY_COLUMNS)]
    # A feed has no address in words, and the old one may be wrong for the new place.
    changes: dict[str, object] = {name: statement.excluded[name] for name in from_feed}
    # ``reserved_until`` stays: after a reservation nobody can reserve the vehicle for a while.
    changes["address"] = None
    is_outdated = table.c.observed_at > statement.excluded.reported_at
    for name in OBSERVED_COLUMNS:
        changes[name] = case((is_outdated, table.c[name]), else_=changes[name])
    # Somebody may have ridden it in the other system: nobody can follow it from place to place.
    new_public_id = case(
        (_has_been_away_condition(statement.excluded), statement.excluded.public_id),
        else_=table.c.public_id,
    )
    # A vehicle that staff have taken out of service, or that has a critical report, stays out of
    # service until staff say otherwise.
    # Its key as text: SQLAlchemy would join a subquery in ON CONFLICT with the whole table.
    has_critical_report = critical_report_condition(
        literal_column("vehicles.region", types.Region), literal_column("vehicles.id", Uuid())
    )
    out_of_service = VehicleState.NON_OPERATIONAL.value
    new_state = case(
        (held_by_staff_condition(), table.c.state),
        (has_critical_report, out_of_service),
        else_=statement.excluded.state,
    )
    changes["state"] = new_state
    # Maps read what has changed: an update with the same values is no change.
    is_change = or_(*(table.c[name].is_distinct_from(value) for name, value in changes.items()))
    changes |= state_values(new_state)
    changes["reported_at"] = statement.excluded.reported_at
    changes["public_id"] = new_public_id
    changes["changed_at"] = case((is_change, func.now()), else_=table.c.changed_at)
    may_change = and_(idle_condition(), same_source_condition(statement.excluded.feed_source))
    return statement.on_conflict_do_update(
        index_elements=IDENTITY_COLUMNS, set_=changes, where=may_change
    ).returning(*returned_columns("public_id"))


def _has_been_away_condition(from_feed: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[bool]:
    """Return the condition that the feed had no longer named a vehicle, or that it has moved."""
    vehicles = types.table(Vehicle).c
    has_moved = or_(
        vehicles.lat.is_(None),
        func.abs(vehicles.lat - from_feed.lat) > MAX_DRIFT_DEGREES,
        func.abs(vehicles.lon - from_feed.lon) > MAX_DRIFT_DEGREES,
    )
    is_outdated = func.coalesce(vehicles.observed_at > from_feed.reported_at, False)
    is_missing = and_(vehicles.state == VehicleState.MISSING.value, ~held_by_staff_condition())
    return or_(is_missing, and_(has_moved, ~is_outdated))


def find_unchanged_ids(city: City, feed: Feed) -> set[str]:
    """Return the ids of those vehicles of a feed that the city has exactly as the feed says.

    From one import to the next most vehicles stay where they are, and writing 500 takes half a
    second.
    """
    table = types.table(Vehicle).c
    by_id = {vehicle.id: vehicle for vehicle in feed.vehicles}
    names = ("feed_vehicle", "address", "observed_at", "out_of_service_reason", *_FEED_COLUMNS)
    query = select(*(table[name] for name in names)).where(
        table.region == city.region,
        table.city == city.name,
        table.feed_system == feed.system,
        table.state.in_(STATES_IN_FEEDS),
    )
    return {
        row.feed_vehicle
        for row in db.session.execute(query)
        if (vehicle := by_id.get(row.feed_vehicle))
        and _is_unchanged(row, _feed_columns(feed, vehicle))
    }


def _is_unchanged(row: Row[Any], from_feed: Columns) -> bool:
    """Tell whether an import would leave a vehicle as it is. Any: of several types."""
    kept: set[str] = set()
    reported_at = from_feed["reported_at"]
    if row.observed_at and isinstance(reported_at, datetime) and row.observed_at > reported_at:
        kept.update(OBSERVED_COLUMNS)  # staff have seen it since
    elif row.address is not None:
        return False
    if row.out_of_service_reason:  # held by staff
        kept.add("state")
    names = [name for name in _FEED_COLUMNS if name not in kept]
    stored = (getattr(row, name) for name in names)
    return _without_minutes(stored) == _without_minutes(from_feed[name] for name in names)


def _vehicle_columns(city: City, feed: Feed, vehicle: FeedVehicle) -> Columns:
    return {
        "region": city.region,
        "id": uuid4(),
        "public_id": uuid4(),
        "city": city.name,
        "feed_system": feed.system,
        "feed_vehicle": vehicle.id,
        **_feed_columns(feed, vehicle),
        **new_vehicle_columns(vehicle.state),
    }


#: The columns of ``_feed_columns``.
_FEED_COLUMNS = (
    "feed_source", "form_factor", "propulsion_type", "brand", "color", "state", "lat", "lon",
    "cell", "range_m", "battery_percent", "reported_at",
)  # fmt: skip


def _feed_columns(feed: Feed, vehicle: FeedVehicle) -> Columns:
    """Return what the feed says about a vehicle that may change."""
    values = (
        feed.source,
        vehicle.type.form_factor.value,
        vehicle.type.propulsion_type.value,
        vehicle.type.brand,
        vehicle.type.color,
        vehicle.state.value,
        vehicle.point.lat,
        vehicle.point.lon,
        vehicle.point.cell,
        vehicle.range_m,
        vehicle.battery_percent,
        _find_report_time(feed, vehicle),
    )
    return dict(zip(_FEED_COLUMNS, values, strict=True))


def _find_report_time(feed: Feed, vehicle: FeedVehicle) -> datetime | None:
    """Return when the feed last heard of a vehicle. None: not known, or the feed is a recording."""
    return None if feed.source == FILE else vehicle.last_reported


def _without_minutes(values: Iterable[object]) -> list[object]:
    """Return values with their times to the hour: else each import would write each vehicle that
    has reported, and is as it was."""
    return [
        value.replace(minute=0, second=0, microsecond=0) if isinstance(value, datetime) else value
        for value in values
    ]
