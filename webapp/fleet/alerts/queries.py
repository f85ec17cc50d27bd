"""The vehicles of an alert: how many, and a list.

Count and list are made of the same parts (conditions.py), so they agree. A count reads indexes
alone.
"""

from typing import Any

from sqlalchemy import Select, func, select, tuple_, union_all
from sqlalchemy.orm import aliased, joinedload

from webapp.db.paging import Cursor, Page, make_page, number_cursor, page_size, time_cursor
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.alerts.conditions import AlertLimit, alert_parts, make_limit
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import ListedVehicle
from webapp.regions.models import City


def count_alert_query(kind: AlertKind, city: City, threshold: int) -> Select[tuple[int]]:
    """Return the query for the number of vehicles of an alert."""
    total, *others = [
        select(func.count()).select_from(table(Vehicle)).where(*part.conditions).scalar_subquery()
        for part in alert_parts(kind, city, make_limit(kind, threshold))
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
    read_cursor = number_cursor if kind is AlertKind.BATTERY_LOW else time_cursor
    limit = make_limit(kind, threshold)
    query = _list_query(kind, vehicle_filter, limit, read_cursor(after), with_owner=with_owner)
    rows = db.session.execute(query).all()
    listed = [(ListedVehicle(vehicle), order) for vehicle, order in rows]
    page = make_page(listed, lambda row: (row[1], row[0].vehicle.id))
    return Page([vehicle for vehicle, _ in page.rows], page.after)


def _list_query(
    kind: AlertKind,
    vehicle_filter: VehicleFilter,
    alert_limit: AlertLimit,
    after: Cursor | None,
    *,
    with_owner: bool,
) -> Select[tuple[Vehicle, Any]]:
    limit, id_ = page_size() + 1, table(Vehicle).c.id
    parts = []
    for part in alert_parts(kind, vehicle_filter.city, alert_limit):
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
