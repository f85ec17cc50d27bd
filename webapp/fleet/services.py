"""The rules of the fleet: who may put a vehicle on the street, change it, and take it away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.auth.models import Grant, Role, User
from webapp.auth.services import add_grant, check_confirmed
from webapp.database import run_transaction
from webapp.errors import DomainError, NotFound
from webapp.events import Kind, along, event, subject
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.words import VEHICLE_TYPES, VehicleState
from webapp.geo import Place, Point, distance_m
from webapp.keys import RowKey
from webapp.regions import City, catalogue
from webapp.schema import table

#: States in which an owner may change or remove a vehicle: nobody counts on it then.
AT_REST = (VehicleState.AVAILABLE, VehicleState.NON_OPERATIONAL, VehicleState.MISSING)
#: A place farther than this from every city of the region is a slip of the finger.
FARTHEST_M = 100_000


class VehicleInUse(DomainError):
    message = _l("Somebody is using this vehicle right now. Try again when it stands still.")


class VehicleRidden(DomainError):
    message = _l("Somebody is riding a vehicle of yours. Try again when the ride has ended.")


class PlaceTooFar(DomainError):
    status = 422
    message = _l("That place is more than 100 km away from the city. Choose a nearer one.")


@dataclass(frozen=True)
class Description:
    """What an owner tells about a vehicle. ``type`` is a word of VEHICLE_TYPES."""

    type: str
    brand: str
    color: str
    place: Place

    def columns(self) -> dict[str, Any]:
        form_factor, propulsion_type = VEHICLE_TYPES[self.type]
        return {
            "form_factor": form_factor.value,
            "propulsion_type": propulsion_type.value,
            "brand": self.brand,
            "color": self.color,
            **place_columns(self.place),
        }


def place_columns(place: Place) -> dict[str, Any]:
    """Return the columns that say where a vehicle stands."""
    return {**place.columns(), "cell": place.point.cell if place.point else None}


def check_place(region: str, place: Place) -> None:
    """Raise PlaceTooFar when the point is near no city of the region. Asks no database."""
    centres = [city.centre for city in catalogue().all() if city.region == region]
    if centres and place.point and not is_near(place.point, centres):
        raise PlaceTooFar


def is_near(point: Point, others: Iterable[Point]) -> bool:
    """Tell whether a point is within reach of one of the others."""
    return any(distance_m(point, other) <= FARTHEST_M for other in others)


def vehicle_at(key: RowKey) -> Vehicle:
    """Return a vehicle that has not been removed; raises NotFound."""
    vehicle = db.session.get(Vehicle, key)
    if vehicle is None or vehicle.state == VehicleState.REMOVED:
        raise NotFound
    return vehicle


def own_vehicle(owner: RowKey, key: RowKey) -> Vehicle:
    """Return the owner's vehicle; raises NotFound for another's."""
    vehicle = vehicle_at(key)
    if (vehicle.owner_region, vehicle.owner_id) != owner:
        raise NotFound
    return vehicle


def add_vehicle(owner: User, city: City, told: Description) -> RowKey:
    """Put a vehicle on the street of a city; its owner becomes one by that.

    Raises PlaceTooFar, EmailNotConfirmed.
    """
    check_confirmed(owner)
    check_place(city.region, told.place)
    key, owner_key = RowKey(city.region, uuid4()), owner.key
    values = {
        **key._asdict(),
        "city": city.name,
        "owner_region": owner_key.region,
        "owner_id": owner_key.id,
        "state": VehicleState.AVAILABLE.value,
        **told.columns(),
    }

    vehicles = table(Vehicle)
    added = insert(vehicles).values(values).on_conflict_do_nothing().returning(vehicles.c.id)
    statement = _told(added, Kind.VEHICLE_ADDED, owner_key, key)

    def work(session: Session) -> None:
        session.execute(statement)
        add_grant(session, owner_key, Role.OWNER)

    run_transaction(work, idempotent=True)
    return key


def edit_vehicle(owner: RowKey, key: RowKey, told: Description) -> None:
    """Change the owner's vehicle while it stands still.

    Raises NotFound, VehicleInUse, PlaceTooFar.
    """
    check_place(key.region, told.place)
    changed = run_transaction(
        lambda s: _change_at_rest(s, Kind.VEHICLE_CHANGED, owner, key, told.columns()),
        idempotent=True,
        one_statement=True,
    )
    if not changed:
        _explain(owner, key)


def remove_vehicle(owner: RowKey, key: RowKey) -> None:
    """Take the owner's vehicle off the street; with the last one goes the role. Twice is fine.

    Raises NotFound, VehicleInUse.
    """

    def work(session: Session) -> bool:
        state = {"state": VehicleState.REMOVED.value}
        gone = _change_at_rest(session, Kind.VEHICLE_REMOVED, owner, key, state)
        session.execute(_withdraw_from_last(owner))
        return gone

    if not run_transaction(work, idempotent=True):
        vehicle = db.session.get(Vehicle, key)
        if vehicle and vehicle.state == VehicleState.REMOVED and vehicle.owner_id == owner.id:
            return
        _explain(owner, key)


def _change_at_rest(
    session: Session, kind: Kind, owner: RowKey, key: RowKey, values: dict[str, Any]
) -> bool:
    vehicles = table(Vehicle)
    changed = (
        update(vehicles)
        .where(
            vehicles.c.region == key.region,
            vehicles.c.id == key.id,
            vehicles.c.owner_region == owner.region,
            vehicles.c.owner_id == owner.id,
            vehicles.c.state.in_(AT_REST),
        )
        .values(values)
        .returning(vehicles.c.id)
    )
    return session.execute(_told(changed, kind, owner, key)).first() is not None


def _told(change: Any, kind: Kind, owner: RowKey, key: RowKey) -> Any:
    """The same change, told in the trail if it changes something; it returns the vehicle's id."""
    changed = change.cte("changed")
    told = event(kind, actor=owner, subject=subject("vehicle", key), after=changed)
    return select(changed.c.id).add_cte(along(told))


def _explain(owner: RowKey, key: RowKey) -> None:
    own_vehicle(owner, key)
    raise VehicleInUse


def _withdraw_from_last(owner: RowKey) -> Any:
    has_others = exists().where(
        Vehicle.owner_region == owner.region,
        Vehicle.owner_id == owner.id,
        Vehicle.state != VehicleState.REMOVED,
    )
    return (
        delete(Grant)
        .where(
            Grant.region == owner.region,
            Grant.user_id == owner.id,
            Grant.role == Role.OWNER.value,
            ~has_others,
        )
        .execution_options(synchronize_session=False)
    )


def leave_the_street(session: Session, owner: RowKey) -> None:
    """Remove all vehicles of an account that is about to go. Raises VehicleRidden."""
    own = (Vehicle.owner_region == owner.region, Vehicle.owner_id == owner.id)
    ridden = select(Vehicle.id).where(*own, Vehicle.state == VehicleState.ON_TRIP).limit(1)
    if session.scalar(ridden):
        raise VehicleRidden
    removed = update(Vehicle).where(*own).values(state=VehicleState.REMOVED.value)
    session.execute(removed.execution_options(synchronize_session=False))
