"""The books: entries that balance, written once, and the balances that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import CTE, ColumnElement, exists, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert

from webapp.extensions import db
from webapp.keys import RowKey
from webapp.riders.wallet.models import Account, EntryKind, WalletEntry, WalletLine
from webapp.schema import Region, table


@dataclass(frozen=True)
class Entry:
    """Something that moves money. Raises ValueError when it does not balance.

    id: follows from the cause, so that the same thing is never written twice.
    amounts: what each account gets, in minor units; what it gives is below nought.
    """

    id: UUID
    kind: EntryKind
    rider: RowKey
    currency: str
    amounts: Mapping[Account, int]
    ride_id: UUID | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if sum(self.amounts.values()):
            raise ValueError("an entry of the books must balance")

    @property
    def key(self) -> RowKey:
        return RowKey(self.rider.region, self.id)


def ride_charge(rider: RowKey, ride_id: UUID, currency: str, total: int, tax: int) -> Entry:
    """Return the entry of a ride's price; its id follows from the ride, so there is only one."""
    amounts = {Account.RIDER: -total, Account.REVENUE: total - tax, Account.TAX: tax}
    return Entry(ride_id, EntryKind.RIDE, rider, currency, amounts, ride_id)


def cause_id(cause: UUID, what: str) -> UUID:
    """Return the id of an entry that follows from ``what`` was done to another row."""
    return uuid5(cause, what)


def writing(entry: Entry, after: CTE | None = None) -> Any:
    """Return the INSERT of an entry with its lines, to execute or to put ``along`` others.

    It returns the entry's id for each line; nothing when the entry is there already, or there is
    nothing to move.
    after: it is written if this part of the same statement has a row, else not at all.
    """
    written = _entry(entry, after).returning(table(WalletEntry).c.id).cte("wallet_entry")
    lines = table(WalletLine)
    rows = [
        select(
            literal(entry.rider.region, Region),
            written.c.id,
            literal(account.value),
            literal(entry.rider.id if account is Account.RIDER else None, lines.c.rider_id.type),
            literal(entry.currency),
            literal(amount),
        )
        for account, amount in entry.amounts.items()
        if amount
    ]
    names = ["region", "entry_id", "account", "rider_id", "currency", "amount"]
    source = union_all(*rows) if len(rows) > 1 else select(written.c.id).where(literal(False))
    return insert(lines).from_select(names, source).returning(lines.c.entry_id)


def _entry(entry: Entry, after: CTE | None) -> Any:
    entries = table(WalletEntry)
    row = {
        "region": entry.rider.region,
        "id": entry.id,
        "rider_id": entry.rider.id,
        "kind": entry.kind.value,
        "currency": entry.currency,
        "ride_id": entry.ride_id,
        "note": entry.note,
    }
    statement = insert(entries).values(row)
    if after is not None:
        typed = [literal(value, entries.c[name].type) for name, value in row.items()]
        statement = insert(entries).from_select(list(row), select(*typed).select_from(after))
    return statement.on_conflict_do_nothing()


def along(writing: Any) -> CTE:
    """Return an entry as a part of another: ``statement.add_cte(along(writing(...)))``."""
    part: CTE = writing.cte("wallet_lines_written")
    return part


def balances(rider: RowKey) -> dict[str, int]:
    """Return what the rider has, by currency, in minor units; below nought is owed."""
    return {currency: int(amount) for currency, amount in db.session.execute(_balances(rider))}


def _balances(rider: RowKey) -> Any:
    lines = table(WalletLine).c
    return (
        select(lines.currency, func.sum(lines.amount))
        .where(lines.region == rider.region, lines.rider_id == rider.id)
        .group_by(lines.currency)
        .order_by(lines.currency)
    )


def owes(rider: RowKey) -> ColumnElement[bool]:
    """Return the condition that the rider owes something, in any currency."""
    lines = table(WalletLine).c
    owed = (
        select(literal(1))
        .where(lines.region == rider.region, lines.rider_id == rider.id)
        .group_by(lines.currency)
        .having(func.sum(lines.amount) < 0)
    )
    return exists(owed.subquery().select())
