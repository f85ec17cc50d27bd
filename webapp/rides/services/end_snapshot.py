"""What the end of a ride depends on, read once before it is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from webapp.db.keys import RowKey, bind_keys, key_condition, make_key_parameters
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.fleet.enums import VehicleType
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.quotes import Quote
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.regions.geography import Place, Point, distance_m
from webapp.rides.earnings.queries.shares import share_query
from webapp.rides.earnings.services.booking import Earning, find_month
from webapp.rides.models import Ride, RidePath
from webapp.rides.prices import quote_open_ride
from webapp.rides.queries import rider_condition


@dataclass(frozen=True)
class RideEndSnapshot:
    """A ride at one moment of the database's clock."""

    #: With its plan and vehicle.
    ride: Ride
    #: As in RidePath.points; None when none was recorded.
    path: list[list[float]] | None
    moment: datetime
    #: The share of the vehicle's owner (``RevenueShare``); None: none was set.
    basis_points: int | None = None
    #: The last event of the vehicle.
    last_event_at: datetime | None = None
    #: When the ride was ended on a phone without network, as the phone says; None: now.
    pressed_at: datetime | None = None
    #: The end that is accepted then (``accept_reported_end``).
    accepted_at: datetime | None = None

    @property
    def duration(self) -> timedelta:
        return max((self.accepted_at or self.moment) - self.ride.started_at, timedelta())

    @property
    def ends_at(self) -> datetime:
        """The end of the ride. Clocks of two nodes may differ by more than a very short ride."""
        return self.ride.started_at + self.duration

    @property
    def audit_details(self) -> dict[str, str]:
        """The details of the audit event of an end without network."""
        if self.pressed_at is None:
            return {}
        return {"pressed_at": self.pressed_at.isoformat(), "ended_at": self.ends_at.isoformat()}

    @property
    def vehicle_type(self) -> VehicleType | None:
        """Form factor and propulsion type of the vehicle; None: not known."""
        vehicle: Vehicle | None = self.ride.vehicle
        return vehicle.vehicle_type if vehicle else None

    def price(self, parking_fee: int = 0) -> Quote | None:
        """Return the price if the ride ends now; None where riding is free."""
        return quote_open_ride(self.ride.plan, self.duration, parking_fee)

    def find_earning(self, price: Quote | None) -> Earning | None:
        """Return what the vehicle's owner earns at this price; None: nothing."""
        ride = self.ride
        if not price or not self.basis_points or not ride.vehicle.owner_id:
            return None
        net_price = price.total - price.tax
        if not net_price:
            return None
        return Earning(
            ride.vehicle.owner_id,
            ride.vehicle_id,
            ride.city,
            price.currency,
            net_price,
            self.basis_points,
            find_month(self.moment, ride.city),
        )

    def distance_ridden(self, place: Place) -> int | None:
        """Return the metres ridden if the ride ends at ``place``; None when unknown.

        The longer of the path and the straight line: a path may be recorded in part only.
        """
        path = [Point(lat, lon) for _, lat, lon in self.path or ()]
        ends = [point for point in (self.ride.start.point, place.point) if point]
        lengths = [_measure_length_m(points) for points in (path, ends) if len(points) > 1]
        return round(max(lengths)) if lengths else None


def _measure_length_m(points: list[Point]) -> float:
    return sum(distance_m(a, b) for a, b in pairwise(points))


def read_ride_end(session: Session, rider_key: RowKey, ride_key: RowKey) -> RideEndSnapshot:
    """Return what the end of the rider's ride depends on.

    When its city has moved to another region, the ride is found by its id alone: one more
    statement, which asks all regions.

    Raises NotFound, also for another rider's ride.
    """
    values = bind_keys(rider=rider_key, ride=ride_key)
    for in_region in (True, False):
        if row := session.execute(ride_end_query(in_region), values).one_or_none():
            return RideEndSnapshot(*row)
    raise NotFound


@cache
def ride_end_query(
    in_region: bool,
) -> Select[tuple[Ride, list[list[float]], datetime, int, datetime]]:
    """Return the query of the fields of RideEndSnapshot. It is executed with the ``bind_keys`` of
    ``rider`` and ``ride``.

    in_region: the ride is looked for in the region of its key; else in all regions.
    """
    ride_key = make_key_parameters("ride")
    events = table(VehicleEvent).c
    last_event_at = (
        select(events.occurred_at)
        .where(events.region == Ride.region, events.vehicle_id == Ride.vehicle_id)
        .order_by(events.number.desc())
        .limit(1)
        .correlate(Ride)
        .scalar_subquery()
    )
    return (
        select(
            Ride,
            RidePath.points,
            func.now(),
            share_query(Ride.region, Ride.city, Vehicle.owner_id, func.now()),
            last_event_at,
        )
        .join(Ride.vehicle)
        .outerjoin(RidePath, and_(RidePath.region == Ride.region, RidePath.ride_id == Ride.id))
        .where(rider_condition(make_key_parameters("rider")))
        .where(key_condition(Ride, ride_key) if in_region else Ride.id == ride_key.id)
        .options(joinedload(Ride.plan), contains_eager(Ride.vehicle))
        .execution_options(populate_existing=True)  # read again to find out what has changed
    )
