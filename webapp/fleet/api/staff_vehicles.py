"""The vehicles of a city for its staff."""

from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Body
from webapp.db.keys import RowKey
from webapp.db.paging import Page, uuid_cursor
from webapp.fleet.alerts.settings import alerts_column
from webapp.fleet.api.fleet_schemas import (
    FleetEvent,
    FleetVehicle,
    VehicleReport,
    describe_event,
    describe_fleet_vehicle,
    describe_report,
    fleet_vehicle_values,
)
from webapp.fleet.enums import FormFactor, VehicleState
from webapp.fleet.queries.details import get_staff_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_staff_vehicles
from webapp.fleet.vehicle_actions.services import list_permitted_actions
from webapp.web.access import requires, requires_scope, staff_city_or_404
from webapp.web.roles import Permission
from webapp.web.scopes import Scope

bp = Blueprint("api_staff_vehicles", __name__, url_prefix=f"{V1}/fleet/vehicles")


class StaffVehiclesQuery(Body):
    """Which vehicles of a city."""

    city: Annotated[str, Meta(description="Empty: the first where the account is staff.")] = ""
    state: Annotated[VehicleState | None, Meta(description="As in MDS.")] = None
    form_factor: Annotated[FormFactor | None, Meta(description="As in GBFS.")] = None
    q: Annotated[str, Meta(max_length=60, description="Words of brand, colour and street.")] = ""
    after: Annotated[str | None, Meta(description="From the header Link.")] = None


class StaffVehicle(FleetVehicle):
    """A vehicle for staff, with what happened to it."""

    out_of_service_reason: Annotated[
        str | None, Meta(description="Null: in service, or a report or a feed took it out.")
    ]
    alerts: Annotated[list[str], Meta(description="battery_low, idle, ...")]
    possible_actions: Annotated[list[str], Meta(description="What this account can do with it.")]
    ride_count: int
    reports: Annotated[list[VehicleReport], Meta(description="The last ten.")]
    events: Annotated[list[FleetEvent], Meta(description="The last thirty, the newest first.")]


@bp.get("")
@requires(Permission.VIEW_VEHICLES)
@requires_scope(Scope.FLEET_READ)
@operation(
    list[FleetVehicle],
    query=StaffVehiclesQuery,
    query_example=StaffVehiclesQuery(state=VehicleState.NON_OPERATIONAL),
    is_paged=True,
)
def index(query: StaffVehiclesQuery) -> Page[FleetVehicle]:
    """List the vehicles of a city, for its staff.

    In no order that lasts. Those that have left the fleet for good are not in it.
    """
    vehicle_filter = VehicleFilter(
        staff_city_or_404(query.city, Permission.VIEW_VEHICLES),
        (query.state,) if query.state else tuple(VehicleState),
        query.form_factor,
        words=" ".join(query.q.replace(",", " ").split()),
        without_retired=True,
    )
    page = list_staff_vehicles(vehicle_filter, uuid_cursor(query.after), with_owner=False)
    return Page([describe_fleet_vehicle(row.vehicle) for row in page.rows], page.after)  # type: ignore[arg-type] # Vehicle


@bp.get("/<key:vehicle_key>")
@requires(Permission.VIEW_VEHICLES)
@requires_scope(Scope.FLEET_READ)
@operation(StaffVehicle)
def show(vehicle_key: RowKey) -> StaffVehicle:
    """Show a vehicle to staff of its city, with its last events and reports."""
    alerts = alerts_column(vehicle_key.region)
    details = get_staff_vehicle_details(current_user, vehicle_key, alerts)
    vehicle = details.vehicle
    return StaffVehicle(
        **fleet_vehicle_values(vehicle),
        out_of_service_reason=vehicle.out_of_service_reason,
        alerts=list(details.alerts),
        possible_actions=[str(each) for each in list_permitted_actions(current_user, vehicle)],
        ride_count=details.rides,
        reports=[describe_report(report) for report in details.reports],
        events=[describe_event(event) for event in details.events],
    )
