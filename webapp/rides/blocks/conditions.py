"""Conditions on ``rider_blocks`` and the current row of ``vehicles``, for statements that take
vehicles."""

from sqlalchemy import ColumnElement, and_, exists, select

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.rides.blocks.models import RiderBlock


def is_blocked_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """The owner of the vehicle has blocked the rider."""
    return exists().where(_blocks_vehicle_condition(rider_key))


def block_reason_column(rider_key: RowKey) -> ColumnElement[str]:
    """Return why the owner of the vehicle has blocked the rider; NULL: the owner has not."""
    reason = select(table(RiderBlock).c.reason).where(_blocks_vehicle_condition(rider_key))
    return reason.correlate(Vehicle).scalar_subquery()


def _blocks_vehicle_condition(rider_key: RowKey) -> ColumnElement[bool]:
    blocks, vehicles = table(RiderBlock), table(Vehicle).c
    return and_(
        key_condition(blocks, rider_key, id="rider_id"),
        blocks.c.owner_region == vehicles.owner_region,
        blocks.c.owner_id == vehicles.owner_id,
    )
