"""The export of the ledger of owners: its entries in a city, in the order of their time."""

from typing import Any, NamedTuple

from sqlalchemy import Select, String, cast, null, select, tuple_

from webapp.auth.models import User, joined_account_condition
from webapp.db.paging import Cursor
from webapp.db.reads import read_slice
from webapp.exports.columns import (
    ExportColumn,
    ExportFilter,
    ExportTable,
    Slice,
    major_units,
    text_or_none,
)
from webapp.exports.enums import TableName
from webapp.rides.earnings.enums import COUNTER_ACCOUNTS
from webapp.rides.earnings.models import WHOLE_PRICE, OwnerLedgerEntry, RevenueShare
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Entries that one statement reads.
SLICE = 1_000


class OwnerLedgerRow(NamedTuple):
    """An entry with its owner, who is None also if persons are not read."""

    entry: OwnerLedgerEntry
    owner_username: str | None
    owner_email: str | None

    @property
    def counter_account(self) -> str | None:
        """The account that gives what the owner receives; None: a newer release knows it."""
        accounts = {kind.value: account.value for kind, account in COUNTER_ACCOUNTS.items()}
        return accounts.get(self.entry.kind)


def _read_entries(export_filter: ExportFilter, after: Cursor | None) -> Slice[OwnerLedgerRow]:
    rows = [OwnerLedgerRow(*row) for row in read_slice(entries_query(export_filter, after))]
    if len(rows) < SLICE:
        return Slice(rows, None)
    return Slice(rows, (rows[-1].entry.at, rows[-1].entry.id))


def entries_query(
    export_filter: ExportFilter, after: Cursor | None
) -> Select[Any]:  # Any: the values of an OwnerLedgerRow
    """Return the query of some entries, by their time."""
    city = export_filter.city
    conditions = [OwnerLedgerEntry.region == city.region, OwnerLedgerEntry.city == city.name]
    if export_filter.since:
        conditions.append(OwnerLedgerEntry.at >= export_filter.since)
    if export_filter.until:
        conditions.append(OwnerLedgerEntry.at < export_filter.until)
    if after:
        conditions.append(tuple_(OwnerLedgerEntry.at, OwnerLedgerEntry.id) > after)
    persons = [
        _owner_query(column)
        if export_filter.reads_persons
        else cast(null(), String).label(column.key)
        for column in (User.username, User.email)
    ]
    return (
        select(OwnerLedgerEntry, *persons)
        .where(*conditions)
        .order_by(OwnerLedgerEntry.at, OwnerLedgerEntry.id)
        .limit(SLICE)
    )


def _owner_query(column: Any) -> Any:  # Any: a column of accounts; a scalar subquery
    """Return the query for a column of the owner of an entry. Entries have no region of the owner:
    shares do."""
    return (
        select(column)
        .join(
            RevenueShare,
            joined_account_condition(RevenueShare.owner_region, RevenueShare.owner_id),
        )
        .where(
            RevenueShare.region == OwnerLedgerEntry.region,
            RevenueShare.city == OwnerLedgerEntry.city,
            RevenueShare.owner_id == OwnerLedgerEntry.owner_id,
        )
        .limit(1)
        .scalar_subquery()
    )


def find_share_percent(entry: OwnerLedgerEntry) -> float | None:
    """Return the revenue share of an entry, percent; None: it is not about a ride."""
    basis_points = entry.basis_points
    return None if basis_points is None else 100 * basis_points / WHOLE_PRICE


Column = ExportColumn[OwnerLedgerRow]
COLUMNS = (
    Column("entry_id", _l("Identifier of the entry."), lambda row: str(row.entry.id)),
    Column("at", _l("When it was recorded."), lambda row: row.entry.at),
    Column(
        "kind",
        _l("Kind of the entry: ride, refund, payout, payout_reversal, write_off."),
        lambda row: row.entry.kind,
    ),
    Column(
        "amount",
        _l("What is added to the balance of the owner; negative: what is taken from it."),
        lambda row: major_units(row.entry.amount, row.entry.currency),
    ),
    Column(
        "counter_account",
        _l("The account that gives the amount: revenue_share, bank, write_offs."),
        lambda row: row.counter_account,
    ),
    Column("currency", _l("ISO 4217 code of the amounts."), lambda row: row.entry.currency),
    Column(
        "net_price",
        _l("Price without tax that the share is of. Empty: it is not about a ride."),
        lambda row: major_units(row.entry.net_price, row.entry.currency),
    ),
    Column(
        "share_percent",
        _l("The revenue share, percent. Empty: it is not about a ride."),
        lambda row: find_share_percent(row.entry),
    ),
    Column(
        "ride_id",
        _l("Identifier of the ride. Empty: it is not about a ride."),
        lambda row: text_or_none(row.entry.ride_id),
    ),
    Column(
        "vehicle_id",
        _l("Identifier of the vehicle. Empty: it is not about a ride."),
        lambda row: text_or_none(row.entry.vehicle_id),
    ),
    Column(
        "reversed_entry_id",
        _l("The payout that a reversal takes back."),
        lambda row: text_or_none(row.entry.reversed_entry_id),
    ),
    Column(
        "note",
        _l("Reference of a payout, or why it was reversed."),
        lambda row: row.entry.note,
        Permission.VIEW_RIDERS,
    ),
    Column(
        "owner_id",
        _l("Identifier of the owner's account. Empty: it was deleted."),
        lambda row: text_or_none(row.entry.owner_id),
    ),
    Column(
        "owner_username",
        _l("Username of the owner."),
        lambda row: row.owner_username,
        Permission.VIEW_RIDERS,
    ),
    Column(
        "owner_email",
        _l("E-mail address of the owner."),
        lambda row: row.owner_email,
        Permission.VIEW_RIDERS,
    ),
)

OWNER_LEDGER = ExportTable(
    TableName.OWNER_LEDGER,
    _l("Ledger of owners"),
    _l("What owners have earned in this city and were paid, for the days you choose."),
    Permission.VIEW_EARNINGS,
    COLUMNS,
    _read_entries,
    has_time=True,
)
