"""The vehicles of a city for its staff."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, WithHeaders, operation
from webapp.api.values import Answer, Key, PageParameters
from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_uuid_cursor
from webapp.errors import NotFound
from webapp.fleet.alerts.settings import alerts_column
from webapp.fleet.enums import FormFactor, OutOfServiceReason, PickUpReason, VehicleState
from webapp.fleet.owner_and_staff_schemas import (
    ONE_LINE,
    FleetEvent,
    FleetVehicle,
    PlaceBody,
    VehicleReport,
    describe_event,
    describe_fleet_vehicle,
    describe_report,
    fleet_vehicle_values,
)
from webapp.fleet.queries.details import get_staff_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_staff_vehicles
from webapp.fleet.queries.search_terms import parse_search_text
from webapp.fleet.services.places import PlaceTooFar
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import (
    ActionNotPossible,
    NoBattery,
    TaskInProgress,
    UnsafeReportOpen,
    VehicleOnRide,
    VehicleRetired,
    act_on_vehicle,
    list_permitted_actions,
)
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.models import MAX_NOTE_LENGTH
from webapp.translations import gettext as _
from webapp.web.access import requires, requires_scope, staff_city_or_404
from webapp.web.problems import InvalidRequest
from webapp.web.roles import Permission
from webapp.web.scopes import Scope

#: What a vehicle is, and whose, staff change on its pages.
ACTIONS = frozenset(VehicleAction) - {
    VehicleAction.EDIT, VehicleAction.CHANGE_CODE, VehicleAction.TRANSFER,
}  # fmt: skip
PLACED_ACTIONS = (VehicleAction.MOVE, VehicleAction.DEPLOY)
ACT_PROBLEMS = (
    NotFound, PlaceTooFar, VehicleOnRide, UnsafeReportOpen, TaskInProgress, VehicleRetired,
    NoBattery, ActionNotPossible,
)  # fmt: skip

bp = Blueprint("api_staff_vehicles", __name__, url_prefix=f"{V1}/fleet/vehicles")


class StaffVehicleParameters(PageParameters):
    """Which vehicles of a city."""

    city: Annotated[str, Meta(description="Empty: the first where the account is staff.")] = ""
    state: Annotated[VehicleState | None, Meta(description="As in MDS.")] = None
    form_factor: Annotated[FormFactor | None, Meta(description="As in GBFS.")] = None
    q: Annotated[str, Meta(max_length=60, description="Words of brand, colour and street.")] = ""


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
    query=StaffVehicleParameters,
    query_example=StaffVehicleParameters(state=VehicleState.NON_OPERATIONAL),
    is_paged=True,
    problems=(NotFound,),
)
def index(query: StaffVehicleParameters) -> Page[FleetVehicle]:
    """List the vehicles of a city, for its staff.

    In no order that lasts. Those that have left the fleet for good are not in it.
    """
    words, types = parse_search_text(query.q)
    vehicle_filter = VehicleFilter(
        staff_city_or_404(query.city, Permission.VIEW_VEHICLES),
        (query.state,) if query.state else tuple(VehicleState),
        query.form_factor,
        words=words,
        types=types,
        without_retired=True,
    )
    page = list_staff_vehicles(vehicle_filter, read_uuid_cursor(query.after), with_owner=False)
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


class VehicleActionRequest(PlaceBody):
    """What staff say with an action; each needs only some of it."""

    note: Annotated[
        str, Meta(max_length=MAX_NOTE_LENGTH, pattern=ONE_LINE, description="For colleagues.")
    ] = ""
    out_of_service_reason: Annotated[
        OutOfServiceReason, Meta(description="Of take_out_of_service.")
    ] = OutOfServiceReason.MAINTENANCE
    pick_up_reason: Annotated[PickUpReason, Meta(description="Of pick_up.")] = (
        PickUpReason.MAINTENANCE
    )
    battery_percent: Annotated[int, Meta(ge=1, le=100, description="Of swap_battery.")] = 100


class VehicleActionResult(Answer):
    """A vehicle with which something was done."""

    id: Key
    url: Annotated[str, Meta(description="Its address, as in the header Location.")]
    out_of_service_cause: Annotated[
        str | None, Meta(description="What keeps it out of service: a task or an unsafe report.")
    ]


@bp.post("/<key:vehicle_key>/actions/<action_name>")
@requires(Permission.CHANGE_VEHICLES)
@requires_scope(Scope.FLEET_WRITE)
@operation(
    VehicleActionResult,
    body=VehicleActionRequest,
    body_example=VehicleActionRequest(lat=40.7306, lon=-73.9866, note="Brakes"),
    problems=ACT_PROBLEMS,
)
def act(
    vehicle_key: RowKey, action_name: str, body: VehicleActionRequest, nonce: UUID
) -> WithHeaders:
    """Act on a vehicle.

    `take_out_of_service`, `return_to_service`, `swap_battery`, `pick_up`, `mark_missing`,
    `mark_found`, `retire`; and `move` and `deploy`, which need `lat` and `lon`.
    """
    if action_name not in ACTIONS:
        raise NotFound
    action = VehicleAction(action_name)
    if action in PLACED_ACTIONS and body.lat is None:
        raise InvalidRequest(errors=[("/lat", _("Say where the vehicle is."))])
    details = ActionDetails(
        action_id=nonce,
        note=body.note,
        out_of_service_reason=body.out_of_service_reason,
        pick_up_reason=body.pick_up_reason,
        place=body.place,
        battery_percent=body.battery_percent,
    )
    cause = act_on_vehicle(current_user, vehicle_key, action, details)
    url = url_for(".show", vehicle_key=vehicle_key)
    result = VehicleActionResult(id=str(vehicle_key), url=url, out_of_service_cause=cause)
    return WithHeaders(result, {"Location": url})
