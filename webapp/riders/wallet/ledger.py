"""The ledger: writing entries, each once, and the balances that follow from them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    cast,
    exists,
    false,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from webapp.db.inserts import Insert, insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import Region, table
from webapp.extensions import db
from webapp.riders.wallet.entries import LedgerEntry
from webapp.riders.wallet.enums import LedgerAccount
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.riders.wallet.provider import is_payment_offered


def entry_statement(entry: LedgerEntry, after: CTE | None = None) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that writes an entry with its lines.

    It returns the entry's id once for each line; no rows if the entry exists already or has no
    amounts other than 0.
    after: the entry is written only if this part of the same statement has a row.
    """
    new_entry = _entry_row_statement(entry, after).returning(table(WalletEntry).c.id)
    entry_cte = new_entry.cte("wallet_entry")
    lines = table(WalletLine)
    # If all amounts are 0, no entry is written and the join with it selects no lines.
    amounts = {account: n for account, n in entry.amounts.items() if n} or entry.amounts
    rows = [
        select(
            literal(entry.rider_key.region, Region),
            entry_cte.c.id,
            literal(account.value),
            literal(_line_rider_id(entry, account), lines.c.rider_id.type),
            literal(entry.currency),
            literal(amount),
        )
        for account, amount in amounts.items()
    ]
    names = ["region", "entry_id", "account", "rider_id", "currency", "amount"]
    return insert(lines).from_select(names, union_all(*rows)).returning(lines.c.entry_id)


def entry_cte(entry: LedgerEntry, after: CTE | None = None) -> CTE:
    """Return ``entry_statement`` as a part of another: ``statement.add_cte(entry_cte(...))``."""
    return entry_statement(entry, after).cte("wallet_lines_written")


def _entry_row_statement(entry: LedgerEntry, after: CTE | None) -> Insert:
    entries, row = table(WalletEntry), _entry_row(entry)
    source = select(*(literal(value, entries.c[name].type) for name, value in row.items()))
    if after is not None:
        source = source.select_from(after)
    if not any(entry.amounts.values()):
        source = source.where(false())
    return insert(entries).from_select(list(row), source).on_conflict_do_nothing()


def _entry_row(entry: LedgerEntry) -> dict[str, object]:
    return {
        "region": entry.rider_key.region,
        "id": entry.id,
        "rider_id": entry.rider_key.id,
        "kind": entry.kind.value,
        "currency": entry.currency,
        "ride_id": entry.ride_id,
        "note": entry.note,
    }


def _line_rows(entry: LedgerEntry) -> list[dict[str, object]]:
    return [
        {
            "region": entry.rider_key.region,
            "entry_id": entry.id,
            "account": account.value,
            "rider_id": _line_rider_id(entry, account),
            "currency": entry.currency,
            "amount": amount,
        }
        for account, amount in entry.amounts.items()
        if amount
    ]


def _line_rider_id(entry: LedgerEntry, account: LedgerAccount) -> UUID | None:
    return entry.rider_key.id if account is LedgerAccount.RIDER else None


def write_entries(session: Session, entries: Iterable[LedgerEntry]) -> None:
    """Write many entries of one region in two statements; skip those that exist already."""
    entries_by_id = {entry.id: entry for entry in entries if any(entry.amounts.values())}
    if not entries_by_id:
        return
    rows = [_entry_row(entry) for entry in entries_by_id.values()]
    statement = insert(table(WalletEntry)).values(rows).on_conflict_do_nothing()
    new_ids = session.scalars(statement.returning(table(WalletEntry).c.id)).all()
    if lines := [line for id_ in new_ids for line in _line_rows(entries_by_id[id_])]:
        session.execute(insert(table(WalletLine)).values(lines))


def read_balances(rider_key: RowKey, session: Session | None = None) -> dict[str, int]:
    """Return the rider's balance in each currency, in minor units; negative: the rider owes it.

    session: that of the transaction whose decision depends on the balance.
    """
    rows = (session or db.session).execute(balances_query(rider_key))
    return {row.currency: row.amount for row in rows}


def balances_query(rider_key: RowKey) -> Select[tuple[str, int]]:
    """Return the query for the rider's balances: ``currency`` and ``amount``."""
    lines = table(WalletLine)
    return (
        # A sum of integers is a decimal on CockroachDB.
        select(lines.c.currency, cast(func.sum(lines.c.amount), BigInteger).label("amount"))
        .where(key_condition(lines, rider_key, id="rider_id"))
        .group_by(lines.c.currency)
        .order_by(lines.c.currency)
    )


def is_in_debt_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that the rider's balance is negative in any currency."""
    lines = table(WalletLine)
    debts = (
        select(literal(1))
        .where(key_condition(lines, rider_key, id="rider_id"))
        .group_by(lines.c.currency)
        .having(func.sum(lines.c.amount) < 0)
    )
    return exists(debts.subquery().select())


def must_pay_first_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that the rider must pay debts before the next ride.

    Where riders cannot pay in, debts are recorded and block nobody.
    """
    return is_in_debt_condition(rider_key) if is_payment_offered() else false()
