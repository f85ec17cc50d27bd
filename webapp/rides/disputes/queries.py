"""Reading disputes. Each page is one statement, paged by key and served by an index."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased, contains_eager, joinedload

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.queues.filters import QueueFilter
from webapp.fleet.queues.service_times import (
    PERIOD,
    ServiceTimes,
    no_service_times_subquery,
    service_targets,
    service_times_subquery,
)
from webapp.regions.data_regions import list_data_regions
from webapp.regions.models import City
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute
from webapp.rides.earnings.models import OwnerLedgerEntry
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
    #: What the owner of the vehicle has earned by the ride. None: nothing.
    earning: OwnerLedgerEntry | None = None

    @property
    def ride(self) -> Ride:
        return self.dispute.ride

    @property
    def rider_key(self) -> RowKey | None:
        region, rider_id = self.ride.rider_region, self.ride.rider_id
        return RowKey(region, rider_id) if region and rider_id else None

    @property
    def last_message_at(self) -> datetime:
        """When the last message was written."""
        return self.dispute.messages[-1].at

    @property
    def refundable(self) -> int:
        """How much of the price can still be refunded, minor units; 0 without an account."""
        has_account = self.rider_key and self.rider_name is not None
        return (self.ride.price or 0) - self.dispute.refunded if has_account else 0


def find_case(staff: User, ride_key: RowKey) -> DisputeCase:
    """Return the dispute about a ride in a city of a member of staff. Raises NotFound."""
    query = (
        select(Dispute, User.first_name, User.email, OwnerLedgerEntry)
        .join(Dispute.ride)
        .outerjoin(User, joined_account_condition(Ride.rider_region, Ride.rider_id))
        .outerjoin(
            OwnerLedgerEntry,
            and_(OwnerLedgerEntry.region == Dispute.region, OwnerLedgerEntry.id == Dispute.ride_id),
        )
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


def add_moved_earning(case: DisputeCase) -> DisputeCase:
    """Return a case with what the owner has earned by the ride. While a city moves, that may be in
    another region than the ride. A second statement, if it is not beside the ride."""
    if case.earning or not case.ride.price:
        return case
    query = select(OwnerLedgerEntry).where(
        OwnerLedgerEntry.region.in_(list_data_regions()),
        OwnerLedgerEntry.id == case.dispute.ride_id,
    )
    return replace(case, earning=db.session.scalar(query))


class QueuedDispute(NamedTuple):
    """A dispute in the queue, with its ride, vehicle and assignee."""

    dispute: Dispute
    is_overdue: bool


def list_disputes(
    city: City,
    state: DisputeState,
    after: Cursor | None,
    queue_filter: QueueFilter | None = None,
) -> tuple[Page[QueuedDispute], ServiceTimes]:
    """Return one page of a city's disputes in one state; the first with how fast they have been
    answered there. Open disputes come with the longest waiting first, others with the newest first.
    """
    queue_filter = queue_filter or QueueFilter()
    conditions = queue_filter.conditions(Dispute, Dispute.changed_at)
    if queue_filter.is_overdue:
        conditions.append(_overdue_condition(city))
    rows = disputes_query(city, state, after).where(*conditions).limit(page_size() + 1).subquery()
    dispute, times = aliased(Dispute, rows), _service_times_subquery(city, after)
    order = (rows.c.changed_at, rows.c.ride_id)
    is_open = state is DisputeState.OPEN
    query = (
        select(dispute, rows.c.is_overdue, *times.c)
        .select_from(times.outerjoin(rows, true()))
        .order_by(*(order if is_open else (column.desc() for column in order)))
        .options(joinedload(dispute.ride).joinedload(Ride.vehicle))
        .options(joinedload(dispute.assignee).lazyload("*"))
    )
    found = db.session.execute(query).all()
    disputes = [QueuedDispute(*row[:2]) for row in found if row[0]]
    page = make_page(disputes, lambda row: (row.dispute.changed_at, row.dispute.ride_id))
    return page, ServiceTimes.from_columns(found[0][2:])


def _service_times_subquery(city: City, after: Cursor | None) -> Subquery:
    """Return the times for the first page. They cost a look at all disputes of the period."""
    if after:
        return no_service_times_subquery()
    return service_times_subquery(
        Dispute,
        Dispute.opened_at,
        Dispute.region == city.region,
        Dispute.city == city.name,
        Dispute.state.in_([state.value for state in DisputeState]),  # all: it is in the index
        # Of what was opened lately, nothing was changed before; that is in the index, too.
        Dispute.changed_at > func.now() - PERIOD,
    )


def disputes_query(
    city: City, state: DisputeState, after: Cursor | None
) -> Select[tuple[Dispute, bool]]:
    """Return the query of a city's disputes in one state after a cursor."""
    time, ride_id = Dispute.changed_at, Dispute.ride_id
    oldest_first = state is DisputeState.OPEN
    query = (
        select(Dispute, _overdue_condition(city).label("is_overdue"))
        .where(Dispute.region == city.region, Dispute.city == city.name, Dispute.state == state)
        .order_by(*([time, ride_id] if oldest_first else [time.desc(), ride_id.desc()]))
    )
    if after is None:
        return query
    position = tuple_(time, ride_id)
    is_after: ColumnElement[bool] = position > after if oldest_first else position < after
    return query.where(is_after)


def _overdue_condition(city: City) -> ColumnElement[bool]:
    """Return whether staff of a city should have done something about a dispute by now, or answered
    it."""
    targets = service_targets(city)
    waits_for_action = and_(
        Dispute.first_action_at.is_(None), Dispute.opened_at + targets.first_action < func.now()
    )
    waits_for_answer = Dispute.changed_at + targets.answer < func.now()
    return and_(Dispute.state == DisputeState.OPEN, or_(waits_for_action, waits_for_answer))
