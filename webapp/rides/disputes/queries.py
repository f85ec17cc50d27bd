"""Reading disputes. Each page is one statement, paged by key and served by an index."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.queues.filters import QueueFilter
from webapp.fleet.queues.service_times import answer_target, first_action_target
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
            joinedload(Dispute.assignee).lazyload("*"),
            contains_eager(Dispute.ride).joinedload(Ride.vehicle, innerjoin=True),
            contains_eager(Dispute.ride).joinedload(Ride.plan),
        )
    )
    row = db.session.execute(query).unique().one_or_none()
    if row is None or not staff.has_permission(Permission.ANSWER_DISPUTES, row[0].city):
        raise NotFound
    return DisputeCase(*row)


class QueuedDispute(NamedTuple):
    """A dispute in the queue, with its ride, vehicle and assignee."""

    dispute: Dispute
    is_overdue: bool


def list_disputes(
    city: City,
    state: DisputeState,
    after: Cursor | None,
    queue_filter: QueueFilter | None = None,
) -> Page[QueuedDispute]:
    """Return one page of a city's disputes in one state: open ones with the longest waiting first,
    others with the newest first."""
    conditions = queue_filter.conditions(Dispute, Dispute.changed_at) if queue_filter else ()
    query = disputes_query(city, state, after).where(*conditions).limit(page_size() + 1)
    disputes = [QueuedDispute(*row) for row in db.session.execute(query)]
    return make_page(disputes, lambda row: (row.dispute.changed_at, row.dispute.ride_id))


def disputes_query(
    city: City, state: DisputeState, after: Cursor | None
) -> Select[tuple[Dispute, bool]]:
    """Return the query of a city's disputes in one state after a cursor."""
    time, ride_id = Dispute.changed_at, Dispute.ride_id
    oldest_first = state is DisputeState.OPEN
    query = (
        select(Dispute, _is_overdue_column())
        .where(Dispute.region == city.region, Dispute.city == city.name, Dispute.state == state)
        .order_by(*([time, ride_id] if oldest_first else [time.desc(), ride_id.desc()]))
        .options(joinedload(Dispute.ride, innerjoin=True).joinedload(Ride.vehicle, innerjoin=True))
        .options(joinedload(Dispute.assignee).lazyload("*"))
    )
    if after is None:
        return query
    position = tuple_(time, ride_id)
    is_after: ColumnElement[bool] = position > after if oldest_first else position < after
    return query.where(is_after)


def _is_overdue_column() -> ColumnElement[bool]:
    """Return whether staff should have done something about a dispute by now, or answered it."""
    waits_for_action = and_(
        Dispute.first_action_at.is_(None), Dispute.opened_at + first_action_target() < func.now()
    )
    waits_for_answer = Dispute.changed_at + answer_target() < func.now()
    return and_(Dispute.state == DisputeState.OPEN, or_(waits_for_action, waits_for_answer))
