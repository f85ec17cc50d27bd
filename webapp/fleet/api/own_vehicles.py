"""The vehicles of an owner."""

from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Body
from webapp.db.keys import RowKey
from webapp.db.paging import Page, time_cursor
from webapp.fleet.api.fleet_schemas import (
    FleetVehicle,
    VehicleReport,
    describe_report,
    fleet_vehicle_values,
)
from webapp.fleet.enums import VehicleState
from webapp.fleet.queries.details import get_owner_vehicle_details
from webapp.fleet.queries.lists import list_owner_vehicles
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_own_vehicles", __name__, url_prefix=f"{V1}/me/vehicles")


class OwnVehiclesQuery(Body):
    """Which of the vehicles."""

    state: Annotated[VehicleState | None, Meta(description="As in MDS.")] = None
    city: str = ""
    after: Annotated[str | None, Meta(description="From the header Link.")] = None


class ListedOwnVehicle(FleetVehicle):
    """A vehicle of the account."""

    open_report_count: Annotated[int, Meta(description="Reports that wait for an answer.")]


class OwnVehicle(FleetVehicle):
    """A vehicle of the account, with what happened to it."""

    ride_count: int
    reports: Annotated[list[VehicleReport], Meta(description="The last ten.")]


@bp.get("")
@requires_scope(Scope.VEHICLES_READ)
@operation(list[ListedOwnVehicle], query=OwnVehiclesQuery, is_paged=True)
def index(query: OwnVehiclesQuery) -> Page[ListedOwnVehicle]:
    """List the vehicles of the account, the newest first."""
    page = list_owner_vehicles(
        current_user.key, time_cursor(query.after), query.state or "", query.city
    )
    vehicles = [
        ListedOwnVehicle(
            **fleet_vehicle_values(listed.vehicle),  # type: ignore[arg-type] # Vehicle
            open_report_count=listed.open_reports,
        )
        for listed in page.rows
    ]
    return Page(vehicles, page.after)


@bp.get("/<key:vehicle_key>")
@requires_scope(Scope.VEHICLES_READ)
@operation(OwnVehicle)
def show(vehicle_key: RowKey) -> OwnVehicle:
    """Show a vehicle of the account, with the last reports about it."""
    details = get_owner_vehicle_details(current_user.key, vehicle_key)
    return OwnVehicle(
        **fleet_vehicle_values(details.vehicle),
        ride_count=details.rides,
        reports=[describe_report(report) for report in details.reports],
    )
