"""Open rides for staff: list those of a city, and end one that its rider does not end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Load, joinedload

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.transactions import run_transaction
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.pricing.quotes import Quote
from webapp.regions.geography import Place
from webapp.regions.models import City
from webapp.rides.alerts import long_ride_condition
from webapp.rides.models import Ride
from webapp.rides.prices import longest_ride, quote_open_ride
from webapp.rides.services.end import write_ride_end
from webapp.rides.services.end_decision import EndDecision
from webapp.rides.services.end_snapshot import read_ride_end
from webapp.rides.services.parking import check_distance
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


class OwnRide(DomainError):
    message = _l("This is your own ride. End it on its page, like any rider.")


@dataclass(frozen=True)
class StaffRide:
    """A ride and its rider, at one moment of the database's clock."""

    #: With its plan and vehicle.
    ride: Ride
    rider: User
    moment: datetime

    @property
    def duration(self) -> timedelta:
        return (self.ride.ended_at or self.moment) - self.ride.started_at

    @property
    def is_long(self) -> bool:
        """Whether the rider has probably forgotten it, or the vehicle is lost."""
        return self.duration > timedelta(seconds=current_app.config["RIDE_FLAG_S"])

    @property
    def is_overdue(self) -> bool:
        """Whether it has lasted so long that its price no longer grows."""
        return self.duration >= longest_ride()

    @property
    def price(self) -> Quote | None:
        """The price if the ride ends now; None where riding is free."""
        return quote_open_ride(self.ride.plan, self.duration)


def list_open_rides(city: City, after: Cursor | None, hours: int = 0) -> Page[StaffRide]:
    """Return one page of the open rides of a city that last longer than so many hours, longest
    first."""
    query = (
        staff_ride_query()
        .where(Ride.region == city.region, Ride.city == city.name, Ride.ended_at.is_(None))
        .order_by(Ride.started_at, Ride.id)
        .limit(page_size() + 1)
    )
    if hours:
        query = query.where(long_ride_condition(hours))
    if after:
        query = query.where(tuple_(Ride.started_at, Ride.id) > after)
    rows = [StaffRide(*row) for row in db.session.execute(query)]
    return make_page(rows, lambda row: (row.ride.started_at, row.ride.id))


def find_staff_ride(staff: User, ride_key: RowKey) -> StaffRide:
    """Return a ride in a city of a member of staff.

    Raises NotFound, also when its rider has deleted the account.
    """
    query = staff_ride_query().where(key_condition(Ride, ride_key))
    row = db.session.execute(query).one_or_none()
    if row is None or not staff.has_permission(Permission.END_RIDES, row.Ride.city):
        raise NotFound
    return StaffRide(*row)


def staff_ride_query() -> Select[tuple[Ride, User, datetime]]:
    """Return the query of the fields of StaffRide."""
    return (
        select(Ride, User, func.now())
        .join(User, joined_account_condition(Ride.rider_region, Ride.rider_id))
        .options(joinedload(Ride.plan), joinedload(Ride.vehicle, innerjoin=True))
        .options(Load(User).lazyload("*"))
    )


def end_for_rider(
    staff_key: RowKey, staff_ride: StaffRide, place: Place, decision: EndDecision
) -> bool:
    """End a rider's ride, charge it as decided, and mail its receipt. Return False when it has
    ended before.

    staff_ride: one that ``find_staff_ride`` has returned to this member of staff.
    place: where the vehicle is; if empty, it is shown where the ride started.

    Raises PlaceTooFar, OwnRide, TimeOutsideRide.
    """
    rider_key, ride_key = staff_ride.rider.key, staff_ride.ride.key
    if rider_key == staff_key:
        raise OwnRide
    snapshot = read_ride_end(db.session(), rider_key, ride_key)
    end = snapshot.ride.start if place == Place() else place
    check_distance(snapshot.ride, end)
    decision.check(snapshot)
    return run_transaction(
        lambda session: write_ride_end(
            session, rider_key, snapshot, end, actor_key=staff_key, decision=decision
        ),
        idempotent=True,
        one_statement=True,
    )
