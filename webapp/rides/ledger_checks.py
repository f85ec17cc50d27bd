"""Queries of rides that contradict the ledger, for ``flask wallet audit``."""

from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select

from webapp.db.types import table
from webapp.hooks import LedgerCheck
from webapp.riders.wallet.enums import EntryKind, LedgerAccount
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.rides.disputes.models import Dispute
from webapp.rides.models import Ride

rides, disputes = table(Ride).c, table(Dispute).c
entries, lines = table(WalletEntry).c, table(WalletLine).c

#: Matches by id alone: a ride is in the region of its city, its entries in that of its rider.
_is_rider_line = and_(
    lines.region == entries.region,
    lines.entry_id == entries.id,
    lines.account == LedgerAccount.RIDER.value,
)
_is_charge = and_(
    _is_rider_line,
    entries.kind == EntryKind.RIDE.value,
    entries.ride_id == rides.id,
    entries.currency == rides.currency,
    lines.amount == -rides.price,
)


def _unequal_refunds_query() -> Select[tuple[str, UUID]]:
    refunds = (
        select(entries.ride_id, func.sum(lines.amount).label("amount"))
        .where(_is_rider_line, entries.kind == EntryKind.REFUND.value)
        .group_by(entries.ride_id)
        .subquery("refunds")
    )
    return (
        select(disputes.region, disputes.ride_id)
        .join_from(table(Dispute), refunds, refunds.c.ride_id == disputes.ride_id, isouter=True)
        .where(disputes.refunded != func.coalesce(refunds.c.amount, 0))
    )


LEDGER_CHECKS = [
    LedgerCheck(
        "rides that ended and have no price",
        select(rides.region, rides.id).where(
            rides.ended_at.is_not(None), rides.plan_id.is_not(None), rides.price.is_(None)
        ),
    ),
    LedgerCheck(
        "rides whose price is not in the ledger",
        select(rides.region, rides.id).where(rides.price > 0, ~exists().where(_is_charge)),
    ),
    LedgerCheck("rides whose refunds differ from the ledger", _unequal_refunds_query()),
]
