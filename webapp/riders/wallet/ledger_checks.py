"""Whether the books hold: what must have no rows, over all regions."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, union_all

from webapp.db.types import table
from webapp.riders.wallet.enums import Account, EntryKind, PaymentState
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine

entries, lines, payments = table(WalletEntry).c, table(WalletLine).c, table(Payment).c

#: The questions of others who write into the books, in the same form; they hang theirs here.
further: dict[str, Any] = {}


def questions() -> dict[str, Any]:
    """Return what would be wrong, in words, and the question that finds it."""
    return {
        "entries that do not balance": select(lines.region, lines.entry_id)
        .group_by(lines.region, lines.entry_id, lines.currency)
        .having(func.sum(lines.amount) != 0),
        "entries without lines": select(entries.region, entries.id).where(~exists().where(_its())),
        "lines of another currency or another person than their entry": select(
            lines.region, lines.entry_id
        ).where(_its(), or_(lines.currency != entries.currency, _is_anothers())),
        "payments that came in and are not in the books so": select(
            payments.region, payments.id
        ).where(*_came_in(), ~exists().where(*_booked())),
        "money in the books that no payment brought": select(entries.region, entries.id).where(
            entries.kind == EntryKind.TOP_UP.value,
            ~exists().where(*_came_in(), _brought_it()),
        ),
        "people to whom more or less goes back than is booked": _unequal_payouts(),
        **further,
    }


def _its() -> ColumnElement[bool]:
    return and_(lines.region == entries.region, lines.entry_id == entries.id)


def _is_anothers() -> ColumnElement[bool]:
    is_rider = lines.account == Account.RIDER.value
    return and_(is_rider, lines.rider_id.is_distinct_from(entries.rider_id))


def _came_in() -> list[ColumnElement[bool]]:
    return [payments.settled_at.is_not(None), payments.state != PaymentState.FAILED.value]


def _brought_it() -> ColumnElement[bool]:
    return and_(payments.region == entries.region, payments.id == entries.id)


def _booked() -> list[ColumnElement[bool]]:
    return [
        lines.region == payments.region,
        lines.entry_id == payments.id,
        lines.account == Account.RIDER.value,
        lines.currency == payments.currency,
        lines.amount == payments.amount,
    ]


def _unequal_payouts() -> Any:
    """Of those who have left, all together."""
    whose = ("region", "rider_id", "currency")
    is_payout = and_(
        entries.kind == EntryKind.PAYOUT.value, lines.account == Account.RIDER.value, _its()
    )
    both = union_all(
        select(*(entries[name] for name in whose), lines.amount).where(is_payout),
        select(*(payments[name] for name in whose), payments.paid_back.label("amount")),
    ).subquery()
    whom = select(both.c.region, both.c.rider_id).group_by(*(both.c[name] for name in whose))
    return whom.having(func.sum(both.c.amount) != 0)
