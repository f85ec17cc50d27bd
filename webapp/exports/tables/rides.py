"""The exports of rides: those that have ended in some time, and those that run now."""

from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select, tuple_
from sqlalchemy.orm import aliased

from webapp.db.paging import Cursor
from webapp.db.reads import read_slice
from webapp.exports.columns import ExportColumn, ExportFilter, ExportTable, Slice, major_units
from webapp.exports.enums import TableName
from webapp.exports.tables.lookups import lookup_column, person_columns
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.regions.geography import Point
from webapp.rides.models import Ride
from webapp.rides.services.receipts import receipt_number
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Rides that one statement reads.
SLICE = 1_000


class RideExportRow(NamedTuple):
    """A ride with its rider, who is None also if persons are not read."""

    ride: Ride
    vehicle_code: str
    form_factor: str
    plan_name: str | None
    rider_username: str | None
    rider_email: str | None


def _read_rides(
    export_filter: ExportFilter, after: Cursor | None, *, is_open: bool
) -> Slice[RideExportRow]:
    query = rides_query(export_filter, after, is_open=is_open)
    rows = [RideExportRow(*row) for row in read_slice(query)]
    if len(rows) < SLICE:
        return Slice(rows, None)
    last = rows[-1].ride
    return Slice(rows, (last.started_at if is_open else last.ended_at, last.id))


def rides_query(
    export_filter: ExportFilter, after: Cursor | None, *, is_open: bool
) -> Select[Any]:  # Any: the values of a RideExportRow
    """Return the query of some rides: those that run, the longest first, or those that have ended,
    by the time of their end."""
    ordered_at = Ride.started_at if is_open else Ride.ended_at
    conditions: list[ColumnElement[bool]]
    conditions = [Ride.ended_at.is_(None) if is_open else Ride.ended_at.is_not(None)]
    if export_filter.since:
        conditions.append(ordered_at >= export_filter.since)
    if export_filter.until:
        conditions.append(ordered_at < export_filter.until)
    if after:
        conditions.append(tuple_(ordered_at, Ride.id) > after)
    city = export_filter.city
    rides = (
        select(Ride)
        .where(Ride.region == city.region, Ride.city == city.name)
        .where(*conditions, *export_filter.conditions)
        .order_by(ordered_at.nulls_last(), Ride.id)
        .limit(SLICE)
        .subquery()
    )
    ride = aliased(Ride, rides)
    is_vehicle = and_(Vehicle.region == ride.region, Vehicle.id == ride.vehicle_id)
    return select(
        ride,
        lookup_column(Vehicle.code, is_vehicle),
        lookup_column(Vehicle.form_factor, is_vehicle),
        lookup_column(PricingPlan.name, PricingPlan.id == ride.plan_id),
        *person_columns(
            ride.rider_region, ride.rider_id, reads_persons=export_filter.reads_persons
        ),
    ).order_by((ride.started_at if is_open else ride.ended_at).nulls_last(), ride.id)


def _find_end(row: RideExportRow) -> Point | None:
    return row.ride.end.point


def _find_start(row: RideExportRow) -> Point | None:
    return row.ride.start.point


def _find_duration_s(row: RideExportRow) -> int | None:
    return int(row.ride.duration.total_seconds()) if row.ride.duration else None


Column = ExportColumn[RideExportRow]
COLUMNS = (
    Column("id", _l("Identifier of the ride."), lambda r: str(r.ride.id)),
    Column("started_at", _l("When it started."), lambda r: r.ride.started_at),
    Column("vehicle_id", _l("Identifier of the vehicle."), lambda r: str(r.ride.vehicle_id)),
    Column("vehicle_code", _l("The code on the vehicle."), lambda r: r.vehicle_code),
    Column("form_factor", _l("Form factor, in the words of GBFS."), lambda r: r.form_factor),
    Column("start_address", _l("Where it started, in words."), lambda r: r.ride.start_address),
    Column("start_lat", _l("Latitude of the start, degrees, WGS 84."), lambda r: r.ride.start_lat),
    Column("start_lon", _l("Longitude of the start, degrees, WGS 84."), lambda r: r.ride.start_lon),
    Column("paused_s", _l("How long it was paused, seconds."), lambda r: r.ride.paused_s),
    Column("plan", _l("Name of the pricing plan."), lambda r: r.plan_name),
    Column(
        "rider_username",
        _l("Username of the rider. Empty: the account was deleted."),
        lambda r: r.rider_username,
        Permission.VIEW_RIDERS,
    ),
    Column(
        "rider_email",
        _l("E-mail address of the rider."),
        lambda r: r.rider_email,
        Permission.VIEW_RIDERS,
    ),
)
ENDED_COLUMNS = (
    Column("receipt", _l("Number of the receipt."), lambda r: receipt_number(r.ride.id)),
    Column("ended_at", _l("When it ended."), lambda r: r.ride.ended_at),
    Column("duration_s", _l("From start to end with pauses, seconds."), _find_duration_s),
    Column("end_address", _l("Where it ended, in words."), lambda r: r.ride.end_address),
    Column("end_lat", _l("Latitude of the end, degrees, WGS 84."), lambda r: r.ride.end_lat),
    Column("end_lon", _l("Longitude of the end, degrees, WGS 84."), lambda r: r.ride.end_lon),
    Column("distance_m", _l("Distance, metres."), lambda r: r.ride.distance_m),
    Column(
        "price",
        _l("Price with tax, without refunds."),
        lambda r: major_units(r.ride.price, r.ride.currency),
    ),
    Column("currency", _l("ISO 4217 code of the price."), lambda r: r.ride.currency),
    Column(
        "end_reason", _l("Why staff ended it. Empty: the rider did."), lambda r: r.ride.end_reason
    ),
    Column("rating", _l("The rider's rating, 1 to 5."), lambda r: r.ride.rating),
    Column(
        "end_pressed_at",
        _l("When the rider pressed End ride, on a phone without network. Empty: it had network."),
        lambda r: r.ride.end_pressed_at,
    ),
    Column(
        "end_received_at",
        _l("When the server learned of that end."),
        lambda r: r.ride.end_received_at,
    ),
)

RIDES = ExportTable(
    TableName.RIDES,
    _l("Rides"),
    _l("The rides that ended in the days you choose. On a map: where they ended."),
    Permission.VIEW_RIDES,
    (*COLUMNS[:-2], *ENDED_COLUMNS, *COLUMNS[-2:]),
    partial(_read_rides, is_open=False),
    _find_end,
    has_time=True,
)
OPEN_RIDES = ExportTable(
    TableName.OPEN_RIDES,
    _l("Rides now"),
    _l("The rides that are running. On a map: where they started."),
    Permission.VIEW_RIDES,
    COLUMNS,
    partial(_read_rides, is_open=True),
    _find_start,
)
