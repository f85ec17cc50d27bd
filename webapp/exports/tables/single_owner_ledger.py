"""An owner's own ledger in a city: first what rides have earned, month by month, then payouts.

Of a ride it says the month and the price without tax, and never when it was, nor where or by whom.
"""

from datetime import date
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select, tuple_

from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor
from webapp.db.reads import read_slice
from webapp.exports.columns import ExportColumn, ExportFilter, ExportTable, Slice, major_units
from webapp.exports.enums import TableName
from webapp.exports.tables.owner_ledger import find_share_percent
from webapp.fleet.models import Vehicle
from webapp.rides.earnings.models import OwnerLedgerEntry
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Entries that one statement reads.
SLICE = 1_000
#: The columns in whose order entries about rides are read, as in ix_owner_entries_vehicle.
RIDE_ORDER = ("month", "vehicle_id", "at", "id")
#: Those of payouts, as in ix_owner_entries_payout.
PAYOUT_ORDER = ("at", "id")


class SingleOwnerLedgerRow(NamedTuple):
    """An entry. vehicle_code: of a vehicle that still is the owner's."""

    entry: OwnerLedgerEntry
    vehicle_code: str | None


def make_single_owner_ledger(owner_key: RowKey) -> ExportTable[SingleOwnerLedgerRow]:
    """Return the table of the ledger of one owner. Who asks for it must be that owner."""
    return ExportTable(
        TableName.OWNER_LEDGER,
        _l("Your ledger"),
        _l("What you have earned in this city and were paid."),
        Permission.VIEW_EARNINGS,  # no staff: the page is the owner's own
        COLUMNS,
        partial(_read_entries, owner_key),
    )


def _read_entries(
    owner_key: RowKey, export_filter: ExportFilter, after: Cursor | None
) -> Slice[SingleOwnerLedgerRow]:
    """Return a slice of the entries about rides; when these are all read, of the others."""
    is_about_rides = after is None or len(after) == len(RIDE_ORDER)
    order = RIDE_ORDER if is_about_rides else PAYOUT_ORDER
    query = single_owner_entries_query(owner_key, export_filter, order, after or None)
    rows = [SingleOwnerLedgerRow(*row) for row in read_slice(query)]
    if len(rows) == SLICE:
        return Slice(rows, tuple(getattr(rows[-1].entry, name) for name in order))
    return Slice(rows, () if is_about_rides else None)


def single_owner_entries_query(
    owner_key: RowKey, export_filter: ExportFilter, order: tuple[str, ...], after: Cursor | None
) -> Select[Any]:  # Any: the values of a SingleOwnerLedgerRow
    """Return the query of some entries of an owner: those about rides, or the others."""
    columns = [getattr(OwnerLedgerEntry, name) for name in order]
    is_about_ride = OwnerLedgerEntry.vehicle_id.is_not(None)
    query = (
        select(OwnerLedgerEntry, Vehicle.code)
        .outerjoin(Vehicle, _is_own_vehicle(owner_key))
        .where(
            OwnerLedgerEntry.region == export_filter.city.region,
            OwnerLedgerEntry.owner_id == owner_key.id,
            OwnerLedgerEntry.city == export_filter.city.name,
            is_about_ride if order == RIDE_ORDER else ~is_about_ride,
        )
        .order_by(*(column.nulls_last() for column in columns))  # none is NULL
        .limit(SLICE)
    )
    return query.where(tuple_(*columns) > tuple_(*after)) if after else query


def _is_own_vehicle(owner_key: RowKey) -> ColumnElement[bool]:
    return and_(
        Vehicle.region == OwnerLedgerEntry.region,
        Vehicle.id == OwnerLedgerEntry.vehicle_id,
        key_condition(Vehicle, owner_key, "owner_region", "owner_id"),
    )


def _read_month(row: SingleOwnerLedgerRow) -> str:
    month: date = row.entry.month
    return f"{month:%Y-%m}"


Column = ExportColumn[SingleOwnerLedgerRow]
COLUMNS = (
    Column("month", _l("Month of the entry, by the clocks of the city."), _read_month),
    Column(
        "kind",
        _l("Kind of the entry: ride, refund, payout, payout_reversal, write_off."),
        lambda row: row.entry.kind,
    ),
    Column(
        "amount",
        _l("What is added to your balance; negative: what is taken from it."),
        lambda row: major_units(row.entry.amount, row.entry.currency),
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
        "vehicle_code",
        _l("The code on the vehicle. Empty: it is not about a ride, or the vehicle is not yours."),
        lambda row: row.vehicle_code,
    ),
    Column(
        "recorded_at",
        _l("When a payout or its reversal was recorded. Empty: it is about a ride."),
        lambda row: None if row.entry.vehicle_id else row.entry.at,
    ),
    Column(
        "reference",
        _l("Reference of a payout, or why it was reversed."),
        lambda row: row.entry.note or None,
    ),
)
