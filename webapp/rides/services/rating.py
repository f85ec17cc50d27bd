"""Rating a ride: one to five stars and a note."""

from datetime import UTC, datetime, timedelta
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


class RatingPeriodOver(DomainError):
    message = _l("You can rate a ride for %(days)d days after it ended.", days=RATING_PERIOD.days)


def can_rate(ride: Ride) -> bool:
    """Tell whether the ride can be rated now."""
    return ride.ended_at is not None and datetime.now(UTC) < ride.ended_at + RATING_PERIOD


def rate_ride(rider_key: RowKey, ride_key: RowKey, stars: int, note: str) -> None:
    """Rate the rider's ride, or change its rating. The same rating again changes nothing.

    Raises NotFound, also for another rider's ride; RatingPeriodOver.
    """
    statement = rate_ride_statement(rider_key, ride_key, stars, note)
    if execute_write(statement, idempotent=True):
        return
    with check_outcome():
        ride = find_ride(rider_key, ride_key)
    if ride.key != ride_key:  # its city has moved to another region
        rate_ride(rider_key, ride.key, stars, note)
    elif (ride.rating, ride.rating_note or "") != (stars, note):
        raise RatingPeriodOver


def rate_ride_statement(
    rider_key: RowKey, ride_key: RowKey, stars: int, note: str
) -> Select[tuple[UUID]]:
    """Return the statement that rates a ride, if it may be rated and this changes its rating. It
    returns the ride's id."""
    rides = table(Ride)
    differs = or_(
        rides.c.rating.is_distinct_from(stars), func.coalesce(rides.c.rating_note, "") != note
    )
    rated = (
        update(rides)
        .where(
            own_ride_condition(rider_key, ride_key),
            rides.c.ended_at > func.now() - RATING_PERIOD,
            differs,
        )
        .values(rating=stars, rating_note=note or None)
        .returning(rides.c.id)
        .cte("rated")
    )
    audit_event = audit_event_statement(
        AuditKind.RIDE_RATED, actor=rider_key, subject=audit_subject("ride", ride_key), after=rated
    )
    return select(rated.c.id).add_cte(as_cte(audit_event))
