"""Which vehicles of a city an alert is about: how many, and a list.

Count and list are made of the same parts, so they agree. Each part is a range of an index; a count
reads the index alone.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload

from webapp.db.paging import Cursor, Page, make_page, number_cursor, page_size, time_cursor
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.alerts.enums import ALERT_STATES, BATTERY_STATES, MAX_LOW_BATTERY, AlertKind
from webapp.fleet.alerts.models import VehicleAlertMute
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import ListedVehicle
from webapp.hooks import AlertUnit
from webapp.regions.models import City

#: The threshold where a city has set none, and its unit.
THRESHOLDS = {
    AlertKind.LOW_BATTERY: (20, AlertUnit.PERCENT),
    AlertKind.NOT_HEARD_OF: (6, AlertUnit.HOURS),
    AlertKind.IDLE: (7, AlertUnit.DAYS),
    AlertKind.OUT_OF_SERVICE: (3, AlertUnit.DAYS),
}


class AlertPart(NamedTuple):
    """Some of the vehicles of an alert."""

    conditions: list[ColumnElement[bool]]
    #: What the list is ordered by: the worst first. (Any: a time or a number)
    order: ColumnElement[Any]


def alert_parts(kind: AlertKind, city: City, threshold: int) -> Iterator[AlertPart]:
    """Yield the parts of an alert.

    threshold: in the unit of the alert (``THRESHOLDS``).
    """
    vehicles = table(Vehicle).c
    usual = [vehicles.region == city.region, vehicles.city == city.name, _unmuted_condition(kind)]
    if kind is AlertKind.LOW_BATTERY:
        is_low = [
            # As in the condition of the index.
            vehicles.battery_percent < literal_column(str(MAX_LOW_BATTERY), Integer),
            vehicles.state.in_([state.value for state in BATTERY_STATES]),
            vehicles.battery_percent < threshold,
        ]
        yield AlertPart([*usual, *is_low], vehicles.battery_percent)
        return
    _default, unit = THRESHOLDS[kind]
    duration = timedelta(days=threshold) if unit is AlertUnit.DAYS else timedelta(hours=threshold)
    for state in ALERT_STATES[kind]:
        is_long = vehicles.state_changed_at < func.now() - duration
        yield AlertPart([*usual, vehicles.state == state.value, is_long], vehicles.state_changed_at)


def alert_condition(kind: AlertKind, city: City, threshold: int) -> ColumnElement[bool]:
    """Return the condition that an alert is about a vehicle."""
    return or_(*(and_(*part.conditions) for part in alert_parts(kind, city, threshold)))


def count_alert_query(kind: AlertKind, city: City, threshold: int) -> Select[tuple[int]]:
    """Return the query for the number of vehicles of an alert."""
    total, *others = [
        select(func.count()).select_from(table(Vehicle)).where(*part.conditions).scalar_subquery()
        for part in alert_parts(kind, city, threshold)
    ]
    for other in others:
        total = total + other  # type: ignore[assignment]
    return select(total)


def list_alert_vehicles(
    kind: AlertKind,
    vehicle_filter: VehicleFilter,
    threshold: int,
    after: str | None,
    *,
    with_owner: bool,
) -> Page[ListedVehicle]:
    """Return one page of the vehicles of an alert that match a filter, the worst first.

    after: the text of the cursor. with_owner: as for ``list_staff_vehicles``.
    """
    read_cursor = number_cursor if kind is AlertKind.LOW_BATTERY else time_cursor
    query = _list_query(kind, vehicle_filter, threshold, read_cursor(after), with_owner=with_owner)
    rows = db.session.execute(query).all()
    listed = [(ListedVehicle(vehicle), order) for vehicle, order in rows]
    page = make_page(listed, lambda row: (row[1], row[0].vehicle.id))
    return Page([vehicle for vehicle, _ in page.rows], page.after)


def _list_query(
    kind: AlertKind,
    vehicle_filter: VehicleFilter,
    threshold: int,
    after: Cursor | None,
    *,
    with_owner: bool,
) -> Select[tuple[Vehicle, Any]]:
    limit, id_ = page_size() + 1, table(Vehicle).c.id
    parts = []
    for part in alert_parts(kind, vehicle_filter.city, threshold):
        query = select(Vehicle, part.order.label("alert_order")).where(
            *part.conditions, vehicle_filter.match_condition()
        )
        if after:
            query = query.where(tuple_(part.order, id_) > after)
        parts.append(query.order_by(part.order.nulls_last(), id_).limit(limit))  # none is NULL
    merged = union_all(*parts).subquery()
    vehicle = aliased(Vehicle, merged)
    order = merged.c.alert_order
    listed = select(vehicle, order).order_by(order.nulls_last(), vehicle.id).limit(limit)
    return listed.options(joinedload(vehicle.owner).lazyload("*")) if with_owner else listed


def _unmuted_condition(kind: AlertKind) -> ColumnElement[bool]:
    mutes, vehicles = table(VehicleAlertMute).c, table(Vehicle).c
    is_muted = (
        select(mutes.until)
        .where(
            mutes.region == vehicles.region,
            mutes.vehicle_id == vehicles.id,
            mutes.kind == kind.value,
            mutes.until > func.now(),
        )
        .correlate(table(Vehicle))
        .exists()
    )
    return ~is_muted
