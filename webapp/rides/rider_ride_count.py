"""How many rides a rider had, for their profile."""

from sqlalchemy import ColumnElement, func, literal, select

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.rides.models import Ride


def rider_ride_count_column(rider_key: RowKey, limit: int) -> ColumnElement[int]:
    """Return how many rides a rider has ended, counted up to a limit: so many entries of
    ``ix_rides_rider`` are read at most."""
    rides = table(Ride)
    ended = (
        select(literal(1).label("one"))
        .where(
            key_condition(rides, rider_key, "rider_region", "rider_id"),
            rides.c.ended_at.is_not(None),
        )
        .limit(limit)
        .subquery()
    )
    return select(func.count()).select_from(ended).scalar_subquery()
