"""How much of a balance is the rider's own money, and how much is credit that was given.

The entries are taken in the order of time. A charge takes the rider's own money first, then
credit, then makes a debt. A top-up pays a debt first, and so does credit. A refund counts at the
time of its ride, as if the ride had cost less. So credit never becomes money.
"""

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    select,
)

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.riders.wallet.enums import EntryKind, LedgerAccount
from webapp.riders.wallet.models import WalletEntry, WalletLine


def own_money_query(rider_key: RowKey) -> Select[tuple[str, int, int]]:
    """Return the query for ``currency``, ``balance`` and ``own_money``, in minor units.

    Let own(t) be the sum of all entries until t that are no credit, and credit(t) that of credit.
    Credit is used where own(t) is negative, as far as there is any: used = max over all t of
    min(credit(t), -own(t)), but at least 0. The rider's own money is own + used.
    """
    sums = _running_sums_subquery(rider_key).c
    used_credit = func.greatest(0, func.max(func.least(sums.credit, -sums.own)))
    return select(
        sums.currency,
        # A sum of integers is a decimal on CockroachDB.
        cast(func.sum(sums.amount), BigInteger).label("balance"),
        cast(func.sum(sums.own_amount) + used_credit, BigInteger).label("own_money"),
    ).group_by(sums.currency)


def _running_sums_subquery(rider_key: RowKey) -> Subquery:
    entries = _entries_subquery(rider_key).c
    is_credit = entries.kind == EntryKind.CREDIT.value
    own_amount = case((is_credit, 0), else_=entries.amount)

    def running_sum(amount: ColumnElement[int]) -> ColumnElement[int]:
        # Without a frame, all entries of one time count together: a ride with its refunds.
        return func.sum(amount).over(partition_by=entries.currency, order_by=entries.counts_at)

    return select(
        entries.currency,
        entries.amount,
        own_amount.label("own_amount"),
        running_sum(own_amount).label("own"),
        running_sum(entries.amount - own_amount).label("credit"),
    ).subquery("sums")


def _entries_subquery(rider_key: RowKey) -> Subquery:
    """The rider's entries; refunds have the time of their ride."""
    entries, lines = table(WalletEntry), table(WalletLine)
    is_riders_line = and_(
        lines.c.region == entries.c.region,
        lines.c.entry_id == entries.c.id,
        lines.c.account == LedgerAccount.RIDER.value,
    )
    charged_at = func.min(entries.c.at).over(partition_by=entries.c.ride_id)
    counts_at = case((entries.c.ride_id.is_(None), entries.c.at), else_=charged_at)
    return (
        select(
            entries.c.currency,
            entries.c.kind,
            lines.c.amount,
            counts_at.label("counts_at"),
        )
        .join_from(entries, lines, is_riders_line)
        .where(key_condition(entries, rider_key, id="rider_id"))
        .subquery("entries")
    )
