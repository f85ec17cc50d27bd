"""The rules of a ride. Starting and ending are one statement each: it decides and acts at once."""

from typing import Any
from uuid import UUID, uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, delete, exists, func, insert, literal, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload

from webapp.auth.models import User
from webapp.database import finding_out, run_transaction, stale_reads, violated_constraint
from webapp.errors import DomainError, NotFound
from webapp.events import Kind, along, event, subject
from webapp.extensions import db
from webapp.fleet.lists import RADII_M, Listed, Wanted, near
from webapp.fleet.models import Vehicle
from webapp.fleet.services import PlaceTooFar, check_place, is_near, place_columns
from webapp.fleet.words import VehicleState
from webapp.geo import Place
from webapp.keys import RowKey
from webapp.paging import Cursor, Page, make_page, page_size
from webapp.regions import catalogue
from webapp.rides.models import OpenRide, Ride, place_at
from webapp.schema import Region, table

RIDE_KEYS = ("region", "id", "city", "vehicle_id", "rider_region", "rider_id")


class VehicleUnavailable(DomainError):
    """Details: ``vehicle``, and up to three free ones near by in ``nearest``."""

    title = _l("Someone was faster")
    message = _l("This vehicle is not free any more.")


class RideAlreadyOpen(DomainError):
    """Details: ``ride``, the key of the rider's open ride."""

    message = _l("You are on a ride already. End it before you start another.")


def start_ride(rider: RowKey, vehicle: RowKey) -> RowKey:
    """Start a ride on an available vehicle and return its key.

    Takes effect once or not at all: the ride's id is made here, so an answer lost on the way back
    is looked for. Raises VehicleUnavailable, RideAlreadyOpen, NotFound.
    """
    ride = RowKey(vehicle.region, uuid4())
    statement = _starting(rider, vehicle, ride.id)
    try:
        started = run_transaction(
            lambda session: session.execute(statement).first(), idempotent=True, one_statement=True
        )
    except IntegrityError as error:
        refused_by = violated_constraint(error)
        if refused_by.startswith(("fk_rides_users", "fk_open_rides_users")):
            raise NotFound from None  # the account has just been deleted, or moved
        if refused_by not in ("pk_rides", "pk_open_rides", "uq_rides_open_vehicle"):
            raise
        started = None
    return ride if started else _found_or_refused(rider, vehicle, ride)


def _starting(rider: RowKey, vehicle: RowKey, ride_id: UUID) -> Any:
    """Take the vehicle if it is free, write the ride, and mark the rider as riding: all or nothing.

    The last insert fails on the primary key of open_rides when the rider has a ride already, and
    takes the rest with it.
    """
    vehicles, rides, open_rides = table(Vehicle), table(Ride), table(OpenRide)
    rider_region, rider_id = literal(rider.region, Region), literal(rider.id)
    taken = (
        update(vehicles)
        .where(
            vehicles.c.region == vehicle.region,
            vehicles.c.id == vehicle.id,
            vehicles.c.state == VehicleState.AVAILABLE.value,
        )
        .values(state=VehicleState.ON_TRIP.value)
        .returning(
            *(vehicles.c[name] for name in ("region", "id", "city", "address", "lat", "lon"))
        )
        .cte("taken")
    )
    ride = (
        insert(rides)
        .from_select(
            [*RIDE_KEYS, "start_address", "start_lat", "start_lon"],
            select(
                taken.c.region, literal(ride_id), taken.c.city, taken.c.id, rider_region, rider_id
            ).add_columns(taken.c.address, taken.c.lat, taken.c.lon),
        )
        .returning(rides.c.region, rides.c.id, rides.c.started_at)
        .cte("ride")
    )
    its_key = RowKey(vehicle.region, ride_id)
    told = event(Kind.RIDE_STARTED, actor=rider, subject=subject("ride", its_key), after=ride)
    return (
        insert(open_rides)
        .from_select(
            ["region", "rider_id", "ride_region", "ride_id", "started_at"],
            select(rider_region, rider_id, ride.c.region, ride.c.id, ride.c.started_at),
        )
        .returning(open_rides.c.ride_id)
        .add_cte(along(told))
    )


def _found_or_refused(rider: RowKey, vehicle: RowKey, ride: RowKey) -> RowKey:
    """Say why nothing was started, or find that it was, by an attempt whose answer got lost."""
    found: Vehicle | None
    started: Ride | None
    running: Ride | None
    with finding_out():
        found, started, running = db.session.execute(_why(rider, vehicle, ride)).one()
    if started:  # and ended since, perhaps: also then the rider learns of it
        return started.key
    if running and running.vehicle_id == vehicle.id:  # the button was pressed twice
        return running.key
    if running:
        raise RideAlreadyOpen(ride=running.key)
    if found is None or found.state == VehicleState.REMOVED:
        raise NotFound
    raise VehicleUnavailable(vehicle=found, nearest=_nearest_available(found))


def _why(rider: RowKey, vehicle: RowKey, ride: RowKey) -> Any:
    """The vehicle, the ride of that key and the rider's open one, in one row, if they exist."""
    started, running = aliased(Ride), aliased(Ride)
    one_row = select(literal(1).label("one")).subquery()
    its_key = and_(running.region == OpenRide.ride_region, running.id == OpenRide.ride_id)
    return (
        select(Vehicle, started, running)
        .select_from(one_row)
        .outerjoin(Vehicle, and_(Vehicle.region == vehicle.region, Vehicle.id == vehicle.id))
        .outerjoin(started, and_(started.region == ride.region, started.id == ride.id))
        .outerjoin(OpenRide, and_(OpenRide.region == rider.region, OpenRide.rider_id == rider.id))
        .outerjoin(running, its_key)
    )


def _nearest_available(vehicle: Vehicle) -> list[Listed]:
    city = catalogue().find(vehicle.city)
    if city is None or vehicle.point is None:
        return []
    return list(near(Wanted(city, fresh=True), vehicle.point, RADII_M[0], None).rows[:3])


def end_ride(rider: RowKey, ride: RowKey, place: Place) -> None:
    """End the rider's ride at a place; the vehicle stands there then, free. Twice changes nothing.

    When its city has moved to another region, the key of a page that was open before will do.
    Raises NotFound for another's ride, PlaceTooFar.
    """
    _check_end(rider, ride, place)
    statement = _ending(rider, ride, place, by=rider)
    ended = run_transaction(
        lambda session: session.execute(statement).first(), idempotent=True, one_statement=True
    )
    if ended:
        return
    with finding_out():
        now_at = ride_of(rider, ride).key
    if now_at != ride:
        end_ride(rider, now_at, place)


def _check_end(rider: RowKey, ride: RowKey, place: Place) -> None:
    """Raise PlaceTooFar when the ride cannot have ended there: neither near a city, nor near its
    start, for vehicles that stand far out. Only that unusual case asks the database."""
    try:
        check_place(ride.region, place)
    except PlaceTooFar:
        found = ride_of(rider, ride)
        start = found.start.point
        if found.key != ride:  # measured from the wrong cities: its own has moved
            _check_end(rider, found.key, place)
        elif not (start and place.point and is_near(place.point, [start])):
            raise


def end_where_it_began(session: Session, rider: RowKey) -> None:
    """End the open ride of an account that is being closed, if there is one: nobody else could.

    Where the vehicle is, nobody tells: it is shown where it was taken.
    """
    rides, open_rides = table(Ride).c, table(OpenRide).c
    its_open = (
        select(rides.region, rides.id, rides.start_address, rides.start_lat, rides.start_lon)
        .join_from(
            table(OpenRide),
            table(Ride),
            and_(rides.region == open_rides.ride_region, rides.id == open_rides.ride_id),
        )
        .where(open_rides.region == rider.region, open_rides.rider_id == rider.id)
    )
    if found := session.execute(its_open).one_or_none():
        begun = place_at(found.start_address, found.start_lat, found.start_lon)
        session.execute(_ending(rider, RowKey(found.region, found.id), begun, by=None))


def _ending(rider: RowKey, ride: RowKey, place: Place, by: RowKey | None) -> Any:
    """by: who ends it; None: whoever is signed in."""
    vehicles, rides, open_rides = table(Vehicle), table(Ride), table(OpenRide)
    ended = (
        update(rides)
        .where(
            rides.c.region == ride.region,
            rides.c.id == ride.id,
            rides.c.rider_region == rider.region,
            rides.c.rider_id == rider.id,
            rides.c.ended_at.is_(None),
        )
        .values(
            # Two nodes' clocks may differ by a little more than a very short ride.
            ended_at=func.greatest(func.now(), rides.c.started_at),
            **{f"end_{name}": value for name, value in place.columns().items()},
        )
        .returning(rides.c.region, rides.c.id, rides.c.vehicle_id)
        .cte("ended")
    )
    parked = (
        update(vehicles)
        .where(vehicles.c.region == ended.c.region, vehicles.c.id == ended.c.vehicle_id)
        .values(state=VehicleState.AVAILABLE.value, **place_columns(place))
        .returning(vehicles.c.id)
        .cte("parked")
    )
    told = event(Kind.RIDE_ENDED, actor=by, subject=subject("ride", ride), after=ended)
    return (
        delete(open_rides)
        .where(
            open_rides.c.region == rider.region,
            open_rides.c.rider_id == rider.id,
            exists().where(
                ended.c.region == open_rides.c.ride_region, ended.c.id == open_rides.c.ride_id
            ),
        )
        .returning(open_rides.c.ride_id)
        .add_cte(parked, along(told))
    )


def ride_of(rider: RowKey, key: RowKey) -> Ride:
    """Return the rider's ride with its vehicle; raises NotFound, for another's too.

    A ride whose city has moved to another region is found there, at the price of asking them all
    once: pages that were open and links that were kept go on working.
    """
    of_rider = _of(rider).where(Ride.id == key.id)
    for statement in (of_rider.where(Ride.region == key.region), of_rider):
        ride: Ride | None = db.session.scalars(statement).one_or_none()
        if ride:
            return ride
    raise NotFound


def history(rider: RowKey, after: Cursor | None) -> Page[Ride]:
    """Return one page of the rider's rides with their vehicles, newest first, from all regions.

    It may be a few seconds old, but not for a rider who has just started or ended one.
    """
    statement = _of(rider).order_by(Ride.started_at.desc(), Ride.id.desc()).limit(page_size() + 1)
    if after:
        statement = statement.where(tuple_(Ride.started_at, Ride.id) < after)
    rides = list(db.session.scalars(statement, bind_arguments=stale_reads()))
    return make_page(rides, lambda ride: (ride.started_at, ride.id))


def _of(rider: RowKey) -> Any:
    return (
        select(Ride)
        .where(Ride.rider_region == rider.region, Ride.rider_id == rider.id)
        .options(joinedload(Ride.vehicle, innerjoin=True))
    )


def open_ride_of(user: User) -> OpenRide | None:
    """Return the user's open ride, which came with the account; None when there is none."""
    found: OpenRide | None = getattr(user, "open_ride", None)
    return found
