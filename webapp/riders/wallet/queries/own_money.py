"""How much of a balance is the rider's own money, and how much is credit that was given.

The entries are taken in the order of time. A charge takes the rider's own money first, then
credit, then makes a debt. A top-up pays a debt first, and so does credit. A refund counts at the
time of its ride, as if the ride had cost less. So credit never becomes money.

Before the first credit the whole balance is the rider's own, so only later entries are read: for
most riders none.
"""

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    case,
    cast,
    func,
    or_,
    select,
)

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.riders.wallet.enums import EntryKind, LedgerAccount
from webapp.riders.wallet.ledger import balances_query
from webapp.riders.wallet.models import WalletEntry, WalletLine


def own_money_query(
    rider_key: RowKey, only_if: ColumnElement[bool] | None = None
) -> Select[tuple[str, int, int]]:
    """Return the query for ``currency``, ``balance`` and ``own_money``, in minor units.

    Let own(t) be the sum of all entries until t that are no credit, and credit(t) that of credit.
    Credit is used where own(t) is negative, as far as there is any: used = max over all t of
    min(credit(t), -own(t)), but at least 0. The rider's own money is the balance without the
    credit that is not used, which is never less than 0.

    only_if: a condition on the rider alone. Where it is false, no entry is read and ``own_money``
        means nothing.
    """
    balances = balances_query(rider_key).subquery("balances")
    sums = _running_sums_subquery(rider_key, only_if)
    # All entries before those of ``sums`` are no credit.
    own = balances.c.amount - sums.c.amount_in_all + sums.c.own
    used_credit = func.greatest(0, func.max(func.least(sums.c.credit, -own)))
    # More may have been taken away than was left: an older release took credit that was used.
    unused_credit = func.greatest(0, func.max(sums.c.credit_in_all) - used_credit)
    return (
        select(
            balances.c.currency,
            balances.c.amount.label("balance"),
            # A sum of integers is a decimal on CockroachDB.
            cast(balances.c.amount - unused_credit, BigInteger).label("own_money"),
        )
        .join_from(balances, sums, balances.c.currency == sums.c.currency, isouter=True)
        .group_by(balances.c.currency, balances.c.amount)
    )


def _running_sums_subquery(rider_key: RowKey, only_if: ColumnElement[bool] | None) -> Subquery:
    """The sums until each entry and in all, since the first credit. A refund of an earlier ride
    counts before it, so it has no row."""
    entries = _entries_subquery(rider_key, only_if).c
    credit = case((entries.kind == EntryKind.CREDIT.value, entries.amount), else_=0)

    def running_sum(amount: ColumnElement[int]) -> ColumnElement[int]:
        # Without a frame, all entries of one time count together: a ride with its refunds.
        return func.sum(amount).over(partition_by=entries.currency, order_by=entries.counts_at)

    def sum_in_all(amount: ColumnElement[int]) -> ColumnElement[int]:
        return func.sum(amount).over(partition_by=entries.currency)

    return (
        select(
            entries.currency,
            running_sum(entries.amount - credit).label("own"),
            running_sum(credit).label("credit"),
            sum_in_all(entries.amount).label("amount_in_all"),
            sum_in_all(credit).label("credit_in_all"),
        )
        .where(entries.counts_at.is_not(None))
        .subquery("sums")
    )


def _entries_subquery(rider_key: RowKey, only_if: ColumnElement[bool] | None) -> Subquery:
    """The rider's entries since the first credit. Refunds have the time of their ride, or NULL if
    it was before."""
    entries, lines = table(WalletEntry), table(WalletLine)
    # Not a join: PostgreSQL would read all lines of the table first.
    amount = (
        select(lines.c.amount)
        .where(lines.c.region == entries.c.region, lines.c.entry_id == entries.c.id)
        .where(lines.c.account == LedgerAccount.RIDER.value)
        .scalar_subquery()
    )
    is_riders_entry = key_condition(entries, rider_key, id="rider_id")
    credits = entries.alias("credits")
    first_credit_at = (
        select(func.min(credits.c.at))
        .where(key_condition(credits, rider_key, id="rider_id"))
        .where(credits.c.kind == EntryKind.CREDIT.value)
        .scalar_subquery()
    )
    is_charge = or_(entries.c.ride_id.is_(None), entries.c.kind != EntryKind.REFUND.value)
    charged_at = func.min(case((is_charge, entries.c.at))).over(partition_by=entries.c.ride_id)
    counts_at = case((entries.c.ride_id.is_(None), entries.c.at), else_=charged_at)
    return (
        select(
            entries.c.currency,
            entries.c.kind,
            amount.label("amount"),
            counts_at.label("counts_at"),
        )
        .where(is_riders_entry, entries.c.at >= first_credit_at)
        .where(*([] if only_if is None else [only_if]))
        .subquery("entries")
    )
