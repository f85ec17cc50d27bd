"""The ledger: writing entries, each once, with the balances that follow from them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.extensions import db
from webapp.regions.catalogue import list_city_regions
from webapp.riders.wallet.entries import LedgerEntry
from webapp.riders.wallet.enums import EntryKind, LedgerAccount
from webapp.riders.wallet.models import WalletBalance, WalletEntry, WalletLine
from webapp.riders.wallet.provider import is_payment_offered

#: What an entry is written with.
ENTRY_COLUMNS = ("region", "id", "rider_id", "kind", "currency", "ride_id", "note")


def entry_statement(entry: LedgerEntry, after: CTE | None = None) -> Select[tuple[UUID]]:
    """Return the statement that writes an entry with its lines, and changes the rider's balance.

    It returns the entry's id once for each line; no rows if the entry exists already or has no
    amounts other than 0.
    after: the entry is written only if this part of the same statement has a row.
    """
    lines = _lines_cte(entry, after)
    return select(lines.c.entry_id).add_cte(_balances_statement(lines).cte("balance_written"))


def entry_cte(entry: LedgerEntry, after: CTE | None = None) -> CTE:
    """Return ``entry_statement`` as a part of another: ``statement.add_cte(entry_cte(...))``."""
    return _balances_statement(_lines_cte(entry, after)).cte("balance_written")


def entry_parameters_cte(accounts: Iterable[LedgerAccount], after: CTE) -> CTE:
    """Return ``entry_cte`` for a statement that is built once and executed with ``bind_entry``.

    accounts: those of the amounts that the entry may have.
    """
    columns = table(WalletEntry).c
    row = {name: bindparam(f"entry_row_{name}", type_=columns[name].type) for name in ENTRY_COLUMNS}
    amounts = {each: bindparam(f"amount_{each.value}", type_=BigInteger()) for each in accounts}
    return _balances_statement(_insert_lines_cte(row, amounts, after)).cte("balance_written")


def bind_entry(entry: LedgerEntry) -> dict[str, object]:
    """Return the values of ``entry_parameters_cte``."""
    return {
        **{f"entry_row_{name}": value for name, value in make_entry_row(entry).items()},
        **{f"amount_{account.value}": amount for account, amount in entry.amounts.items()},
    }


def _lines_cte(entry: LedgerEntry, after: CTE | None) -> CTE:
    """Return the part that writes an entry and its lines; its rows are the lines."""
    columns, values = table(WalletEntry).c, make_entry_row(entry)
    row = {name: literal(value, columns[name].type) for name, value in values.items()}
    amounts = {account: literal(amount) for account, amount in entry.amounts.items()}
    return _insert_lines_cte(row, amounts, after)


# Any: one type for each column.
def _insert_lines_cte(
    row: Mapping[str, ColumnElement[Any]],
    amounts: Mapping[LedgerAccount, ColumnElement[int]],
    after: CTE | None,
) -> CTE:
    """Return ``_lines_cte`` for the columns of an entry and the amounts of accounts. Amounts of 0
    are not written, nor is an entry that has no others."""
    source = select(*row.values()).where(or_(*(amount != 0 for amount in amounts.values())))
    if after is not None:
        source = source.select_from(after)
    entries, lines = table(WalletEntry), table(WalletLine)
    new_entry = insert(entries).from_select(list(row), source).on_conflict_do_nothing()
    written_entry = new_entry.returning(entries.c.id).cte("wallet_entry")
    null_rider = literal(None, lines.c.rider_id.type)
    line_rows = [
        select(
            row["region"],
            written_entry.c.id,
            literal(account.value),
            row["rider_id"] if account is LedgerAccount.RIDER else null_rider,
            row["currency"],
            amount,
            literal(_is_in_balance(account)),
        ).where(amount != 0)
        for account, amount in amounts.items()
    ]
    names = ["region", "entry_id", "account", "rider_id", "currency", "amount", "in_balance"]
    inserted = insert(lines).from_select(names, union_all(*line_rows))
    return inserted.returning(*lines.columns).cte("wallet_lines_written")


def _balances_statement(written_lines: CTE) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that adds lines to the balances of their riders.

    written_lines: the part that has written them, or marked them as ``in_balance``.
    """
    balances, lines = table(WalletBalance), written_lines.c
    owner = (lines.region, lines.rider_id, lines.currency)
    # A sum of integers is a decimal on CockroachDB.
    amount = cast(func.sum(lines.amount), BigInteger)
    sums = select(*owner, amount).where(lines.rider_id.is_not(None)).group_by(*owner)
    inserted = insert(balances).from_select(["region", "rider_id", "currency", "amount"], sums)
    return inserted.on_conflict_do_update(
        index_elements=["region", "rider_id", "currency"],
        set_={"amount": balances.c.amount + inserted.excluded.amount},
    ).returning(balances.c.rider_id)


def make_entry_row(entry: LedgerEntry) -> dict[str, object]:
    """Return the columns ENTRY_COLUMNS of an entry."""
    return {
        "region": entry.rider_key.region,
        "id": entry.id,
        "rider_id": entry.rider_key.id,
        "kind": entry.kind.value,
        "currency": entry.currency,
        "ride_id": entry.ride_id,
        "note": entry.note,
    }


def make_line_rows(entry: LedgerEntry) -> list[dict[str, object]]:
    """Return the columns of the lines of an entry. Who writes them changes the balance, too."""
    return [
        {
            "region": entry.rider_key.region,
            "entry_id": entry.id,
            "account": account.value,
            "rider_id": _find_line_rider_id(entry, account),
            "currency": entry.currency,
            "amount": amount,
            "in_balance": _is_in_balance(account),
        }
        for account, amount in entry.amounts.items()
        if amount
    ]


def _find_line_rider_id(entry: LedgerEntry, account: LedgerAccount) -> UUID | None:
    return entry.rider_key.id if account is LedgerAccount.RIDER else None


def _is_in_balance(account: LedgerAccount) -> bool:
    return account is LedgerAccount.RIDER


def write_entries(session: Session, entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Write many entries of one region in two statements; return them without those that exist
    already. Only here the time of an entry counts."""
    entries_by_id = {entry.id: entry for entry in entries if any(entry.amounts.values())}
    if not entries_by_id:
        return []
    rows = [make_entry_row(e) | {"at": e.at or func.now()} for e in entries_by_id.values()]
    statement = insert(table(WalletEntry)).values(rows).on_conflict_do_nothing()
    new_ids = session.scalars(statement.returning(table(WalletEntry).c.id)).all()
    if rows := [line for id_ in new_ids for line in make_line_rows(entries_by_id[id_])]:
        lines = insert(table(WalletLine)).values(rows).returning(*table(WalletLine).columns)
        session.execute(_balances_statement(lines.cte("wallet_lines_written")))
    return [entries_by_id[id_] for id_ in new_ids]


def read_entries(session: Session, ids: Collection[UUID]) -> list[LedgerEntry]:
    """Return those entries that there are, of riders of any region, with their times. Those of
    accounts that have ended are not among them."""
    rows = session.execute(entries_query(ids))
    return [
        _make_entry(RowKey(entry.region, entry.rider_id), entry, amounts)
        for entry, amounts in rows
        if entry.rider_id
    ]


def entries_query(ids: Collection[UUID]) -> Select[tuple[WalletEntry, dict[str, int]]]:
    """Return the query for entries, and for the amounts of each by account."""
    return (
        select(WalletEntry, func.jsonb_object_agg(WalletLine.account, WalletLine.amount))
        .join(
            WalletLine,
            and_(WalletLine.region == WalletEntry.region, WalletLine.entry_id == WalletEntry.id),
        )
        .where(
            WalletEntry.region.in_(sorted(list_city_regions())),
            WalletEntry.id.in_(ids),
            is_account_open_condition(RowKey._make((WalletEntry.region, WalletEntry.rider_id))),
        )
        .group_by(WalletEntry.region, WalletEntry.id)
    )


def _make_entry(rider_key: RowKey, entry: WalletEntry, amounts: dict[str, int]) -> LedgerEntry:
    by_account = {LedgerAccount(account): amount for account, amount in amounts.items()}
    return LedgerEntry(
        entry.id,
        EntryKind(entry.kind),
        rider_key,
        entry.currency,
        by_account,
        entry.ride_id,
        entry.note,
        entry.at,
    )


def add_to_balances_statement(
    region: str, limit: int, rider_id: UUID | None = None
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that adds to the balances up to ``limit`` lines of a region, or of a
    rider, that are not in them. It returns a row for each balance that changed."""
    lines = table(WalletLine)
    chosen = lines.alias("chosen")
    is_riders = (
        chosen.c.rider_id.is_not(None) if rider_id is None else chosen.c.rider_id == rider_id
    )
    keys = (
        select(chosen.c.entry_id)
        .where(chosen.c.region == region, is_riders, ~chosen.c.in_balance)
        .limit(limit)
    )
    marked = (
        update(lines)
        .where(lines.c.region == region, lines.c.entry_id.in_(keys))
        .where(lines.c.rider_id.is_not(None), ~lines.c.in_balance)
        .values(in_balance=True)
        .returning(*lines.columns)
    )
    return _balances_statement(marked.cte("marked_lines"))


def read_balances(rider_key: RowKey, session: Session | None = None) -> dict[str, int]:
    """Return the rider's balance in each currency, in minor units; negative: the rider owes it.

    session: that of the transaction whose decision depends on the balance.
    """
    rows = (session or db.session).execute(balances_query(rider_key))
    return {row.currency: row.amount for row in rows}


def balances_query(rider_key: RowKey) -> Select[tuple[str, int]]:
    """Return the query for the rider's balances: ``currency`` and ``amount``."""
    parts = _balance_parts_subquery(rider_key).c
    return (
        # A sum of integers is a decimal on CockroachDB.
        select(parts.currency, cast(func.sum(parts.amount), BigInteger).label("amount"))
        .group_by(parts.currency)
        .order_by(parts.currency)
    )


def _balance_parts_subquery(rider_key: RowKey) -> Subquery:
    """Return ``currency`` and ``amount`` of the rider's balances, and of the lines that are not in
    them yet: an older release, which may still run beside this one, keeps no balances."""
    balances, lines = table(WalletBalance), table(WalletLine)
    return union_all(
        select(balances.c.currency, balances.c.amount).where(
            key_condition(balances, rider_key, id="rider_id")
        ),
        select(lines.c.currency, lines.c.amount).where(
            key_condition(lines, rider_key, id="rider_id"), ~lines.c.in_balance
        ),
    ).subquery("balance_parts")


def is_in_debt_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that the rider's balance is negative in any currency."""
    parts = _balance_parts_subquery(rider_key)
    debts = (
        select(literal(1))
        .select_from(parts)
        .group_by(parts.c.currency)
        .having(func.sum(parts.c.amount) < 0)
    )
    return exists(debts.subquery().select())


def must_pay_first_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that the rider must pay debts before the next ride.

    Where riders cannot pay in, debts are recorded and block nobody.
    """
    return is_in_debt_condition(rider_key) if is_payment_offered() else false()
