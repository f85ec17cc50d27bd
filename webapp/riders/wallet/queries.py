"""A rider's wallet as one page shows it, in one statement; and all of it, for a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    String,
    Uuid,
    and_,
    cast,
    null,
    select,
    tuple_,
    union_all,
)

from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.extensions import db
from webapp.riders.wallet import ledger
from webapp.riders.wallet.enums import Account, PaymentState
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine
from webapp.riders.wallet.services import payouts

#: Entries that are read at once for a file.
BATCH = 500
TYPES: dict[str, Any] = {
    "id": Uuid(),
    "kind": String(),
    "currency": String(),
    "amount": BigInteger(),
    "ride_id": Uuid(),
    "note": String(),
    "at": DateTime(timezone=True),
}


@dataclass(frozen=True)
class Movement:
    """What an entry of the books did to the rider, in minor units; or an open payment."""

    id: UUID
    kind: str
    currency: str
    amount: int
    ride_id: UUID | None
    note: str
    at: datetime


@dataclass(frozen=True)
class Wallet:
    """What a rider has, owes and may get back, by currency; and what moved it, the newest first."""

    balances: dict[str, int]
    payable: dict[str, int]
    open_payments: list[Movement]
    page: Page[Movement]


def wallet_of(rider: RowKey, after: Cursor | None) -> Wallet:
    """Return a rider's wallet with one page of its entries. One statement."""
    parts = {
        "balance": ledger.balances_of(rider),
        "payable": payouts.payable_of(rider),
        "open": _open_payments(rider),
        "entry": _movements(rider, after, page_size() + 1),
    }
    rows = db.session.execute(union_all(*(_part(*part) for part in parts.items()))).all()
    of: dict[str, list[Any]] = {what: [r for r in rows if r.what == what] for what in parts}
    balances, payable = ({r.currency: r.amount for r in of[w]} for w in ("balance", "payable"))
    entries = sorted(map(_movement, of["entry"]), key=_cursor, reverse=True)
    return Wallet(
        balances=balances,
        payable=payable,
        open_payments=sorted(map(_movement, of["open"]), key=_cursor),
        page=make_page(entries, _cursor),
    )


def movements(rider: RowKey) -> Iterator[Movement]:
    """Give all entries of a rider, the newest first; one statement for each ``BATCH`` of them."""
    after: Cursor | None = None
    while True:
        batch = [_movement(row) for row in db.session.execute(_movements(rider, after, BATCH))]
        yield from batch
        if len(batch) < BATCH:
            return
        after = _cursor(batch[-1])


def _part(what: str, question: Any) -> Any:
    """Return rows of a question as rows of all: what it does not know is null."""
    asked = question.subquery(what)
    columns = [cast(asked.c.get(name, null()), type_).label(name) for name, type_ in TYPES.items()]
    return select(cast(what, String).label("what"), *columns).select_from(asked)


def _movements(rider: RowKey, after: Cursor | None, limit: int) -> Any:
    entries, lines = table(WalletEntry).c, table(WalletLine).c
    its_line = and_(lines.region == entries.region, lines.entry_id == entries.id)
    columns = [*(entries[name] for name in TYPES if name != "amount"), lines.amount]
    question = (
        select(*columns)
        .join_from(table(WalletEntry), table(WalletLine), its_line)
        .where(entries.region == rider.region, entries.rider_id == rider.id)
        .where(lines.account == Account.RIDER.value)
        .order_by(entries.at.desc(), entries.id.desc())
        .limit(limit)
    )
    return question.where(tuple_(entries.at, entries.id) < after) if after else question


def _open_payments(rider: RowKey) -> Any:
    """The newest of them: each lapses by itself."""
    rows = table(Payment).c
    return (
        select(rows.id, rows.currency, rows.amount, rows.created_at.label("at"))
        .where(rows.region == rider.region, rows.rider_id == rider.id)
        .where(rows.state == PaymentState.BEGUN.value, rows.settled_at.is_(None))
        .order_by(rows.created_at.desc(), rows.id.desc())
        .limit(page_size())
    )


def _movement(row: Any) -> Movement:
    return Movement(**{name: getattr(row, name) for name in TYPES})


def _cursor(movement: Movement) -> Cursor:
    return movement.at, movement.id
