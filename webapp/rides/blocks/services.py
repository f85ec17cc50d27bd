"""Blocking the last rider of a vehicle, and ending it again."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from flask import current_app
from sqlalchemy import (
    CTE,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
)

from webapp.audit.enums import AuditKind
from webapp.audit.writing import (
    account_event_statement,
    as_cte,
    audit_event_statement,
    audit_subject,
    cte_key,
)
from webapp.auth.models import User
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import Region, table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.mail import mail_cte
from webapp.rides.blocks.models import MAX_BLOCKS, RiderBlock
from webapp.rides.models import Ride
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.roles import Permission
from webapp.web.urls import public_url

#: A ride that ended longer ago is no reason.
RIDE_AGE = timedelta(days=30)


class NobodyToBlock(DomainError):
    message = _l(
        "Nobody but you has ridden this vehicle in the last %(days)d days.", days=RIDE_AGE.days
    )


class LastRiderGone(DomainError):
    message = _l("The last rider has no account any more.")


class RiddenSince(DomainError):
    message = _l(
        "Somebody has ridden this vehicle since you opened this page. Send the form again only if"
        " you want to block this rider."
    )


class TooManyBlocks(DomainError):
    message = _l("You have blocked %(max)d riders. End a block first.", max=MAX_BLOCKS)


def block_last_rider(
    owner_key: RowKey,
    vehicle_key: RowKey,
    reason: str,
    nonce: str,
    opened_at: datetime | None = None,
) -> None:
    """Block the last rider of an owner's vehicle from all vehicles of the owner, and mail the
    reason to the rider. Who is blocked already stays so.

    opened_at: when the owner opened the page: a later rider is not the one who is meant.

    Raises NobodyToBlock, LastRiderGone, RiddenSince, TooManyBlocks; TooManyTries: each block
    writes a mail to somebody else.
    """
    limit = rate_limits.Limit(*current_app.config["LIMIT_BLOCKS"])
    rate_limits.count_attempt([rate_limits.make_bucket("block", limit, owner_key.id)])
    block_id = uuid5(owner_key.id, f"block {nonce}")
    statement = block_last_rider_statement(owner_key, vehicle_key, reason, block_id, opened_at)
    if not execute_write(statement, idempotent=True):
        with check_outcome():
            _check_blocked(owner_key, vehicle_key, opened_at)


def _check_blocked(owner_key: RowKey, vehicle_key: RowKey, opened_at: datetime | None) -> None:
    """Raise why the last rider was not blocked, unless it is blocked already."""
    last = _last_ride_cte(owner_key, vehicle_key)
    is_blocked = exists().where(_blocked_pair_condition(owner_key, last)).label("is_blocked")
    row = db.session.execute(select(is_blocked, last.c.rider_id, last.c.ended_at)).one_or_none()
    if row is None:
        raise NobodyToBlock
    if row.is_blocked:
        return
    if row.rider_id is None:
        raise LastRiderGone
    raise RiddenSince if opened_at and row.ended_at > opened_at else TooManyBlocks


def block_last_rider_statement(
    owner_key: RowKey,
    vehicle_key: RowKey,
    reason: str,
    block_id: UUID,
    opened_at: datetime | None = None,
) -> Select[tuple[UUID]]:
    """Return the statement that blocks the last rider of a vehicle, with its audit event and the
    mail. No row: there is none, or another than the one who is meant; or the rider is blocked
    already, or too many are."""
    last = _last_ride_cte(owner_key, vehicle_key)
    blocked = _insert_block_cte(owner_key, last, reason, block_id, opened_at)
    rider_key = cte_key(blocked, "rider_id")
    audit_event = account_event_statement(
        AuditKind.RIDER_BLOCKED, rider_key, actor=owner_key, after=blocked
    )
    notice = mail_cte(
        "rider_blocked",
        rider_key,
        region=owner_key.region,
        after=blocked,
        reason=reason,
        link=public_url("rides.blocks.own"),
    )
    return select(blocked.c.id).add_cte(as_cte(audit_event), notice)


def _insert_block_cte(
    owner_key: RowKey, last: CTE, reason: str, block_id: UUID, opened_at: datetime | None
) -> CTE:
    """Return the part that blocks the rider of a ride, unless it ended after the owner opened the
    page, or the owner has blocked too many."""
    blocks = table(RiderBlock)
    row = {
        "region": last.c.rider_region,
        "id": literal(block_id),
        "rider_id": last.c.rider_id,
        "owner_region": literal(owner_key.region, Region),
        "owner_id": literal(owner_key.id),
        "ride_region": last.c.region,
        "ride_id": last.c.id,
        "reason": literal(reason),
    }
    source = select(*row.values()).where(
        last.c.rider_id.is_not(None), _count_blocks_subquery(owner_key) < MAX_BLOCKS
    )
    if opened_at:
        source = source.where(last.c.ended_at <= opened_at)
    inserted = insert(blocks).from_select(list(row), source).on_conflict_do_nothing()
    return inserted.returning(blocks.c.region, blocks.c.id, blocks.c.rider_id).cte("blocked")


def _count_blocks_subquery(owner_key: RowKey) -> ScalarSelect[int]:
    """Return how many riders an owner has blocked."""
    others = table(RiderBlock).alias("others")
    is_of_owner = key_condition(others, owner_key, "owner_region", "owner_id")
    return select(func.count()).select_from(others).where(is_of_owner).scalar_subquery()


def _last_ride_cte(owner_key: RowKey, vehicle_key: RowKey) -> CTE:
    """Return the last ride of an owner's vehicle by somebody else, whose account may be deleted; no
    row: there is none that is recent enough."""
    rides, vehicles = table(Ride), table(Vehicle)
    is_own = and_(
        key_condition(vehicles, vehicle_key),
        key_condition(vehicles, owner_key, "owner_region", "owner_id"),
        ~retired_condition(),
    )
    return (
        select(rides.c.region, rides.c.id, rides.c.rider_region, rides.c.rider_id, rides.c.ended_at)
        .where(
            key_condition(rides, vehicle_key, id="vehicle_id"),
            exists().where(is_own),
            rides.c.ended_at > func.now() - RIDE_AGE,
            rides.c.rider_id.is_distinct_from(owner_key.id),
        )
        .order_by(rides.c.started_at.desc())
        .limit(1)
        .cte("last_ride")
    )


def _blocked_pair_condition(owner_key: RowKey, last: CTE) -> ColumnElement[bool]:
    blocks = table(RiderBlock)
    return and_(
        blocks.c.region == last.c.rider_region,
        blocks.c.rider_id == last.c.rider_id,
        key_condition(blocks, owner_key, "owner_region", "owner_id"),
    )


def end_block(owner_key: RowKey, block_key: RowKey) -> None:
    """Let a rider ride the owner's vehicles again; idempotent."""
    execute_write(end_block_statement(owner_key, block_key), idempotent=True)


def end_block_statement(owner_key: RowKey, block_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that ends a block with its audit event. No row: there is none."""
    blocks = table(RiderBlock)
    is_own = key_condition(blocks, owner_key, "owner_region", "owner_id")
    deleted = (
        delete(blocks)
        .where(key_condition(blocks, block_key), is_own)
        .returning(blocks.c.region, blocks.c.id, blocks.c.rider_id)
        .cte("ended_block")
    )
    audit_event = account_event_statement(
        AuditKind.RIDER_UNBLOCKED, cte_key(deleted, "rider_id"), actor=owner_key, after=deleted
    )
    return select(deleted.c.id).add_cte(as_cte(audit_event))


def end_block_as_staff(staff: User, block_key: RowKey, why: str) -> None:
    """End a block of a rider whose home is in the cities of a member of staff; raises NotFound."""
    if not execute_write(end_block_as_staff_statement(staff, block_key, why)):
        raise NotFound


def end_block_as_staff_statement(staff: User, block_key: RowKey, why: str) -> Select[tuple[UUID]]:
    """Return the statement that ends a block with its audit event. No row: there is none there."""
    blocks, rider = table(RiderBlock), _blocked_rider_cte(staff, block_key)
    deleted = (
        delete(blocks)
        .where(key_condition(blocks, block_key), blocks.c.rider_id.in_(select(rider.c.id)))
        .returning(
            blocks.c.region,
            blocks.c.id,
            blocks.c.rider_id,
            select(rider.c.city).scalar_subquery().label("city"),
        )
        .cte("ended_block")
    )
    audit_event = audit_event_statement(
        AuditKind.RIDER_UNBLOCKED,
        subject=audit_subject("account", cte_key(deleted, "rider_id")),
        after=deleted,
        region=block_key.region,
        city=deleted.c.city,
        why=why,
    )
    return select(deleted.c.id).add_cte(as_cte(audit_event))


def _blocked_rider_cte(staff: User, block_key: RowKey) -> CTE:
    """Return the rider of a block, with the home city; no row: it is of no city of the member of
    staff."""
    blocks, users = table(RiderBlock), table(User)
    rider_id = select(blocks.c.rider_id).where(key_condition(blocks, block_key)).scalar_subquery()
    return (
        select(users.c.id, users.c.city)
        .where(
            users.c.region == block_key.region,
            users.c.id == rider_id,
            staff.permitted_city_condition(Permission.ANSWER_DISPUTES, users.c.city),
        )
        .cte("rider")
    )
