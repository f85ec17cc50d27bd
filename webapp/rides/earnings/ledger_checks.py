"""Queries of the ledger of owners that must find nothing, for ``flask wallet audit``."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from webapp.auth.models import User
from webapp.db.types import table
from webapp.hooks import LedgerCheck
from webapp.riders.wallet.enums import EntryKind, LedgerAccount
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import WHOLE_PRICE, OwnerLedgerEntry, OwnerMonth
from webapp.rides.earnings.queries.sums import SUMS, entry_amounts

entries, months = table(OwnerLedgerEntry).c, table(OwnerMonth).c
wallet_entries, lines, users = table(WalletEntry).c, table(WalletLine).c, table(User).c

#: The months of some accounts are gone already, which a worker deletes in slices.
_is_any_being_deleted = exists().where(users.deleted_at.is_not(None))


def _is_open_condition(owner_id: ColumnElement[Any]) -> ColumnElement[bool]:
    is_ending = exists().where(users.id == owner_id, users.deleted_at.is_not(None))
    return and_(owner_id.is_not(None), ~is_ending)


def _unequal_months_query() -> Select[Any]:
    key = ("region", "owner_id", "city", "month", "currency")
    amounts = entry_amounts(entries)
    sums = union_all(
        select(
            *(entries[name] for name in key), *(amounts[name].label(name) for name in SUMS)
        ).where(_is_open_condition(entries.owner_id)),
        select(*(months[name] for name in key), *(-months[name] for name in SUMS)).where(
            _is_open_condition(months.owner_id)
        ),
    ).subquery()
    return (
        select(sums.c.region, sums.c.owner_id)
        .group_by(*(sums.c[name] for name in key))
        .having(or_(*(func.sum(sums.c[name]) != 0 for name in SUMS)))
    )


def _wrong_shares_query() -> Select[Any]:
    """The share of a ride is that of what is left of its price without tax, as ``compute_share``
    says. Not of deleted accounts: a later refund takes nothing back from those."""
    net_price = (
        select(func.sum(lines.amount))
        .select_from(table(WalletEntry))
        .join(
            table(WalletLine),
            and_(
                lines.region == wallet_entries.region,
                lines.entry_id == wallet_entries.id,
                lines.account == LedgerAccount.REVENUE.value,
            ),
        )
        .where(
            wallet_entries.ride_id == entries.ride_id,
            wallet_entries.kind.in_([EntryKind.RIDE.value, EntryKind.REFUND.value]),
        )
        .correlate(table(OwnerLedgerEntry))
        .scalar_subquery()
    )
    share = func.floor(
        func.max(entries.basis_points) * net_price / literal(WHOLE_PRICE, Numeric) + 0.5
    )
    return (
        select(entries.region, entries.ride_id)
        .where(entries.ride_id.is_not(None), entries.owner_id.is_not(None))
        .group_by(entries.region, entries.ride_id)
        .having(cast(func.sum(entries.amount), Numeric) != share)
    )


def _left_over_query() -> Select[Any]:
    return (
        select(entries.region, entries.city)
        .where(entries.owner_id.is_(None), ~_is_any_being_deleted)
        .group_by(entries.region, entries.city, entries.currency)
        .having(func.sum(entries.amount) != 0)
    )


def _wrong_reversals_query() -> Select[Any]:
    """A reversal takes back a payout in the same city, whole and once."""
    payouts = table(OwnerLedgerEntry).alias("payout")
    is_of_payout = and_(
        payouts.c.id == entries.reversed_entry_id,
        payouts.c.kind == OwnerLedgerEntryKind.PAYOUT.value,
        payouts.c.city == entries.city,
    )
    return (
        select(entries.region, entries.reversed_entry_id)
        .select_from(table(OwnerLedgerEntry).outerjoin(payouts, is_of_payout))
        .where(entries.kind == OwnerLedgerEntryKind.PAYOUT_REVERSAL.value)
        .group_by(entries.region, entries.reversed_entry_id)
        .having(
            or_(func.count() > 1, func.sum(entries.amount + payouts.c.amount).is_distinct_from(0))
        )
    )


LEDGER_CHECKS = [
    LedgerCheck("months of owners that differ from their entries", _unequal_months_query()),
    LedgerCheck("rides whose share of the owner differs from the price", _wrong_shares_query()),
    LedgerCheck("reversals of payouts that differ from the payout", _wrong_reversals_query()),
    LedgerCheck("cities in which earnings of deleted accounts are left", _left_over_query()),
]
