"""Reading disputes. Each page is one statement, paged by key and served by an index."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.models import City
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute
from webapp.rides.models import Ride
from webapp.rides.queries import find_ride
from webapp.web.roles import Permission


def find_disputed_ride(rider_key: RowKey, ride_key: RowKey) -> Ride:
    """Return the rider's ride with its dispute, if any, and the messages. Raises NotFound."""
    return find_ride(rider_key, ride_key, joinedload(Ride.dispute).joinedload(Dispute.messages))


@dataclass(frozen=True)
class DisputeCase:
    """A dispute as staff see it, with its ride and messages."""

    dispute: Dispute
    #: None: the account was deleted, or has ended and is being deleted.
    rider_name: str | None
    #: For the mail with the answer; staff do not see it.
    email: str | None

    @property
    def ride(self) -> Ride:
        return self.dispute.ride

    @property
    def rider_key(self) -> RowKey | None:
        region, rider_id = self.ride.rider_region, self.ride.rider_id
        return RowKey(region, rider_id) if region and rider_id else None

    @property
    def refundable(self) -> int:
        """How much of the price can still be refunded, minor units; 0 without an account."""
        has_account = self.rider_key and self.rider_name is not None
        return (self.ride.price or 0) - self.dispute.refunded if has_account else 0


def find_case(staff: User, ride_key: RowKey) -> DisputeCase:
    """Return the dispute about a ride in a city of a member of staff. Raises NotFound."""
    query = (
        select(Dispute, User.first_name, User.email)
        .join(Dispute.ride)
        .outerjoin(User, joined_account_condition(Ride.rider_region, Ride.rider_id))
        .where(key_condition(Dispute, ride_key, id="ride_id"))
        .options(
            joinedload(Dispute.messages),
            contains_eager(Dispute.ride).joinedload(Ride.vehicle, innerjoin=True),
            contains_eager(Dispute.ride).joinedload(Ride.plan),
        )
    )
    row = db.session.execute(query).unique().one_or_none()
    if row is None or not staff.has_permission(Permission.ANSWER_DISPUTES, row[0].city):
        raise NotFound
    return DisputeCase(*row)


def list_disputes(city: City, state: DisputeState, after: Cursor | None) -> Page[Dispute]:
    """Return one page of a city's disputes in one state, with rides and vehicles: open ones with
    the longest waiting first, others with the newest first."""
    query = disputes_query(city, state, after).limit(page_size() + 1)
    disputes = list(db.session.scalars(query))
    return make_page(disputes, lambda dispute: (dispute.changed_at, dispute.ride_id))


def disputes_query(city: City, state: DisputeState, after: Cursor | None) -> Select[tuple[Dispute]]:
    """Return the query of a city's disputes in one state after a cursor."""
    time, ride_id = Dispute.changed_at, Dispute.ride_id
    oldest_first = state is DisputeState.OPEN
    query = (
        select(Dispute)
        .where(Dispute.region == city.region, Dispute.city == city.name, Dispute.state == state)
        .order_by(*([time, ride_id] if oldest_first else [time.desc(), ride_id.desc()]))
        .options(joinedload(Dispute.ride, innerjoin=True).joinedload(Ride.vehicle, innerjoin=True))
    )
    if after is None:
        return query
    position = tuple_(time, ride_id)
    is_after: ColumnElement[bool] = position > after if oldest_first else position < after
    return query.where(is_after)
