"""The vehicles of an owner."""

from functools import partial
from typing import Annotated
from uuid import UUID

from flask import Blueprint, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.conditional import PreconditionFailed, check_match
from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, WithHeaders, operation, refer_to
from webapp.api.values import Body, Lat, Lon, PageParameters, Reference
from webapp.auth.services.email_confirmation import EmailNotConfirmed
from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_time_cursor
from webapp.errors import EditConflict, NotFound
from webapp.fleet.enums import VehicleState
from webapp.fleet.forms import VehicleForm
from webapp.fleet.models import MAX_ADDRESS_LENGTH, MAX_BRAND_LENGTH, MAX_COLOR_LENGTH
from webapp.fleet.owner_and_staff_schemas import (
    ONE_LINE,
    FleetVehicle,
    VehicleReport,
    describe_report,
    fleet_vehicle_values,
)
from webapp.fleet.queries.details import get_owner_vehicle_details
from webapp.fleet.queries.lists import list_owner_vehicles
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.services.edit import (
    PROPERTIES,
    VehicleImported,
    VehicleInUse,
    edit_vehicle,
)
from webapp.fleet.services.places import PlaceTooFar
from webapp.fleet.services.remove import remove_vehicle
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.regions.catalogue import city_or_404
from webapp.regions.features import CityClosed, FeatureOff
from webapp.regions.geography import Place, Point
from webapp.translations import gettext as _
from webapp.web.access import requires_scope
from webapp.web.problems import InvalidRequest
from webapp.web.scopes import Scope

bp = Blueprint("api_own_vehicles", __name__, url_prefix=f"{V1}/me/vehicles")


class OwnVehicleParameters(PageParameters):
    """Which of the vehicles."""

    state: Annotated[VehicleState | None, Meta(description="As in MDS.")] = None
    city: str = ""


class ListedOwnVehicle(FleetVehicle):
    """A vehicle of the account."""

    open_report_count: Annotated[int, Meta(description="Reports that wait for an answer.")]


class OwnVehicle(FleetVehicle):
    """A vehicle of the account, with what happened to it."""

    ride_count: int
    reports: Annotated[list[VehicleReport], Meta(description="The last ten.")]


@bp.get("")
@requires_scope(Scope.VEHICLES_READ)
@operation(list[ListedOwnVehicle], query=OwnVehicleParameters, is_paged=True)
def index(query: OwnVehicleParameters) -> Page[ListedOwnVehicle]:
    """List the vehicles of the account, the newest first."""
    page = list_owner_vehicles(
        current_user.key, read_time_cursor(query.after), query.state or "", query.city
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
    return _read_own_vehicle(vehicle_key)


def _read_own_vehicle(vehicle_key: RowKey) -> OwnVehicle:
    details = get_owner_vehicle_details(current_user.key, vehicle_key)
    return OwnVehicle(
        **fleet_vehicle_values(details.vehicle),
        ride_count=details.rides,
        reports=[describe_report(report) for report in details.reports],
    )


class VehicleBody(Body):
    """What a vehicle is, and where."""

    type: Annotated[str, Meta(description="Its name: bike, e-bike, scooter, ...")]
    brand: Annotated[str, Meta(min_length=1, max_length=MAX_BRAND_LENGTH, pattern=ONE_LINE)]
    color: Annotated[str, Meta(min_length=1, max_length=MAX_COLOR_LENGTH, pattern=ONE_LINE)]
    address: Annotated[str, Meta(min_length=1, max_length=MAX_ADDRESS_LENGTH, pattern=ONE_LINE)]
    lat: Lat
    lon: Lon


class NewVehicle(VehicleBody):
    """A vehicle that an owner adds, in the home city."""


class ChangedVehicle(VehicleBody):
    """All that an owner may change of a vehicle."""


@bp.post("")
@requires_scope(Scope.VEHICLES_WRITE)
@operation(
    Reference,
    status=201,
    body=NewVehicle,
    body_example=NewVehicle(
        type="bike", brand="Pegasus", color="green", address="1 Main Street", lat=40.73, lon=-73.99
    ),
    problems=(EmailNotConfirmed, PlaceTooFar, CityClosed, FeatureOff),
)
def add(body: NewVehicle, nonce: UUID) -> WithHeaders:
    """Add a vehicle in the home city, which riders can ride at once."""
    if body.type not in vehicle_types().offered_names:
        raise InvalidRequest(errors=[("/type", _("There is no such type."))])
    place = Place(body.address, Point(body.lat, body.lon))
    description = VehicleDescription(body.type, body.brand, body.color, place)
    city = city_or_404(current_user.city)
    vehicle_key = add_vehicle(current_user, city, description, nonce)
    return refer_to(vehicle_key, url_for(".show", vehicle_key=vehicle_key))


@bp.put("/<key:vehicle_key>")
@requires_scope(Scope.VEHICLES_WRITE)
@operation(
    None,
    status=204,
    body=ChangedVehicle,
    body_example=ChangedVehicle(
        type="bike", brand="Pegasus", color="red", address="2 Main Street", lat=40.73, lon=-73.99
    ),
    problems=(NotFound, VehicleInUse, VehicleImported, PlaceTooFar, PreconditionFailed),
    takes_match=True,
)
def save(vehicle_key: RowKey, body: ChangedVehicle) -> None:
    """Change what a vehicle is, and where, while nobody uses it.

    With the ETag of the vehicle as `If-Match`, it is changed only if it is still as it was read:
    rides, reports and battery are part of it.
    """
    form = VehicleForm(**form_values(body))
    check_form(form)
    seen = check_match(partial(_read_own_vehicle, vehicle_key))
    old_values = _edited_values(seen) if seen else None
    try:
        edit_vehicle(current_user.key, vehicle_key, form.description, old_values)
    except EditConflict:
        raise PreconditionFailed from None


def _edited_values(vehicle: OwnVehicle) -> dict[str, object]:
    """Return the columns that an owner changes, as the program has read them."""
    point = vehicle.position
    return {
        **{name: getattr(vehicle, name) for name in (*PROPERTIES, "address")},
        "lat": point and point.lat,
        "lon": point and point.lon,
    }


@bp.post("/<key:vehicle_key>/retire")
@requires_scope(Scope.VEHICLES_WRITE)
@operation(None, status=204, problems=(NotFound, VehicleInUse), is_repeatable=True)
def retire(vehicle_key: RowKey) -> None:
    """Take a vehicle out of the fleet for good, while nobody uses it."""
    remove_vehicle(current_user.key, vehicle_key)
