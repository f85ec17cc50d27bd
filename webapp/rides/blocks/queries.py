"""Reading blocks: those of a rider, and those of an owner."""

from collections.abc import Sequence

from sqlalchemy import select

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.rides.blocks.models import RiderBlock
from webapp.web.roles import Permission


def list_blocks_of_rider(rider_key: RowKey) -> Sequence[RiderBlock]:
    """Return by whom a rider is blocked, newest first."""
    return _list_blocks(rider_key, "region", "rider_id")


def list_blocks_of_owner(owner_key: RowKey) -> Sequence[RiderBlock]:
    """Return whom an owner has blocked, newest first; MAX_BLOCKS at most."""
    return _list_blocks(owner_key, "owner_region", "owner_id")


def find_block_for_staff(staff: User, block_key: RowKey) -> RiderBlock:
    """Return the block of a rider whose home is in the cities of a member of staff; raises
    NotFound."""
    query = (
        select(RiderBlock, User.city)
        .join(User, (User.region == RiderBlock.region) & (User.id == RiderBlock.rider_id))
        .where(key_condition(RiderBlock, block_key))
    )
    row = db.session.execute(query).one_or_none()
    if row is None or not staff.has_permission(Permission.ANSWER_DISPUTES, row.city):
        raise NotFound
    block: RiderBlock = row.RiderBlock
    return block


def _list_blocks(key: RowKey, region: str, id: str) -> Sequence[RiderBlock]:
    query = (
        select(RiderBlock)
        .where(key_condition(RiderBlock, key, region, id))
        .order_by(RiderBlock.created_at.desc(), RiderBlock.id.desc())
        .limit(200)
    )
    return db.session.scalars(query).all()
