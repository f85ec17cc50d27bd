"""Checks of the ledger, over all regions: rows that contradict each other."""

from uuid import UUID

from sqlalchemy import (
    ColumnCollection,
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    union_all,
)

from webapp.auth.models import User
from webapp.db.types import table
from webapp.hooks import LedgerCheck
from webapp.riders.wallet.enums import EntryKind, LedgerAccount, PaymentState
from webapp.riders.wallet.models import Payment, WalletBalance, WalletEntry, WalletLine

entries, lines, payments = table(WalletEntry).c, table(WalletLine).c, table(Payment).c
balances, users = table(WalletBalance).c, table(User).c


def _entry_line_condition() -> ColumnElement[bool]:
    return and_(lines.region == entries.region, lines.entry_id == entries.id)


def _other_rider_line_condition() -> ColumnElement[bool]:
    """Balances are sums of the lines with the id of a rider, so no other line may have one."""
    rider_id = case((lines.account == LedgerAccount.RIDER.value, entries.rider_id))
    return lines.rider_id.is_distinct_from(rider_id)


def _is_being_deleted_condition(rows: ColumnCollection) -> ColumnElement[bool]:
    """Select rows of accounts whose rows a worker deletes in slices: only part of them is left."""
    return exists().where(
        users.region == rows.region, users.id == rows.rider_id, users.deleted_at.is_not(None)
    )


def _is_paid() -> ColumnElement[bool]:
    return and_(payments.settled_at.is_not(None), payments.state != PaymentState.FAILED.value)


def _payment_line_condition() -> ColumnElement[bool]:
    return and_(
        lines.region == payments.region,
        lines.entry_id == payments.id,
        lines.account == LedgerAccount.RIDER.value,
        lines.currency == payments.currency,
        lines.amount == payments.amount,
    )


def _owner_columns(rows: ColumnCollection) -> list[ColumnElement]:
    rider_id = case((~_is_being_deleted_condition(rows), rows.rider_id)).label("rider_id")
    return [rows.region, rider_id, rows.currency]


def _unequal_payouts_query() -> Select[tuple[str, UUID]]:
    """Deleted accounts of a region count as one rider: their rows have no ``rider_id``; so do those
    that are being deleted."""
    owner = ("region", "rider_id", "currency")
    is_payout = and_(
        entries.kind == EntryKind.PAYOUT.value,
        lines.account == LedgerAccount.RIDER.value,
        _entry_line_condition(),
    )
    payouts = union_all(
        select(*_owner_columns(entries), lines.amount).where(is_payout),
        select(*_owner_columns(payments), payments.paid_back.label("amount")),
    ).subquery()
    return (
        select(payouts.c.region, payouts.c.rider_id)
        .group_by(*(payouts.c[name] for name in owner))
        .having(func.sum(payouts.c.amount) != 0)
    )


def _unequal_balances_query() -> Select[tuple[str, UUID]]:
    owner = ("region", "rider_id", "currency")
    sums = union_all(
        select(*(balances[name] for name in owner), balances.amount).where(
            ~_is_being_deleted_condition(balances)
        ),
        select(*(lines[name] for name in owner), -lines.amount).where(
            lines.in_balance, lines.rider_id.is_not(None), ~_is_being_deleted_condition(lines)
        ),
    ).subquery()
    return (
        select(sums.c.region, sums.c.rider_id)
        .group_by(*(sums.c[name] for name in owner))
        .having(func.sum(sums.c.amount) != 0)
    )


def _left_over_query() -> Select[tuple[str, str]]:
    """The wallet of an account is settled before it is deleted. While the rows of one are deleted
    in slices, the sum tells nothing."""
    is_deleting = exists().where(users.region == lines.region, users.deleted_at.is_not(None))
    return (
        select(lines.region, lines.currency)
        .where(lines.account == LedgerAccount.RIDER.value, lines.rider_id.is_(None), ~is_deleting)
        .group_by(lines.region, lines.currency)
        .having(func.sum(lines.amount) != 0)
    )


LEDGER_CHECKS = [
    LedgerCheck(
        "entries that do not balance",
        select(lines.region, lines.entry_id)
        .group_by(lines.region, lines.entry_id, lines.currency)
        .having(func.sum(lines.amount) != 0),
    ),
    LedgerCheck(
        "entries without lines",
        select(entries.region, entries.id).where(~exists().where(_entry_line_condition())),
    ),
    LedgerCheck(
        "lines of another currency or another rider than their entry",
        select(lines.region, lines.entry_id).where(
            _entry_line_condition(),
            or_(lines.currency != entries.currency, _other_rider_line_condition()),
        ),
    ),
    LedgerCheck(
        "paid payments without their ledger entry",
        select(payments.region, payments.id).where(
            _is_paid(), ~exists().where(_payment_line_condition())
        ),
    ),
    LedgerCheck(
        "top-ups in the ledger without a paid payment",
        select(entries.region, entries.id).where(
            entries.kind == EntryKind.TOP_UP.value,
            ~exists().where(
                _is_paid(), payments.region == entries.region, payments.id == entries.id
            ),
        ),
    ),
    LedgerCheck("riders whose balance differs from their ledger lines", _unequal_balances_query()),
    LedgerCheck("currencies in which money of deleted accounts is left", _left_over_query()),
    LedgerCheck("riders whose payments and payout entries differ", _unequal_payouts_query()),
]
