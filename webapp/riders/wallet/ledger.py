"""The books: entries that balance, written once, and the balances that follow from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    cast,
    exists,
    false,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.db.keys import RowKey
from webapp.db.types import Region, table
from webapp.extensions import db
from webapp.riders.wallet.enums import Account, EntryKind
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.riders.wallet.provider import is_offered


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
        if not self.amounts or sum(self.amounts.values()) != 0:
            raise ValueError("an entry of the books must balance")

    @property
    def key(self) -> RowKey:
        return RowKey(self.rider.region, self.id)


def ride_charge(rider: RowKey, ride_id: UUID, currency: str, total: int, tax: int) -> Entry:
    """Return the entry of a ride's price; its id follows from the ride, so there is only one."""
    amounts = {Account.RIDER: -total, Account.REVENUE: total - tax, Account.TAX: tax}
    return Entry(ride_id, EntryKind.RIDE, rider, currency, amounts, ride_id)


def hold(rider: RowKey, id: UUID, currency: str, total: int, tax: int) -> Entry:
    """Return the entry of a reservation that was made longer."""
    amounts = {Account.RIDER: -total, Account.REVENUE: total - tax, Account.TAX: tax}
    return Entry(id, EntryKind.HOLD, rider, currency, amounts)


def top_up(rider: RowKey, payment_id: UUID, currency: str, amount: int) -> Entry:
    """Return the entry of money that the rider has paid in; a payment comes in once."""
    amounts = {Account.RIDER: amount, Account.PROVIDER: -amount}
    return Entry(payment_id, EntryKind.TOP_UP, rider, currency, amounts)


def payout(rider: RowKey, id: UUID, currency: str, amount: int) -> Entry:
    """Return the entry of money that goes back to where the rider paid it from."""
    amounts = {Account.RIDER: -amount, Account.PROVIDER: amount}
    return Entry(id, EntryKind.PAYOUT, rider, currency, amounts)


def refund(
    rider: RowKey, ride_id: UUID, currency: str, amount: int, tax: int, id: UUID, note: str = ""
) -> Entry:
    """Return the entry of a ride's price that goes back, whole or in part.

    tax: how much of the amount is tax; ``tax_in`` says.
    """
    amounts = {Account.RIDER: amount, Account.REVENUE: tax - amount, Account.TAX: -tax}
    return Entry(id, EntryKind.REFUND, rider, currency, amounts, ride_id, note)


def tax_in(amount: int, total: int, tax: int, before: int = 0) -> int:
    """Return how much of a refund is tax: its share of the ``tax`` in a price of ``total``.

    before: what of the price has gone back already. The share of all that has gone back is rounded
    down, so fractions wait for the next refund, and with the whole price the whole tax is back.
    Raises ValueError when more would go back than was paid.
    """
    if min(amount, before) < 0 or before + amount > total:
        raise ValueError("no more goes back than was paid")
    return (before + amount) * tax // total - before * tax // total if amount else 0


def credit(rider: RowKey, amount: int, currency: str, id: UUID, note: str = "") -> Entry:
    """Return the entry of money that is given away; below nought: that is taken back."""
    amounts = {Account.RIDER: amount, Account.PROMOTIONS: -amount}
    return Entry(id, EntryKind.CREDIT, rider, currency, amounts, note=note)


def cause_id(cause: UUID, what: str) -> UUID:
    """Return the id of an entry that follows from ``what`` was done to another row.

    What comes from a form goes through here, too: an id that people could choose might be the one
    that the charge for their next ride will have, which then would be there already.
    """
    return uuid5(cause, what)


def writing(entry: Entry, after: CTE | None = None) -> Any:
    """Return the INSERT of an entry with its lines, to execute or to put ``along`` others.

    It returns the entry's id for each line; nothing when the entry is there already, or there is
    nothing to move.
    after: it is written if this part of the same statement has a row, else not at all.
    """
    written = _entry(entry, after).returning(table(WalletEntry).c.id).cte("wallet_entry")
    lines = table(WalletLine)
    # All accounts where nothing moves: there is no entry then to hang them on.
    moved = {account: n for account, n in entry.amounts.items() if n} or entry.amounts
    rows = [
        select(
            literal(entry.rider.region, Region),
            written.c.id,
            literal(account.value),
            literal(entry.rider.id if account is Account.RIDER else None, lines.c.rider_id.type),
            literal(entry.currency),
            literal(amount),
        )
        for account, amount in moved.items()
    ]
    names = ["region", "entry_id", "account", "rider_id", "currency", "amount"]
    return insert(lines).from_select(names, union_all(*rows)).returning(lines.c.entry_id)


def _entry(entry: Entry, after: CTE | None) -> Any:
    entries, row = table(WalletEntry), _row(entry)
    source = select(*(literal(value, entries.c[name].type) for name, value in row.items()))
    if after is not None:
        source = source.select_from(after)
    if not any(entry.amounts.values()):
        source = source.where(false())
    return insert(entries).from_select(list(row), source).on_conflict_do_nothing()


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "region": entry.rider.region,
        "id": entry.id,
        "rider_id": entry.rider.id,
        "kind": entry.kind.value,
        "currency": entry.currency,
        "ride_id": entry.ride_id,
        "note": entry.note,
    }


def write_all(session: Session, entries: Iterable[Entry]) -> None:
    """Write many entries of one region in two statements; those that are there stay as they are."""
    moving = {entry.id: entry for entry in entries if any(entry.amounts.values())}
    if not moving:
        return
    written = insert(table(WalletEntry)).values([_row(entry) for entry in moving.values()])
    once = written.on_conflict_do_nothing().returning(table(WalletEntry).c.id)
    new = session.scalars(once).all()
    if lines := [line for id_ in new for line in _lines(moving[id_])]:
        session.execute(insert(table(WalletLine)).values(lines))


def _lines(entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            "region": entry.rider.region,
            "entry_id": entry.id,
            "account": account.value,
            "rider_id": entry.rider.id if account is Account.RIDER else None,
            "currency": entry.currency,
            "amount": amount,
        }
        for account, amount in entry.amounts.items()
        if amount
    ]


def along(writing: Any) -> CTE:
    """Return an entry as a part of another: ``statement.add_cte(along(writing(...)))``."""
    part: CTE = writing.cte("wallet_lines_written")
    return part


def balances(rider: RowKey, session: Any = None) -> dict[str, int]:
    """Return what the rider has, by currency, in minor units; below nought is owed.

    session: the one of a transaction that decides on it.
    """
    rows = (session or db.session).execute(balances_of(rider)).all()
    return {row.currency: row.amount for row in rows}


def balances_of(rider: RowKey) -> Any:
    """Return the question for the rider's balances: currency and amount."""
    lines = table(WalletLine).c
    return (
        # A sum of integers is a decimal on CockroachDB.
        select(lines.currency, cast(func.sum(lines.amount), BigInteger).label("amount"))
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


def must_pay_first(rider: RowKey) -> ColumnElement[bool]:
    """Return the condition that the rider owes something, and could pay it: where nothing can be
    paid in, debts are written down and stop nobody."""
    return owes(rider) if is_offered() else false()
