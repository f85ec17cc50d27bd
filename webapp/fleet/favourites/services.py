"""What riders save, and the mail to those who wait for a vehicle."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CTE,
    ColumnElement,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from webapp import mail
from webapp.auth.models import User
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.reads import stale_reads
from webapp.db.transactions import run_transaction
from webapp.db.types import Region, table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.models import SavedPlace, SavedVehicle
from webapp.fleet.labels import type_label
from webapp.fleet.models import Vehicle, available_condition, public_key_condition
from webapp.fleet.queries.vehicles import VehicleNotFound
from webapp.regions.geography import Point
from webapp.web.security_headers import public_url

#: How many vehicles and places a rider can save: a list that one looks over.
MOST_VEHICLES, MOST_PLACES = 50, 12
#: States after which a vehicle becomes free by itself.
WORTH_WAITING = (VehicleState.ON_TRIP.value, VehicleState.RESERVED.value)

#: The keys by which what is saved belongs to an account.
OF_ACCOUNTS = ("fk_saved_vehicles_users", "fk_saved_places_users")


class TooManySaved(DomainError):
    message = _l("You have saved 50 vehicles. Take one off the list first.")


class TooManyPlaces(DomainError):
    message = _l("You have saved 12 places. Take one off the list first.")


class SavedTooLate(DomainError):
    """Else whoever saw it leave would learn where the ride ends."""

    message = _l("Somebody is riding it. You can save it when it is back on the map.")


class NothingToWaitFor(DomainError):
    message = _l("There is nothing to wait for: it is free now, or out of service.")


# --- vehicles ------------------------------------------------------------------------------


def saved_vehicles(rider: RowKey) -> Sequence[SavedVehicle]:
    """Return what a rider has saved, with the vehicles, the last one first. Who saved none a moment
    ago reads the nearest copy, which is some seconds old."""
    statement = (
        select(SavedVehicle)
        .join(SavedVehicle.vehicle)
        .where(
            SavedVehicle.rider_region == rider.region,
            SavedVehicle.rider_id == rider.id,
            Vehicle.state != VehicleState.REMOVED,
        )
        .options(contains_eager(SavedVehicle.vehicle))
        .order_by(SavedVehicle.saved_at.desc(), SavedVehicle.vehicle_id)
    )
    return db.session.scalars(statement, bind_arguments=stale_reads()).all()


def seen_by(rider: RowKey, key: RowKey) -> tuple[Vehicle, SavedVehicle | None]:
    """Return the vehicle that the public knows by that key, and whether a rider has saved it, in
    one trip. Raises VehicleNotFound."""
    statement = (
        select(Vehicle, SavedVehicle)
        .outerjoin(SavedVehicle, and_(SavedVehicle.vehicle_id == Vehicle.id, *_of(rider, key)))
        .where(_is_there(key))
    )
    found = db.session.execute(statement).one_or_none()
    if found is None:
        raise VehicleNotFound
    return found[0], found[1]


def save_vehicle(rider: RowKey, key: RowKey) -> None:
    """Keep a vehicle for a rider, unless somebody rides it; twice is once.

    Raises VehicleNotFound, SavedTooLate, TooManySaved.
    """
    if not _save(rider, key):
        _check_saved(*seen_by(rider, key))


def wait_for(rider: RowKey, key: RowKey) -> None:
    """Have a rider told once by mail when a vehicle is free; that saves it, too.

    Raises NothingToWaitFor, VehicleNotFound, SavedTooLate, TooManySaved.
    """
    if not _save(rider, key, waiting=True):
        vehicle, saved = seen_by(rider, key)
        if vehicle.current_state not in WORTH_WAITING:
            raise NothingToWaitFor
        _check_saved(vehicle, saved)


def _check_saved(vehicle: Vehicle, saved: SavedVehicle | None) -> None:
    if saved is None:
        raise SavedTooLate if vehicle.state == VehicleState.ON_TRIP else TooManySaved


def forget_vehicle(rider: RowKey, key: RowKey) -> None:
    """Take a vehicle off a rider's list; one that is not there stays so."""
    saved = table(SavedVehicle)
    _write(delete(saved).where(*_saved_as(rider, key)).returning(saved.c.vehicle_id))


def stop_waiting(rider: RowKey, key: RowKey) -> None:
    """Send no mail when a saved vehicle is free."""
    saved = table(SavedVehicle)
    stop = update(saved).where(*_saved_as(rider, key)).values(waiting_at=None)
    _write(stop.returning(saved.c.vehicle_id))


def _save(rider: RowKey, key: RowKey, *, waiting: bool = False) -> bool:
    """Save a vehicle, if there is such a one that may be, and room for it; tell whether anything
    changed."""
    vehicles, saved = table(Vehicle), table(SavedVehicle)
    worth = and_(vehicles.c.state.in_(WORTH_WAITING), ~available_condition())
    source = select(
        vehicles.c.region,
        vehicles.c.id,
        literal(rider.region, Region),
        literal(rider.id),
        func.now() if waiting else literal(None, saved.c.waiting_at.type),
    ).where(
        _is_there(key),
        or_(vehicles.c.state != VehicleState.ON_TRIP.value, _is_saved_by(rider)),
        _others_of(rider) < MOST_VEHICLES,
        worth if waiting else true(),
    )
    columns = ["region", "vehicle_id", "rider_region", "rider_id", "waiting_at"]
    adding = insert(saved).from_select(columns, source)
    key_columns = list(saved.primary_key.columns)
    if waiting:
        since = {"waiting_at": adding.excluded.waiting_at}
        once = adding.on_conflict_do_update(index_elements=key_columns, set_=since)
    else:
        once = adding.on_conflict_do_nothing(index_elements=key_columns)
    return _write(once.returning(saved.c.vehicle_id))


def _is_saved_by(rider: RowKey) -> ColumnElement[bool]:
    saved, vehicles = table(SavedVehicle).alias(), table(Vehicle)
    its = and_(saved.c.region == vehicles.c.region, saved.c.vehicle_id == vehicles.c.id)
    theirs = and_(saved.c.rider_region == rider.region, saved.c.rider_id == rider.id)
    return exists().where(its, theirs).correlate(vehicles)


def _others_of(rider: RowKey) -> Any:
    """How many vehicles besides the one at hand a rider has on the list."""
    saved, listed = table(SavedVehicle).alias(), table(Vehicle).alias()
    its = and_(listed.c.region == saved.c.region, listed.c.id == saved.c.vehicle_id)
    return (
        select(func.count())
        .select_from(saved.join(listed, its))
        .where(
            saved.c.rider_region == rider.region,
            saved.c.rider_id == rider.id,
            saved.c.vehicle_id != table(Vehicle).c.id,
            listed.c.state != VehicleState.REMOVED.value,
        )
        .correlate(table(Vehicle))
        .scalar_subquery()
    )


def _is_there(key: RowKey) -> ColumnElement[bool]:
    return and_(public_key_condition(key), table(Vehicle).c.state != VehicleState.REMOVED.value)


def _saved_as(rider: RowKey, key: RowKey) -> list[ColumnElement[bool]]:
    saved, vehicles = table(SavedVehicle).c, table(Vehicle).c
    vehicle_id = select(vehicles.id).where(_is_there(key)).scalar_subquery()
    return [*_of(rider, key), saved.vehicle_id == vehicle_id]


def _of(rider: RowKey, key: RowKey) -> list[ColumnElement[bool]]:
    saved = table(SavedVehicle).c
    return [
        saved.region == key.region,
        saved.rider_region == rider.region,
        saved.rider_id == rider.id,
    ]


def _write(statement: Any) -> bool:
    """Run a lone statement; tell whether it changed a row. Raises NotFound when the account has
    just been deleted, or moved."""
    try:
        return run_transaction(
            lambda session: session.execute(statement).first() is not None,
            one_statement=True,
            idempotent=True,
        )
    except IntegrityError as error:
        if violated_constraint(error).startswith(OF_ACCOUNTS):
            raise NotFound from None
        raise


# --- places --------------------------------------------------------------------------------


def add_place(rider: RowKey, label: str, point: Point) -> RowKey:
    """Keep a place for a rider and return its key. Raises TooManyPlaces."""
    key, places = RowKey(rider.region, uuid4()), table(SavedPlace)
    row = {
        "region": rider.region,
        "id": key.id,
        "rider_id": rider.id,
        "label": label,
        "lat": point.lat,
        "lon": point.lon,
    }
    mine = places.alias()
    others = select(func.count()).where(
        mine.c.region == rider.region, mine.c.rider_id == rider.id, mine.c.id != key.id
    )
    typed = select(*(literal(value, places.c[name].type) for name, value in row.items()))
    adding = insert(places).from_select(
        list(row), typed.where(others.scalar_subquery() < MOST_PLACES)
    )
    # Sent again after a lost answer, it changes nothing, and yet says that it is there.
    again = adding.on_conflict_do_update(
        index_elements=list(places.primary_key.columns), set_={"label": adding.excluded.label}
    )
    if not _write(again.returning(places.c.id)):
        raise TooManyPlaces
    return key


def remove_place(rider: RowKey, place_id: UUID) -> None:
    """Forget a place of the rider's; one that is not there stays so."""
    places = table(SavedPlace)
    mine = (places.c.region == rider.region, places.c.rider_id == rider.id)
    _write(delete(places).where(*mine, places.c.id == place_id).returning(places.c.id))


# --- waiting -------------------------------------------------------------------------------


def waiting_for(ended: CTE) -> CTE:
    """Return the part of a statement that ends the waiting for the vehicles of ``ended``, which
    has ``region`` and ``vehicle_id``. Its rows are the keys of those who waited, ``rider_region``
    and ``rider_id``, for ``tell_waiting`` after the commit.
    """
    saved = table(SavedVehicle)
    return (
        update(saved)
        .where(
            saved.c.region == ended.c.region,
            saved.c.vehicle_id == ended.c.vehicle_id,
            saved.c.waiting_at.is_not(None),
        )
        .values(waiting_at=None)
        .returning(saved.c.rider_region, saved.c.rider_id)
        .cte("waiting")
    )


def tell_waiting(rows: Sequence[Any], vehicle: RowKey) -> None:
    """Mail those who waited for a vehicle that it is free; for after the commit.

    rows: pairs of ``rider_region`` and ``rider_id``, from ``waiting_for``. Nobody waited: no trip;
    else one, which reads where to write. Where it stands is for the rider's list: a mail stays.
    """
    if not rows:
        return
    statement = (
        select(
            User.email,
            User.first_name,
            Vehicle.brand,
            Vehicle.form_factor,
            Vehicle.propulsion_type,
        )
        .join(Vehicle, and_(Vehicle.region == vehicle.region, Vehicle.id == vehicle.id))
        .where(
            tuple_(User.region, User.id).in_([tuple(row) for row in rows]),
            User.disabled_at.is_(None),
            User.email_confirmed_at.is_not(None),
        )
    )
    for email, name, brand, *type_ in db.session.execute(statement):
        mail.send(
            to=email,
            template="saved_vehicle_free",
            name=name,
            vehicle=f"{brand} {type_label(*type_)}".strip(),
            link=public_url("fleet.favourites.index"),
        )
