"""A rider's wallet: one page of it in one statement, and all of its entries for a file."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    literal,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.types import TypeEngine

from webapp.db.keys import RowKey, bind_keys, key_condition, make_key_parameters
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.extensions import db
from webapp.riders.wallet.enums import LedgerAccount, PaymentState
from webapp.riders.wallet.ledger import balances_query
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine
from webapp.riders.wallet.provider import is_payment_offered
from webapp.riders.wallet.queries.payments import payout_amounts_query

#: The queries of a wallet's parts have different columns.
PartQuery = Select[Any]

#: Entries that ``stream_entries`` reads with one statement.
BATCH = 500


@dataclass(frozen=True)
class WalletItem:
    """A ledger entry as its rider sees it, or a pending top-up.

    amount: minor units; positive for what the rider gets.
    """

    id: UUID
    kind: str
    currency: str
    amount: int
    ride_id: UUID | None
    note: str
    at: datetime


#: The columns of a WalletItem. A part of ``read_wallet`` that lacks one has NULL there.
ITEM_TYPES: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "kind": String(),
    "currency": String(),
    "amount": BigInteger(),
    "ride_id": Uuid(),
    "note": String(),
    "at": DateTime(timezone=True),
}


@dataclass(frozen=True)
class Wallet:
    """What a rider has or owes, and what can be paid out, by currency; entries, newest first."""

    balances: dict[str, int]
    payout_amounts: dict[str, int]
    pending_top_ups: list[WalletItem]
    page: Page[WalletItem]


def read_wallet(rider_key: RowKey, after: Cursor | None) -> Wallet:
    """Return a rider's wallet with one page of its entries. One statement."""
    query = _wallet_query(is_continued=bool(after), requires_paid_debts=is_payment_offered())
    after_at, after_id = after or (None, None)
    parameters = {
        **bind_keys(rider=rider_key),
        "after_at": after_at,
        "after_id": after_id,
        "page_size": page_size(),
        "limit": page_size() + 1,
    }
    by_part: defaultdict[str, list[WalletItem]] = defaultdict(list)
    for part, *values in db.session.execute(query, parameters):
        by_part[part].append(WalletItem(*values))
    entries = sorted(by_part["entry"], key=_make_cursor, reverse=True)
    return Wallet(
        balances={each.currency: each.amount for each in by_part["balance"]},
        payout_amounts={each.currency: each.amount for each in by_part["payout"]},
        pending_top_ups=sorted(by_part["pending"], key=_make_cursor),
        page=make_page(entries, _make_cursor),
    )


@cache
def _wallet_query(*, is_continued: bool, requires_paid_debts: bool) -> CompoundSelect[Any]:
    """Return the query for the parts of a wallet, each row with its part and the columns of a
    WalletItem; it is built once."""
    rider_key = make_key_parameters("rider")
    after: Cursor = tuple(
        bindparam(f"after_{name}", type_=ITEM_TYPES[name]) for name in ("at", "id")
    )
    parts: dict[str, PartQuery] = {
        "balance": balances_query(rider_key),
        "payout": payout_amounts_query(rider_key, requires_paid_debts=requires_paid_debts),
        "pending": _pending_top_ups_query(rider_key, bindparam("page_size", type_=BigInteger())),
        "entry": _entries_query(
            rider_key, after if is_continued else None, bindparam("limit", type_=BigInteger())
        ),
    }
    return union_all(*(_part_query(*part) for part in parts.items()))


def stream_entries(rider_key: RowKey) -> Iterator[WalletItem]:
    """Yield all entries of a rider, newest first; one statement for each ``BATCH`` of them."""
    after: Cursor | None = None
    while True:
        query = _entries_query(rider_key, after, literal(BATCH))
        batch = [WalletItem(**row._mapping) for row in db.session.execute(query)]
        yield from batch
        if len(batch) < BATCH:
            return
        after = _make_cursor(batch[-1])


def _part_query(name: str, query: PartQuery) -> PartQuery:
    """Return the query with the columns of all parts, and the part's name."""
    part = query.subquery(name)
    columns = [
        cast(part.c.get(column, null()), type_).label(column)
        for column, type_ in ITEM_TYPES.items()
    ]
    return select(cast(name, String).label("part"), *columns).select_from(part)


def _entries_query(rider_key: RowKey, after: Cursor | None, limit: ColumnElement[int]) -> PartQuery:
    entries, lines = table(WalletEntry), table(WalletLine)
    is_riders_line = and_(
        lines.c.region == entries.c.region,
        lines.c.entry_id == entries.c.id,
        lines.c.account == LedgerAccount.RIDER.value,
    )
    columns = [entries.c[name] for name in ITEM_TYPES if name != "amount"]
    query = (
        select(*columns, lines.c.amount)
        .join_from(entries, lines, is_riders_line)
        .where(key_condition(entries, rider_key, id="rider_id"))
        .order_by(entries.c.at.desc(), entries.c.id.desc())
        .limit(limit)
    )
    return query.where(tuple_(entries.c.at, entries.c.id) < tuple_(*after)) if after else query


def _pending_top_ups_query(rider_key: RowKey, limit: ColumnElement[int]) -> PartQuery:
    """One page of them, newest first: they expire at the provider, so no rider has many."""
    payments = table(Payment).c
    return (
        select(payments.id, payments.currency, payments.amount, payments.created_at.label("at"))
        .where(key_condition(table(Payment), rider_key, id="rider_id"))
        .where(payments.state == PaymentState.PENDING.value, payments.settled_at.is_(None))
        .order_by(payments.created_at.desc(), payments.id.desc())
        .limit(limit)
    )


def _make_cursor(item: WalletItem) -> Cursor:
    return item.at, item.id
