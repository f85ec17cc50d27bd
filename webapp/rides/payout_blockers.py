"""What forbids a payout: money is kept for what the rider has begun to use."""

from sqlalchemy import ColumnElement, exists, or_

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.rides.models import OpenRide
from webapp.rides.reservations.conditions import own_active_reservation_condition


def unfinished_use_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """The rider has an open ride or an active reservation, which may still be charged."""
    return or_(
        exists().where(key_condition(table(OpenRide), rider_key, id="rider_id")),
        exists().where(own_active_reservation_condition(rider_key)),
    )
