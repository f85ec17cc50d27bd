"""What staff do with the open rides of their cities: see them, the longest first, and end those
that nobody ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, select, tuple_
from sqlalchemy.orm import Load, joinedload

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.transactions import run_transaction
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.pricing.price import Quote, quote_ride
from webapp.regions.geography import Place
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.rides.services.end import carry_out, check_end, read_end
from webapp.web.roles import Role

#: What the rider reads on the receipt.
BY_STAFF = _l(
    "Our staff have ended this ride for you. If the price is not what you owe, ask us to look at it"
    " on the page of the ride."
)


class OwnRide(DomainError):
    message = _l("This is your own ride: end it on its page, like every rider.")


@dataclass(frozen=True)
class Running:
    """A ride of one of the riders, as it was at one moment of the database's clock."""

    ride: Ride
    rider: User
    moment: datetime

    @property
    def lasts(self) -> timedelta:
        return (self.ride.ended_at or self.moment) - self.ride.started_at

    @property
    def is_long(self) -> bool:
        """Whether it lasts so long that it was forgotten, perhaps, or the vehicle is lost."""
        return self.lasts > timedelta(seconds=current_app.config["RIDE_FLAG_S"])

    @property
    def price(self) -> Quote | None:
        """What it costs if it ends now; None where riding is free."""
        plan = self.ride.plan
        return quote_ride(plan.tariff, self.lasts) if plan else None


def open_rides(city: City, after: Cursor | None) -> Page[Running]:
    """Return one page of the open rides of a city, the longest first."""
    statement = (
        _running()
        .where(Ride.region == city.region, Ride.city == city.name, Ride.ended_at.is_(None))
        .order_by(Ride.started_at, Ride.id)
        .limit(page_size() + 1)
    )
    if after:
        statement = statement.where(tuple_(Ride.started_at, Ride.id) > after)
    rows = [Running(*row) for row in db.session.execute(statement)]
    return make_page(rows, lambda running: (running.ride.started_at, running.ride.id))


def ride_for(staff: User, key: RowKey) -> Running:
    """Return a ride of the cities of a member of staff. Raises NotFound, also when its rider has
    left since."""
    statement = _running().where(Ride.region == key.region, Ride.id == key.id)
    row = db.session.execute(statement).one_or_none()
    if row is None or not staff.has_role(Role.FLEET, row.Ride.city):
        raise NotFound
    return Running(*row)


def _running() -> Any:
    its_rider = and_(User.region == Ride.rider_region, User.id == Ride.rider_id)
    return (
        select(Ride, User, func.now())
        .join(User, its_rider)
        .options(joinedload(Ride.plan), joinedload(Ride.vehicle, innerjoin=True))
        .options(Load(User).lazyload("*"))
    )


def end_for_rider(staff: RowKey, running: Running, place: Place) -> bool:
    """End a rider's ride, charged as it stands, and mail its receipt; False: it has ended already.

    running: one of the cities of whoever ends it.
    place: where the vehicle is; without any, it is shown where the ride began.
    Raises PlaceTooFar, OwnRide.
    """
    rider, key = running.rider.key, running.ride.key
    if rider == staff:
        raise OwnRide
    now = read_end(db.session, rider, key)
    where = now.ride.start if place == Place() else place
    check_end(now.ride, where)
    return run_transaction(
        lambda session: carry_out(session, rider, now, where, by=staff, note=str(BY_STAFF)),
        idempotent=True,
        one_statement=True,
    )
