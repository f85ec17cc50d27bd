"""The export of the general ledger: the lines of all entries of a region, by their time."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_

from webapp.db.paging import Cursor
from webapp.db.reads import read_slice
from webapp.db.types import table
from webapp.exports.columns import ExportColumn, ExportFilter, ExportTable, Slice, text_or_none
from webapp.exports.enums import TableName
from webapp.exports.tables.ledger_lines import LINE_COLUMNS, LedgerLine, list_lines
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Entries that one statement reads.
SLICE = 1_000


class _Entry(NamedTuple):
    region: str
    at: datetime
    entry_id: UUID
    kind: str
    currency: str
    rider_id: UUID | None
    ride_id: UUID | None
    note: str
    #: Minor units by account.
    amounts: dict[str, int] | None


def _read_lines(export_filter: ExportFilter, after: Cursor | None) -> Slice[LedgerLine[_Entry]]:
    entries = list(map(_Entry._make, read_slice(general_ledger_query(export_filter, after))))
    lines = list_lines(entries)
    if len(entries) < SLICE:
        return Slice(lines, None)
    return Slice(lines, (entries[-1].at, entries[-1].entry_id))


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


Column = ExportColumn[LedgerLine[_Entry]]
COLUMNS = (
    *LINE_COLUMNS,
    Column(
        "rider_id",
        _l("Identifier of the rider's account. Empty: it was deleted."),
        lambda row: text_or_none(row.entry.rider_id),
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
