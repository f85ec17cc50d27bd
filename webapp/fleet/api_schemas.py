"""Cities and vehicles as JSON."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from webapp.api.values import Answer, Key, Lat, Lon, Money, Position, make_position
from webapp.db.keys import RowKey
from webapp.fleet import models as fleet_models
from webapp.fleet.anonymity import make_anonymous_copy
from webapp.fleet.labels import type_label
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.labels import format_price
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.vehicle_columns import VehicleRow
from webapp.regions import models
from webapp.regions.labels import city_label

#: A vehicle as a list has read it, or as a page of one vehicle.
AnyVehicle = fleet_models.Vehicle | VehicleRow


class City(Answer):
    """A city where MovR is."""

    name: Annotated[str, Meta(description="Its key, as in addresses: new york.")]
    label: Annotated[str, Meta(description="In the language of the request.")]
    currency: Annotated[str, Meta(description="ISO 4217; all its prices are in it.")]
    time_zone: Annotated[str, Meta(description="IANA name: America/New_York.")]
    centre: Position
    is_open: Annotated[bool, Meta(description="Whether rides can start there.")]


class Price(Answer):
    """What riding a vehicle costs."""

    plan_id: Annotated[UUID, Meta(description="Sent with a start, it must still be the price.")]
    unlock_fee: Money
    text: Annotated[str, Meta(description="All of it, for people.")]


class Vehicle(Answer):
    """A vehicle on the street. Nothing in it tells after a ride which vehicle it was: its id is a
    new one then, and its range is in steps, as in GBFS."""

    id: Key
    type: Annotated[str, Meta(description="For people: Scooter.")]
    form_factor: Annotated[str, Meta(description="As in GBFS.")]
    propulsion_type: Annotated[str, Meta(description="As in GBFS.")]
    state: Annotated[str, Meta(description="As in MDS: available, reserved, ...")]
    position: Position | None
    range_m: Annotated[
        int | None, Meta(description="It goes so far at least; null: no motor, or not known.")
    ]
    price: Annotated[Price | None, Meta(description="Null: riding is free.")]
    distance_m: Annotated[int | None, Meta(description="From the point of the request.")] = None


class VehicleCluster(Answer):
    """Vehicles that are counted together, at their middle."""

    lat: Lat
    lon: Lon
    vehicle_count: int


class VehicleMap(Answer):
    """A part of the map."""

    vehicle_count: int
    vehicles: list[Vehicle]
    clusters: list[VehicleCluster]


def describe_city(city: models.City) -> City:
    """Return a city as JSON."""
    return City(
        name=city.name,
        label=city_label(city),
        currency=city.currency,
        time_zone=city.timezone,
        centre=Position(lat=city.lat, lon=city.lon),
        is_open=not city.is_closed,
    )


def public_vehicle_key(vehicle: AnyVehicle) -> RowKey:
    """Return the key by which the API names a vehicle: that of its page, until its next ride."""
    return vehicle.public_key


def describe_vehicle(vehicle: AnyVehicle, distance_m: int | None = None) -> Vehicle:
    """Return a vehicle as JSON."""
    return Vehicle(
        id=str(public_vehicle_key(vehicle)),
        type=type_label(vehicle.form_factor, vehicle.propulsion_type),
        form_factor=vehicle.form_factor,
        propulsion_type=vehicle.propulsion_type,
        state=str(vehicle.current_state),
        position=make_position(vehicle.point),
        range_m=make_anonymous_copy(vehicle).range_m,
        price=_describe_price(find_plan(vehicle)),
        distance_m=distance_m,
    )


def _describe_price(plan: PricingPlan | None) -> Price | None:
    if plan is None:
        return None
    unlock_fee = Money(amount=plan.unlock_fee, currency=plan.currency)
    return Price(plan_id=plan.id, unlock_fee=unlock_fee, text=format_price(plan))
