"""Reading disputes: each page is one statement, paged by key, and served by an index."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.models import City
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute
from webapp.rides.models import Ride
from webapp.rides.queries import ride_of
from webapp.web.roles import Role


def thread_of(rider: RowKey, key: RowKey) -> Ride:
    """Return the rider's ride with all that was written about it; raises NotFound."""
    return ride_of(rider, key, joinedload(Ride.dispute).joinedload(Dispute.messages))


@dataclass(frozen=True)
class Case:
    """A dispute as staff see it, with its ride and all that was written."""

    dispute: Dispute
    #: None: the account is gone.
    rider_name: str | None
    #: Where the answer is mailed to; not for the eyes of staff.
    email: str | None

    @property
    def ride(self) -> Ride:
        return self.dispute.ride

    @property
    def rider(self) -> RowKey | None:
        region, id_ = self.ride.rider_region, self.ride.rider_id
        return RowKey(region, id_) if region and id_ else None

    @property
    def left(self) -> int:
        """What can be given back, minor units: nothing when nobody is there to get it."""
        return (self.ride.price or 0) - self.dispute.refunded if self.rider else 0


def case_for(staff: User, key: RowKey) -> Case:
    """Return the dispute about a ride in the cities of a member of staff; raises NotFound."""
    statement = (
        select(Dispute, User.first_name, User.email)
        .join(Dispute.ride)
        .outerjoin(User, and_(User.region == Ride.rider_region, User.id == Ride.rider_id))
        .where(Dispute.region == key.region, Dispute.ride_id == key.id)
        .options(
            joinedload(Dispute.messages),
            contains_eager(Dispute.ride).joinedload(Ride.vehicle, innerjoin=True),
            contains_eager(Dispute.ride).joinedload(Ride.plan),
        )
    )
    row = db.session.execute(statement).unique().one_or_none()
    if row is None or not staff.has_role(Role.FLEET, row[0].city):
        raise NotFound
    return Case(*row)


def queue(city: City, state: DisputeState, after: Cursor | None) -> Page[Dispute]:
    """Return one page of the disputes of a city in one state, with rides and vehicles: those that
    wait longest come first, of the others the newest."""
    time, id_ = Dispute.changed_at, Dispute.ride_id
    waiting = state is DisputeState.OPEN
    its_ride = joinedload(Dispute.ride, innerjoin=True)
    statement = (
        select(Dispute)
        .where(Dispute.region == city.region, Dispute.city == city.name, Dispute.state == state)
        .order_by(*([time, id_] if waiting else [time.desc(), id_.desc()]))
        .limit(page_size() + 1)
        .options(its_ride.joinedload(Ride.vehicle, innerjoin=True))
    )
    if after:
        place: Any = tuple_(time, id_)
        statement = statement.where(place > after if waiting else place < after)
    rows = list(db.session.scalars(statement))
    return make_page(rows, lambda dispute: (dispute.changed_at, dispute.ride_id))
