"""The vehicles of an alert: how many, and a list.

Count and list are made of the same parts (conditions.py), so they agree. A count reads indexes
alone.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Label, Select, func, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased, joinedload

from webapp.db.paging import (
    Cursor,
    Page,
    format_cursor,
    make_page,
    page_size,
    read_number_cursor,
    read_time_cursor,
)
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.alerts.conditions import AlertPart, AlertThreshold, alert_parts, make_threshold
from webapp.fleet.alerts.enums import ALERT_STATES, RECORDED_KINDS, AlertKind
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import SCAN_LIMIT, VehicleFilter
from webapp.fleet.queries.lists import ListedVehicle
from webapp.regions.models import City

#: Of more vehicles an alert tells no number, but that there are more.
MOST_COUNTED = 5_000


def count_alert_query(kind: AlertKind, city: City, threshold: int) -> Select[tuple[int]]:
    """Return the query for the number of vehicles of an alert. With more than ``MOST_COUNTED`` it
    may be too small."""
    total, *others = [
        select(func.count()).select_from(_first_vehicles_query(part).subquery()).scalar_subquery()
        for part in alert_parts(kind, [city], make_threshold(kind, threshold))
    ]
    for other in others:
        total = total + other  # type: ignore[assignment]
    return select(total)


def _first_vehicles_query(part: AlertPart) -> Select[tuple[UUID]]:
    """Return the query for the vehicles of a part that are counted, in the order of its index:
    PostgreSQL would else look for them in the table."""
    id_ = _vehicle_id_column(part)
    order = _order(part.order, id_, is_descending=part.is_descending)
    return select(id_).where(*part.conditions).order_by(*order).limit(MOST_COUNTED + 1)


def _vehicle_id_column(part: AlertPart) -> ColumnElement[UUID]:
    id_: ColumnElement[UUID] = part.source.c[
        "id" if part.source is table(Vehicle) else "vehicle_id"
    ]
    return id_


def list_alert_vehicles(
    kind: AlertKind,
    vehicle_filter: VehicleFilter,
    threshold: int,
    after: str | None,
    *,
    with_owner: bool,
) -> Page[ListedVehicle]:
    """Return one page of the vehicles of an alert that match a filter, the worst first.

    A page may be shorter than others and still have a next one, as those of
    ``list_staff_vehicles``.

    after: the text of the cursor. with_owner: as for ``list_staff_vehicles``.
    """
    read_cursor = read_time_cursor if kind in ALERT_STATES else read_number_cursor
    scan_limit = _choose_scan_limit(vehicle_filter)
    query = _list_query(
        kind,
        vehicle_filter,
        make_threshold(kind, threshold),
        read_cursor(after),
        scan_limit,
        with_owner=with_owner,
    )
    rows = db.session.execute(query).all()
    listed = [row for row in rows if row.matches]
    page = make_page(listed, lambda row: (row.alert_order, row[0].id))
    vehicles = [
        ListedVehicle(row[0], alert_value=row.alert_order if kind in RECORDED_KINDS else None)
        for row in page.rows
    ]
    if not page.after and rows and rows[-1].number == scan_limit:
        return Page(vehicles, format_cursor((rows[-1].alert_order, rows[-1][0].id)))
    return Page(vehicles, page.after)


def _choose_scan_limit(vehicle_filter: VehicleFilter) -> int:
    """Return how many rows of the index a page reads at most."""
    takes_all = not (vehicle_filter.words or vehicle_filter.limits_types)
    takes_all = takes_all and set(vehicle_filter.states) == set(VehicleState)
    return page_size() + 1 if takes_all else SCAN_LIMIT


def _list_query(
    kind: AlertKind,
    vehicle_filter: VehicleFilter,
    threshold: AlertThreshold,
    after: Cursor | None,
    scan_limit: int,
    *,
    with_owner: bool,
) -> Select[Any]:
    """Return the query for the rows that the filter takes until the page is full, each with its
    place in the order. The row at ``scan_limit``, where the scan ended, is there too. Any: several
    types."""
    is_match = vehicle_filter.match_condition().label("matches")
    parts = list(alert_parts(kind, [vehicle_filter.city], threshold))
    scan = union_all(*(_scan_query(part, is_match, after, scan_limit) for part in parts)).subquery()
    row = scan.c
    order = [row.alert_order.nulls_last(), row.id]  # none is NULL
    if parts[0].is_descending:
        order = [row.alert_order.desc().nulls_last(), row.id.desc()]
    number = func.row_number().over(order_by=order).label("number")
    numbered = select(scan, number).order_by(*order).limit(scan_limit).subquery()
    vehicle, row = aliased(Vehicle, numbered), numbered.c
    listed = (
        select(vehicle, row.alert_order, row.number, row.matches)
        .where(or_(row.matches, row.number == scan_limit))
        .order_by(row.number)
        .limit(page_size() + 1)
    )
    return listed.options(joinedload(vehicle.owner).lazyload("*")) if with_owner else listed


def _scan_query(
    part: AlertPart, is_match: Label[bool], after: Cursor | None, scan_limit: int
) -> Select[Any]:
    """Return the query for the next vehicles of a part, whether they match or not."""
    id_ = _vehicle_id_column(part)
    columns = (Vehicle, part.order.label("alert_order"), is_match)
    query = select(*columns).select_from(part.tables).where(*part.conditions)
    if after:
        key = tuple_(part.order, id_)
        query = query.where(key < after if part.is_descending else key > after)
    return query.order_by(*_order(part.order, id_, is_descending=part.is_descending)).limit(
        scan_limit
    )


def _order(
    order: ColumnElement[Any], id_: ColumnElement[Any], *, is_descending: bool
) -> list[ColumnElement[Any]]:
    """Return the order of the list. Neither column is NULL; Any: of several types."""
    return [order.desc(), id_.desc()] if is_descending else [order.nulls_last(), id_]
