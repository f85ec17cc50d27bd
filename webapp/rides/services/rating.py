"""Rating a ride: one to five stars, and words if somebody has some."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey
from webapp.db.transactions import checking_outcome, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.rides.models import Ride
from webapp.rides.queries import ride_of

#: How long after its end a ride can be rated, and its rating be changed.
FOR = timedelta(days=7)

#: What the stars mean, from one to five.
WORDS = {1: _l("Bad"), 2: _l("Poor"), 3: _l("Okay"), 4: _l("Good"), 5: _l("Great")}


class RatingOver(DomainError):
    message = _l("A ride can be rated within seven days after it ended.")


def may_rate(ride: Ride) -> bool:
    """Tell whether the ride can be rated now."""
    return ride.ended_at is not None and datetime.now(UTC) < ride.ended_at + FOR


def rate(rider: RowKey, key: RowKey, stars: int, note: str) -> None:
    """Rate the rider's ride, or change its rating; the same once more changes nothing.

    Raises NotFound, for another's ride too; RatingOver.
    """
    statement = rating(rider, key, stars, note)
    rated = run_transaction(
        lambda session: session.execute(statement).first(), idempotent=True, one_statement=True
    )
    if rated:
        return
    with checking_outcome():
        ride = ride_of(rider, key)
    if ride.key != key:  # its city has moved to another region
        rate(rider, ride.key, stars, note)
    elif (ride.rating, ride.rating_note or "") != (stars, note):
        raise RatingOver


def rating(rider: RowKey, ride: RowKey, stars: int, note: str) -> Any:
    """Return the statement that rates a ride, if it can be rated, and otherwise than it is."""
    rides = table(Ride)
    is_another = or_(
        rides.c.rating.is_distinct_from(stars), func.coalesce(rides.c.rating_note, "") != note
    )
    rated = (
        update(rides)
        .where(
            rides.c.region == ride.region,
            rides.c.id == ride.id,
            rides.c.rider_region == rider.region,
            rides.c.rider_id == rider.id,
            rides.c.ended_at > func.now() - FOR,
            is_another,
        )
        .values(rating=stars, rating_note=note or None)
        .returning(rides.c.id)
        .cte("rated")
    )
    audit_event = audit_event_statement(
        AuditKind.RIDE_RATED, actor=rider, subject=audit_subject("ride", ride), after=rated
    )
    return select(rated.c.id).add_cte(as_cte(audit_event))
