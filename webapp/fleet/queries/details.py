"""The details of a vehicle for its owner and for staff."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.reports.models import Report
from webapp.hooks import get_hooks
from webapp.web.roles import Permission

#: How many reports are listed beside a vehicle.
MAX_REPORTS = 10


@dataclass(frozen=True)
class VehicleDetails:
    """A vehicle with what only its owner and staff see."""

    vehicle: Vehicle
    #: How many rides it had.
    rides: int
    #: Where its last rider left it, in that rider's words. For staff, not for the owner.
    last_end_address: str | None
    #: The last ``MAX_REPORTS``, newest first.
    reports: list[Report]


def get_owner_vehicle_details(owner_key: RowKey, vehicle_key: RowKey) -> VehicleDetails:
    """Return the details of an owner's vehicle; raises NotFound, for another's too."""
    return _get_details(vehicle_key, key_condition(Vehicle, owner_key, "owner_region", "owner_id"))


def get_staff_vehicle_details(staff: User, vehicle_key: RowKey) -> VehicleDetails:
    """Return the details of a vehicle; raises NotFound without the role in its city."""
    details = _get_details(vehicle_key)
    if not staff.has_permission(Permission.VIEW_VEHICLES, details.vehicle.city):
        raise NotFound
    return details


def _get_details(vehicle_key: RowKey, *conditions: ColumnElement[bool]) -> VehicleDetails:
    rows = db.session.execute(_details_query(vehicle_key, *conditions)).all()
    if not rows:
        raise NotFound
    vehicle, rides, last_end_address, _ = rows[0]
    reports = [row[-1] for row in rows if row[-1]]
    return VehicleDetails(vehicle, rides, last_end_address, reports)


def _details_query(
    vehicle_key: RowKey, *conditions: ColumnElement[bool]
) -> Select[tuple[Vehicle, int, str, Report]]:
    """Return a query with a row for each report, or one row without a report."""
    ride_columns = get_hooks().vehicle_ride_columns
    last_reports = (
        select(Report)
        .where(key_condition(Report, vehicle_key, id="vehicle_id"))
        .order_by(Report.created_at.desc(), Report.id)
        .limit(MAX_REPORTS)
        .subquery()
    )
    report = aliased(Report, last_reports)
    return (
        select(Vehicle, ride_columns.ride_count, ride_columns.last_end_address, report)
        .outerjoin(report, report.vehicle_id == Vehicle.id)
        .where(key_condition(Vehicle, vehicle_key), *conditions)
        .where(~retired_condition())
        .order_by(report.created_at.desc(), report.id)
    )
