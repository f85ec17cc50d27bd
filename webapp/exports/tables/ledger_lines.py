"""The lines of ledger entries, and the columns that both exports of the riders' ledger have."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from webapp.exports.columns import ExportColumn, major_units, text_or_none
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


class LedgerEntry(Protocol):
    """An entry with the amounts of its lines."""

    @property
    def entry_id(self) -> UUID | None: ...
    @property
    def at(self) -> datetime | None: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def ride_id(self) -> UUID | None: ...
    @property
    def note(self) -> str | None: ...
    @property
    def amounts(self) -> Mapping[str, int] | None:
        """Minor units by account."""


EntryT = TypeVar("EntryT", bound=LedgerEntry)


class LedgerLine(NamedTuple, Generic[EntryT]):
    """A line of an entry."""

    entry: EntryT
    account: str
    #: Minor units.
    amount: int


def list_lines(entries: Iterable[EntryT]) -> list[LedgerLine[EntryT]]:
    """Return the lines of entries, by account."""
    return [
        LedgerLine(entry, account, amount)
        for entry in entries
        for account, amount in sorted((entry.amounts or {}).items())
    ]


Column = ExportColumn[LedgerLine[Any]]  # Any: the entries of either export
LINE_COLUMNS = (
    Column("entry_id", _l("Identifier of the entry."), lambda row: str(row.entry.entry_id)),
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
        lambda row: text_or_none(row.entry.ride_id),
    ),
    Column(
        "note",
        _l("The reason that staff gave."),
        lambda row: row.entry.note,
        Permission.VIEW_RIDERS,
    ),
)
