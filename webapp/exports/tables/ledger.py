"""The export of the ledger: the lines of the entries of a city's riders, rider by rider.

Entries have no city and no index by time: those of a region are read by their riders.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    Subquery,
    cast,
    func,
    null,
    or_,
    select,
    true,
    tuple_,
)

from webapp.auth.models import User
from webapp.db.paging import Cursor
from webapp.db.reads import read_slice
from webapp.db.types import table
from webapp.exports.columns import ExportColumn, ExportFilter, ExportTable, Slice
from webapp.exports.enums import TableName
from webapp.exports.tables.ledger_lines import LINE_COLUMNS, LedgerLine, list_lines
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Riders that one statement looks at, and entries that it reads, at most.
RIDERS, ENTRIES = 500, 1_000


class _Entry(NamedTuple):
    """An entry of a rider; of one without entries all but the rider is None."""

    registered_at: datetime
    rider_id: UUID
    #: None if persons are not read.
    username: str | None
    email: str | None
    at: datetime | None
    entry_id: UUID | None
    kind: str | None
    currency: str | None
    ride_id: UUID | None
    note: str | None
    #: Minor units by account.
    amounts: dict[str, int] | None


def _read_lines(export_filter: ExportFilter, after: Cursor | None) -> Slice[LedgerLine[_Entry]]:
    entries = [_Entry(*row) for row in read_slice(ledger_query(export_filter, after))]
    lines = list_lines(entries)
    return Slice(lines, _find_next(entries))


def _find_next(entries: list[_Entry]) -> Cursor | None:
    """Return where the next slice begins: within the entries of a rider, or after a rider."""
    if len(entries) == ENTRIES:
        last = entries[-1]
        return last.registered_at, last.rider_id, last.at, last.entry_id
    if len({entry.rider_id for entry in entries}) == RIDERS:
        return entries[-1].registered_at, entries[-1].rider_id, None, None
    return None


def ledger_query(
    export_filter: ExportFilter, after: Cursor | None
) -> Select[Any]:  # Any: the values of an _Entry
    """Return the query of the entries of some riders with the amounts of their lines."""
    entries, lines = _entries_subquery(export_filter, after), table(WalletLine).c
    amounts = (
        select(func.json_object_agg(lines.account, lines.amount))
        .where(lines.region == export_filter.city.region, lines.entry_id == entries.c.entry_id)
        .scalar_subquery()
    )
    return select(entries, amounts).order_by(
        entries.c.registered_at, entries.c.rider_id, entries.c.at, entries.c.entry_id
    )


def _entries_subquery(export_filter: ExportFilter, after: Cursor | None) -> Subquery:
    riders, entries = _riders_cte(export_filter, after), table(WalletEntry).c
    region, rider_id = export_filter.city.region, riders.c.rider_id
    conditions = [entries.region == region, entries.rider_id == rider_id]
    if export_filter.since:
        conditions.append(entries.at >= export_filter.since)
    if export_filter.until:
        conditions.append(entries.at < export_filter.until)
    if after and after[2]:
        is_later = tuple_(entries.at, entries.id) > tuple_(*after[2:])
        conditions.append(or_(rider_id != after[1], is_later))
    # Of each rider by itself: a join may read all entries of the region.
    of_rider = (
        select(
            entries.at,
            entries.id.label("entry_id"),
            entries.kind,
            entries.currency,
            entries.ride_id,
            entries.note,
        )
        .where(*conditions)
        .order_by(entries.at, entries.id)
        .limit(ENTRIES)
        .lateral("of_rider")
    )
    return (
        select(riders, of_rider)
        .select_from(riders.outerjoin(of_rider, true()))
        .order_by(riders.c.registered_at, rider_id, of_rider.c.at, of_rider.c.entry_id)
        .limit(ENTRIES)
        .subquery()
    )


def _riders_cte(export_filter: ExportFilter, after: Cursor | None) -> CTE:
    city, users = export_filter.city, table(User).c
    persons: list[ColumnElement[str]] = [users.username, users.email]
    if not export_filter.reads_persons:
        persons = [cast(null(), String).label(name) for name in ("username", "email")]
    query = (
        select(users.created_at.label("registered_at"), users.id.label("rider_id"), *persons)
        .where(users.region == city.region, users.city == city.name)
        .order_by(users.created_at, users.id)
        .limit(RIDERS)
    )
    if after:
        rider, start = tuple_(users.created_at, users.id), tuple_(*after[:2])
        query = query.where(rider >= start if after[2] else rider > start)
    return query.cte("riders")


Column = ExportColumn[LedgerLine[_Entry]]
COLUMNS = (
    *LINE_COLUMNS,
    Column(
        "rider_id", _l("Identifier of the rider's account."), lambda row: str(row.entry.rider_id)
    ),
    Column(
        "rider_username",
        _l("Username of the rider."),
        lambda row: row.entry.username,
        Permission.VIEW_RIDERS,
    ),
    Column(
        "rider_email",
        _l("E-mail address of the rider."),
        lambda row: row.entry.email,
        Permission.VIEW_RIDERS,
    ),
)

LEDGER = ExportTable(
    TableName.LEDGER,
    _l("Ledger"),
    _l(
        "The ledger entries of riders whose home is this city, for the days you choose. Entries of"
        " deleted accounts belong to no city and are left out."
    ),
    Permission.VIEW_LEDGER,
    COLUMNS,
    _read_lines,
    has_time=True,
)
