"""What a rider follows."""

from collections.abc import Sequence

from sqlalchemy import select

from webapp.db.keys import RowKey, key_condition
from webapp.extensions import db
from webapp.rides.following.models import MAX_FOLLOWS, Follow


def list_follows(rider_key: RowKey) -> Sequence[Follow]:
    """Return the places and owners that a rider follows, in the order of their time."""
    query = (
        select(Follow)
        .where(key_condition(Follow, rider_key, "rider_region", "rider_id"))
        .order_by(Follow.created_at, Follow.id)
        .limit(MAX_FOLLOWS)
    )
    return db.session.scalars(query).all()
