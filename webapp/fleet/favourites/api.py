"""The saved vehicles and places of the account of a token, in the API."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, WithHeaders, operation
from webapp.api.values import Answer, Body, Lat, Lon
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.fleet.api_schemas import Vehicle, describe_vehicle
from webapp.fleet.favourites.controllers import loads_saved_places
from webapp.fleet.favourites.forms import PlaceForm
from webapp.fleet.favourites.models import SavedVehicle as SavedVehicleRow
from webapp.fleet.favourites.queries import list_saved_vehicles
from webapp.fleet.favourites.services import places, vehicles
from webapp.fleet.queries.vehicles import VehicleNotFound
from webapp.regions.geography import Point
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_saved", __name__, url_prefix=f"{V1}/me")


class SavedVehicle(Answer):
    """A vehicle that was saved."""

    vehicle: Vehicle
    is_waiting: Annotated[bool, Meta(description="A mail is sent when it is free.")]


class VehicleWait(Body):
    """How to save it."""

    is_waiting: Annotated[
        bool, Meta(description="Send one mail when it is free; only while it is not.")
    ] = False


class SavedPlace(Answer):
    """A place that was saved."""

    id: UUID
    label: str
    lat: Lat
    lon: Lon


class NewPlace(Body):
    """A place to save."""

    label: str
    lat: Lat
    lon: Lon


class PlaceReference(Answer):
    """A place that was saved."""

    id: UUID
    url: str


@bp.get("/saved-vehicles")
@requires_scope(Scope.SAVED_READ)
@operation(list[SavedVehicle])
def list_vehicles() -> list[SavedVehicle]:
    """List the saved vehicles, the last one first."""
    return [_describe_saved(saved) for saved in list_saved_vehicles(current_user.key)]


@bp.put("/saved-vehicles/<key:vehicle_key>")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(
    None,
    status=204,
    body=VehicleWait,
    body_example=VehicleWait(),
    problems=(
        VehicleNotFound, vehicles.SavedWhileOnTrip, vehicles.TooManySavedVehicles,
        vehicles.NothingToWaitFor,
    ),
)  # fmt: skip
def save_vehicle(vehicle_key: RowKey, body: VehicleWait) -> None:
    """Save a vehicle, and say whether to wait for it."""
    if body.is_waiting:
        vehicles.start_waiting(current_user.key, vehicle_key)
    else:
        vehicles.save_vehicle(current_user.key, vehicle_key)
        vehicles.stop_waiting(current_user.key, vehicle_key)


@bp.delete("/saved-vehicles/<key:vehicle_key>")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(None, status=204)
def remove_vehicle(vehicle_key: RowKey) -> None:
    """Take a vehicle off the list."""
    vehicles.remove_saved_vehicle(current_user.key, vehicle_key)


@bp.get("/saved-places")
@requires_scope(Scope.SAVED_READ)
@loads_saved_places
@operation(list[SavedPlace])
def list_places() -> list[SavedPlace]:
    """List the saved places, in the order in which they were saved."""
    return [
        SavedPlace(id=place.id, label=place.label, lat=place.lat, lon=place.lon)
        for place in current_user.saved_places
    ]


@bp.post("/saved-places")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(
    PlaceReference,
    status=201,
    body=NewPlace,
    body_example=NewPlace(label="Home", lat=40.7306, lon=-73.9866),
    problems=(places.TooManyPlaces, NotFound),
)
def add_place(body: NewPlace, nonce: UUID) -> WithHeaders:
    """Save a place."""
    form = PlaceForm(**form_values(body))
    check_form(form)
    point = Point(body.lat, body.lon)
    place_id = places.add_place(current_user.key, form.label.data, point, nonce).id
    url = url_for("fleet.api_saved.list_places")
    return WithHeaders(PlaceReference(id=place_id, url=url), {"Location": url})


@bp.delete("/saved-places/<uuid:place_id>")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(None, status=204)
def remove_place(place_id: UUID) -> None:
    """Remove a saved place."""
    places.remove_place(current_user.key, place_id)


def _describe_saved(saved: SavedVehicleRow) -> SavedVehicle:
    vehicle = describe_vehicle(saved.vehicle)
    if not saved.shows_place:
        vehicle.position = None
    return SavedVehicle(vehicle=vehicle, is_waiting=saved.waiting_at is not None)
