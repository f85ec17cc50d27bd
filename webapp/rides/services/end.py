"""Ending a ride: what it is about is read once, its price follows, and one statement does the rest.

The price, its entry in the books, the vehicle's new place and public name, and the trail: all of it
happens, once, or nothing does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    Integer,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session, joinedload

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import after_commit, checking_outcome, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.services.waiting import end_waits_cte, mail_waiting_riders
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.price import Quote, quote_ride
from webapp.fleet.reports.services import has_critical_report
from webapp.fleet.services.places import (
    PlaceTooFar,
    check_vehicle_place,
    is_within_reach,
    place_columns,
)
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.rules import ParkingCheck
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point, distance_m
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import ride_entry
from webapp.rides.models import OpenRide, Ride, RidePath
from webapp.rides.services.receipts import send_receipt


class PointNeeded(DomainError):
    """The city has rules about parking, and nobody knows where the vehicle stands."""

    status = 422
    field = "address"
    message = _l("Tap the map where it stands: this city has rules about where rides may end.")


class ParkingForbidden(DomainError):
    """A ride cannot end here. Details: ``parking``, with the zone and the nearest place."""

    status = 422
    title = _l("Not here")
    message = _l("Rides cannot end here.")


class ParkingCosts(DomainError):
    """A ride may end here for a fee that the rider has not agreed to. Details: ``parking``, ``fee``
    and what it makes with tax, ``more``, in minor units, ``currency``."""

    status = 422
    title = _l("That costs extra here")
    message = _l("Ending the ride here costs a fee.")


@dataclass(frozen=True)
class End:
    """What ending a ride follows from, as it was at one moment of the database's clock."""

    ride: Ride
    email: str
    first_name: str
    path: list[list[float]] | None
    moment: datetime

    @property
    def length(self) -> timedelta:
        return max(self.moment - self.ride.started_at, timedelta())

    def price(self, parking_fee: int = 0) -> Quote | None:
        """Return what the ride costs if it ends now; None where riding is free."""
        plan = self.ride.plan
        return quote_ride(plan.tariff, self.length, parking_fee) if plan else None

    def distance(self, place: Place) -> int | None:
        """Return how far it went, metres: along its path, and at least from point to point: a path
        may have been recorded in part only."""
        path = [Point(lat, lon) for _, lat, lon in self.path or ()]
        ends = [point for point in (self.ride.start.point, place.point) if point]
        lengths = [_length_m(way) for way in (path, ends) if len(way) > 1]
        return round(max(lengths)) if lengths else None


def _length_m(way: list[Point]) -> float:
    return sum(distance_m(a, b) for a, b in pairwise(way))


def end_ride(rider: RowKey, ride: RowKey, place: Place, agreed_fee: int = 0) -> None:
    """End the rider's ride at a place and charge it; the vehicle stands there then, free. Twice
    changes nothing.

    agreed_fee: for leaving it where it should not stand, minor units; what the rider has agreed to.

    When its city has moved to another region, the key of a page that was open before will do.
    Raises NotFound for another's ride, PlaceTooFar, PointNeeded, ParkingForbidden, ParkingCosts.
    """
    now = read_end(db.session, rider, ride)
    if now.ride.ended_at:
        return
    check_end(now.ride, place)
    fee = parking_fee(now, place, agreed_fee)
    key, ends_at = now.ride.key, now.ride.started_at + now.length
    if run_transaction(
        lambda session: carry_out(session, rider, now, place, fee, by=rider),
        idempotent=True,
        one_statement=True,
    ):
        return
    with checking_outcome():  # by an attempt whose answer was lost, in another tab; or it has moved
        found = read_end(db.session, rider, key)
    if not found.ride.ended_at:
        end_ride(rider, found.ride.key, place, agreed_fee)
    elif found.ride.ended_at == ends_at:
        send_receipt(now, place, fee)  # by ours: no other has that moment


def carry_out(
    session: Session,
    rider: RowKey,
    now: End,
    place: Place,
    fee: int = 0,
    *,
    by: RowKey | None,
    note: str = "",
) -> bool:
    """End the ride within a unit of work; after its commit the rider gets the receipt, and those
    who wait for the vehicle hear that it is free. Return False when it has ended already.

    by: who ends it; None: whoever is signed in.
    note: what the rider should know besides.
    """
    rows = session.execute(ending(rider, now, place, fee, by)).all()
    if not rows:
        return False
    waiting = [(row.rider_region, row.rider_id) for row in rows if row.rider_id]
    vehicle = RowKey(now.ride.region, now.ride.vehicle_id)
    after_commit(session, lambda: mail_waiting_riders(waiting, vehicle))
    after_commit(session, lambda: send_receipt(now, place, fee, note))
    return True


def read_end(session: Any, rider: RowKey, key: RowKey) -> End:
    """Return what ending the ride follows from. Raises NotFound, for another's too.

    A ride whose city has moved to another region is found there, at the price of asking them all
    once.
    """
    of_rider = (
        select(Ride, User.email, User.first_name, RidePath.points, func.now())
        .join(User, and_(User.region == Ride.rider_region, User.id == Ride.rider_id))
        .outerjoin(RidePath, and_(RidePath.region == Ride.region, RidePath.ride_id == Ride.id))
        .where(Ride.rider_region == rider.region, Ride.rider_id == rider.id, Ride.id == key.id)
        .options(joinedload(Ride.plan), joinedload(Ride.vehicle, innerjoin=True))
        .execution_options(populate_existing=True)  # it is asked again to find out what changed
    )
    for statement in (of_rider.where(Ride.region == key.region), of_rider):
        row = session.execute(statement).one_or_none()
        if row:
            return End(*row)
    raise NotFound


def check_end(ride: Ride, place: Place) -> None:
    """Raise PlaceTooFar when the ride cannot have ended there: neither near a city, nor near its
    start, for vehicles that stand far out."""
    try:
        check_vehicle_place(ride.region, place)
    except PlaceTooFar:
        start = ride.start.point
        if not (start and place.point and is_within_reach(place.point, [start])):
            raise


def parking_fee(now: End, place: Place, agreed: int) -> int:
    """Return what leaving the vehicle there costs extra, minor units before tax; mostly nothing.

    Raises PointNeeded, ParkingForbidden, ParkingCosts when that is not what was agreed to.
    """
    city, plan = catalogue().find(now.ride.city), now.ride.plan
    parking = city_zones(city).check_parking(place.point) if city else ParkingCheck(allowed=True)
    if parking.needs_point:
        raise PointNeeded
    if parking.allowed:
        return 0
    fee = parking.zone.fee if parking.zone else None
    if fee is None and plan:
        fee = plan.parking_fee
    with_fee, without = now.price(fee or 0), now.price()
    if fee is None or with_fee is None or without is None:
        raise ParkingForbidden(parking=parking)
    if fee != agreed:
        more = with_fee.total - without.total
        raise ParkingCosts(parking=parking, fee=fee, more=more, currency=with_fee.currency)
    return fee


def ending(rider: RowKey, now: End, place: Place, fee: int, by: RowKey | None) -> Any:
    """Return the statement that ends a ride; a row for each rider who waits for the vehicle, at
    least one if it ended anything.

    by: who ends it; None: whoever is signed in.
    """
    vehicles, open_rides = table(Vehicle), table(OpenRide)
    ended = _ended(rider, now, place, fee).cte("ended")
    broken = has_critical_report(vehicles.c.region, vehicles.c.id)
    parked = (
        update(vehicles)
        .where(vehicles.c.region == ended.c.region, vehicles.c.id == ended.c.vehicle_id)
        .values(
            state=case(
                (broken, VehicleState.NON_OPERATIONAL.value), else_=VehicleState.AVAILABLE.value
            ),
            # Whoever has seen it before cannot tell that it is the same one now.
            public_id=uuid4(),
            **place_columns(place),
        )
        .returning(vehicles.c.region, vehicles.c.id.label("vehicle_id"), vehicles.c.state)
        .cte("parked")
    )
    closed = (
        delete(open_rides)
        .where(
            open_rides.c.region == rider.region,
            open_rides.c.rider_id == rider.id,
            exists().where(
                ended.c.region == open_rides.c.ride_region, ended.c.id == open_rides.c.ride_id
            ),
        )
        .returning(open_rides.c.ride_id)
        .cte("closed")
    )
    audit_event = audit_event_statement(
        AuditKind.RIDE_ENDED, actor=by, subject=audit_subject("ride", now.ride.key), after=ended
    )
    parts = [closed, as_cte(audit_event)]
    if price := now.price(fee):
        charge = ride_entry(rider, now.ride.id, price.currency, price.total, price.tax)
        parts.append(ledger.entry_cte(charge, after=ended))
    free = select(parked).where(parked.c.state == VehicleState.AVAILABLE.value).cte("free")
    waiting = end_waits_cte(free)
    return (
        select(ended.c.id, waiting.c.rider_region, waiting.c.rider_id)
        .select_from(ended.outerjoin(waiting, literal(True)))
        .add_cte(*parts)
    )


def _ended(rider: RowKey, now: End, place: Place, fee: int) -> Any:
    rides, price = table(Ride), now.price(fee)
    paused = func.extract("epoch", literal(now.moment) - rides.c.paused_at)
    paid = {
        "price": price.total if price else None,
        "currency": price.currency if price else None,
        "price_lines": price.to_json() if price else None,
    }
    return (
        update(rides)
        .where(
            rides.c.region == now.ride.region,
            rides.c.id == now.ride.id,
            rides.c.rider_region == rider.region,
            rides.c.rider_id == rider.id,
            rides.c.ended_at.is_(None),
        )
        .values(
            # The moment that the price is for. Two nodes' clocks may differ by a little more than
            # a very short ride.
            ended_at=func.greatest(now.moment, rides.c.started_at),
            paused_at=None,
            paused_s=rides.c.paused_s + func.greatest(0, func.coalesce(cast(paused, Integer), 0)),
            distance_m=now.distance(place),
            **paid,
            **{f"end_{name}": value for name, value in place.columns().items()},
        )
        .returning(rides.c.region, rides.c.id, rides.c.vehicle_id)
    )


def end_where_it_began(session: Session, rider: RowKey) -> None:
    """End the open ride of an account that is being closed, if there is one: nobody else could.

    It is charged as it stands. Where the vehicle is, nobody tells: it is shown where it was taken.
    """
    open_rides = table(OpenRide).c
    its_open = select(open_rides.ride_region, open_rides.ride_id).where(
        open_rides.region == rider.region, open_rides.rider_id == rider.id
    )
    if found := session.execute(its_open).one_or_none():
        now = read_end(session, rider, RowKey(*found))
        carry_out(session, rider, now, now.ride.start, by=None)
