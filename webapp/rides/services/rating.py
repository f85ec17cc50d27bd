"""Rating a ride: one to five stars and a note."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.rides.models import Ride
from webapp.rides.queries import find_ride, own_ride_condition
from webapp.translations import lazy_gettext as _l

#: After its end, a ride can be rated, and its rating be changed, for so long.
RATING_PERIOD = timedelta(days=7)


class Rating(NamedTuple):
    """What a rider says of a ride."""

    stars: int
    note: str = ""
    #: Whether the page of the vehicle may show the note, unless staff have hidden it.
    note_is_public: bool = False


class RatingPeriodOver(DomainError):
    message = _l("You can rate a ride for %(days)d days after it ended.", days=RATING_PERIOD.days)


def can_rate(ride: Ride) -> bool:
    """Tell whether the ride can be rated now."""
    return ride.ended_at is not None and datetime.now(UTC) < ride.ended_at + RATING_PERIOD


def rate_ride(rider_key: RowKey, ride_key: RowKey, rating: Rating) -> None:
    """Rate the rider's ride, or change its rating. The same rating again changes nothing.

    Raises NotFound, also for another rider's ride; RatingPeriodOver.
    """
    statement = rate_ride_statement(rider_key, ride_key, rating)
    if execute_write(statement, idempotent=True):
        return
    with check_outcome():
        ride = find_ride(rider_key, ride_key)
    if ride.key != ride_key:  # its city has moved to another region
        rate_ride(rider_key, ride.key, rating)
    elif (ride.rating, ride.rating_note or "", ride.note_is_public) != rating:
        raise RatingPeriodOver


def withdraw_rating(rider_key: RowKey, ride_key: RowKey) -> None:
    """Take the rating of the rider's ride back, with its words, whenever; idempotent. What staff
    have hidden stays hidden, so that who rates again does not publish it.

    Raises NotFound, also for another rider's ride.
    """
    if execute_write(withdraw_rating_statement(rider_key, ride_key), idempotent=True):
        return
    with check_outcome():
        ride = find_ride(rider_key, ride_key)
    if ride.key != ride_key:  # its city has moved to another region
        withdraw_rating(rider_key, ride.key)


def withdraw_rating_statement(rider_key: RowKey, ride_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that takes a rating back, with its audit event. No row: there is none,
    or it is not the rider's."""
    rides = table(Ride)
    withdrawn = (
        update(rides)
        .where(own_ride_condition(rider_key, ride_key), rides.c.rating.is_not(None))
        .values(rating=None, rating_note=None, note_is_public=False)
        .returning(rides.c.id)
        .cte("withdrawn")
    )
    audit_event = audit_event_statement(
        AuditKind.RATING_WITHDRAWN,
        actor=rider_key,
        subject=audit_subject("ride", ride_key),
        after=withdrawn,
    )
    return select(withdrawn.c.id).add_cte(as_cte(audit_event))


def rate_ride_statement(rider_key: RowKey, ride_key: RowKey, rating: Rating) -> Select[tuple[UUID]]:
    """Return the statement that rates a ride, if it may be rated and this changes its rating. It
    returns the ride's id."""
    rides = table(Ride)
    differs = or_(
        rides.c.rating.is_distinct_from(rating.stars),
        func.coalesce(rides.c.rating_note, "") != rating.note,
        rides.c.note_is_public != rating.note_is_public,
    )
    rated = (
        update(rides)
        .where(
            own_ride_condition(rider_key, ride_key),
            rides.c.ended_at > func.now() - RATING_PERIOD,
            differs,
        )
        .values(
            rating=rating.stars,
            rating_note=rating.note or None,
            note_is_public=rating.note_is_public,
        )
        .returning(rides.c.id)
        .cte("rated")
    )
    audit_event = audit_event_statement(
        AuditKind.RIDE_RATED, actor=rider_key, subject=audit_subject("ride", ride_key), after=rated
    )
    return select(rated.c.id).add_cte(as_cte(audit_event))
