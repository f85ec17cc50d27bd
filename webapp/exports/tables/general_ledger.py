"""The export of the general ledger: the lines of all entries of a region, by their time."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_

from webapp.db.paging import Cursor
from webapp.db.reads import read_slice
from webapp.db.types import table
from webapp.exports.columns import ExportColumn, ExportFilter, ExportTable, Slice, major_units
from webapp.exports.enums import TableName
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Entries that one statement reads.
SLICE = 1_000


class _Entry(NamedTuple):
    region: str
    at: datetime
    id: UUID
    kind: str
    currency: str
    rider_id: UUID | None
    ride_id: UUID | None
    note: str
    #: Minor units by account.
    amounts: dict[str, int] | None


class GeneralLedgerRow(NamedTuple):
    """A line of an entry."""

    entry: _Entry
    account: str
    #: Minor units.
    amount: int


def _read_lines(export_filter: ExportFilter, after: Cursor | None) -> Slice[GeneralLedgerRow]:
    entries = list(map(_Entry._make, read_slice(general_ledger_query(export_filter, after))))
    lines = [
        GeneralLedgerRow(entry, account, amount)
        for entry in entries
        for account, amount in sorted((entry.amounts or {}).items())
    ]
    if len(entries) < SLICE:
        return Slice(lines, None)
    return Slice(lines, (entries[-1].at, entries[-1].id))


def general_ledger_query(
    export_filter: ExportFilter, after: Cursor | None
) -> Select[Any]:  # Any: the values of an _Entry
    """Return the query of some entries of a region with the amounts of their lines."""
    entries, lines = table(WalletEntry).c, table(WalletLine).c
    conditions = [entries.region == export_filter.city.region]
    if export_filter.since:
        conditions.append(entries.at >= export_filter.since)
    if export_filter.until:
        conditions.append(entries.at < export_filter.until)
    if after:
        conditions.append(tuple_(entries.at, entries.id) > after)
    amounts = (
        select(func.json_object_agg(lines.account, lines.amount))
        .where(lines.region == entries.region, lines.entry_id == entries.id)
        .scalar_subquery()
    )
    names = ("region", "at", "id", "kind", "currency", "rider_id", "ride_id", "note")
    return (
        select(*(entries[name] for name in names), amounts)
        .where(*conditions)
        .order_by(entries.at, entries.id)
        .limit(SLICE)
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


Column = ExportColumn[GeneralLedgerRow]
COLUMNS = (
    Column("entry_id", _l("Identifier of the entry."), lambda row: str(row.entry.id)),
    Column("at", _l("When it was recorded."), lambda row: row.entry.at),
    Column(
        "kind",
        _l("Kind of the entry: ride, hold (a longer reservation), top_up, payout, refund, credit."),
        lambda row: row.entry.kind,
    ),
    Column(
        "account",
        _l("Account of the ledger: rider, revenue, tax, provider, promotions."),
        lambda row: row.account,
    ),
    Column(
        "amount",
        _l(
            "What the account receives; negative: what it gives. The lines of an entry add up to 0."
        ),
        lambda row: major_units(row.amount, row.entry.currency),
    ),
    Column("currency", _l("ISO 4217 code of the amount."), lambda row: row.entry.currency),
    Column(
        "ride_id",
        _l("Identifier of the ride. Empty: it is not about a ride."),
        lambda row: _text(row.entry.ride_id),
    ),
    Column(
        "note",
        _l("The reason that staff gave."),
        lambda row: row.entry.note,
        Permission.VIEW_RIDERS,
    ),
    Column(
        "rider_id",
        _l("Identifier of the rider's account. Empty: it was deleted."),
        lambda row: _text(row.entry.rider_id),
    ),
    Column("region", _l("The region of the entry."), lambda row: str(row.entry.region)),
)

GENERAL_LEDGER = ExportTable(
    TableName.GENERAL_LEDGER,
    _l("General ledger"),
    _l(
        "All ledger entries of riders in the region of this city, also of deleted accounts, for the"
        " days you choose. For staff of all cities."
    ),
    Permission.VIEW_LEDGER,
    COLUMNS,
    _read_lines,
    has_time=True,
    in_all_cities=True,
)
