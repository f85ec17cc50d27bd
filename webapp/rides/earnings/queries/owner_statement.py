"""The statement of an owner in a city: what was earned by month, and what was paid out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Select,
    String,
    Uuid,
    cast,
    exists,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Load

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.money import format_plain_amount
from webapp.regions.models import City
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import OwnerLedgerEntry, OwnerMonth, RevenueShare
from webapp.rides.earnings.queries.earnings import MonthEarnings
from webapp.rides.earnings.queries.payouts import reversal_id_column
from webapp.rides.earnings.queries.sums import SUMS, owner_conditions, sum_columns

#: Payouts that one statement of a file reads.
BATCH = 500
CSV_COLUMNS = (
    "month", "what", "rides", "net_price", "amount", "currency", "recorded_at", "reference",
)  # fmt: skip


class ListedPayout(NamedTuple):
    """A payout, or the reversal of one."""

    id: UUID
    at: datetime
    #: A member of OwnerLedgerEntryKind.
    kind: str
    #: Of a reversal: why.
    reference: str
    #: Minor units, negative: the reversal of a payout.
    amount: int
    #: When the payout was reversed; None: it was not.
    reversed_at: datetime | None

    @property
    def is_reversal(self) -> bool:
        return self.kind == OwnerLedgerEntryKind.PAYOUT_REVERSAL


@dataclass(frozen=True)
class OwnerStatement:
    """What an owner has earned and got in a city, the newest first."""

    owner: User
    city: City
    months: list[MonthEarnings]
    #: One page of them.
    payouts: Page[ListedPayout]

    @property
    def balance(self) -> int:
        """What was earned and not paid out yet, minor units."""
        return sum(each.earned - each.paid for each in self.months)


def read_statement(
    city: City, owner_key: RowKey, after: Cursor | None = None, size: int | None = None
) -> OwnerStatement:
    """Return the statement of an owner; raises NotFound where there was no share.

    after: where the page of payouts before this one has ended. size: of a page; by default that of
        lists.
    """
    size = size or page_size()
    rows = db.session.execute(statement_query(city, owner_key, after, size + 1)).all()
    if not rows:
        raise NotFound
    months = [
        MonthEarnings(row.month, city.currency, *(getattr(row, name) for name in SUMS))
        for row in rows
        if row.month
    ]
    payouts = [
        ListedPayout(row.id, row.at, row.kind, row.reference, row.paid, row.reversed_at)
        for row in rows
        if row.at
    ]
    page = make_page(payouts, lambda payout: (payout.at, payout.id), size)
    return OwnerStatement(rows[0].User, city, months, page)


def statement_query(
    city: City, owner_key: RowKey, after: Cursor | None, limit: int
) -> Select[Any]:  # Any: of several types
    """Return the query for an owner with a row for each month and payout; with one row of NULL if
    there is neither."""
    months, shares = table(OwnerMonth).c, table(RevenueShare)
    sums = (
        select(
            months.month,
            *sum_columns(months),
            cast(null(), Uuid).label("id"),
            cast(null(), DateTime(timezone=True)).label("at"),
            cast(null(), String).label("kind"),
            cast(null(), String).label("reference"),
            cast(null(), DateTime(timezone=True)).label("reversed_at"),
        )
        .where(*owner_conditions(months, city, owner_key.id))
        .group_by(months.month)
    )
    parts = union_all(sums, _payouts_query(city, owner_key, after, limit)).subquery("part")
    has_share = exists().where(
        shares.c.region == city.region,
        shares.c.city == city.name,
        key_condition(shares, owner_key, "owner_region", "owner_id"),
    )
    return (
        select(User, *parts.c)
        .select_from(User)
        .outerjoin(parts, true())
        .where(key_condition(User, owner_key), has_share)
        .order_by(parts.c.month.desc().nulls_last(), parts.c.at.desc(), parts.c.id.desc())
        .options(Load(User).lazyload("*"))
    )


def _payouts_query(
    city: City, owner_key: RowKey, after: Cursor | None, limit: int
) -> Select[Any]:  # Any: of several types
    """Return the query for payouts with the columns of a month, which are NULL or 0."""
    entries = table(OwnerLedgerEntry).c
    reversals = table(OwnerLedgerEntry).alias("reversal")
    reversed_at = (
        select(reversals.c.at)
        .where(reversals.c.region == entries.region)
        .where(reversals.c.id == reversal_id_column(entries.id))
        .scalar_subquery()
    )
    none = literal(0, BigInteger)
    query = (
        select(
            null(), none, none, none, -entries.amount,
            entries.id, entries.at, entries.kind, entries.note, reversed_at,
        )
        .where(*owner_conditions(entries, city, owner_key.id), entries.vehicle_id.is_(None))
        .order_by(entries.at.desc(), entries.id.desc())
        .limit(limit)
    )  # fmt: skip
    return query.where(tuple_(entries.at, entries.id) < tuple_(*after)) if after else query


def list_csv_rows(city: City, owner_key: RowKey) -> Iterator[dict[str, object]]:
    """Yield the rows of the file: the months, then the payouts, which are negative. One statement
    for each ``BATCH`` of payouts.

    Raises NotFound where there was no share.
    """
    statement = read_statement(city, owner_key, size=BATCH)
    return _iterate_csv_rows(statement, owner_key)


def _iterate_csv_rows(statement: OwnerStatement, owner_key: RowKey) -> Iterator[dict[str, object]]:
    city = statement.city

    def amount(minor_units: int) -> Decimal:
        return Decimal(format_plain_amount(minor_units, city.currency))

    empty = dict.fromkeys(CSV_COLUMNS)
    for month in statement.months:
        yield {
            **empty,
            "month": f"{month.month:%Y-%m}",
            "what": "earned",
            "rides": month.rides,
            "net_price": amount(month.net_price),
            "amount": amount(month.earned),
            "currency": city.currency,
        }
    for payout in _iterate_payouts(statement, owner_key):
        recorded_at = payout.at.astimezone(city.zone)
        yield {
            **empty,
            "month": f"{recorded_at:%Y-%m}",
            "what": payout.kind,
            "amount": amount(-payout.amount),
            "currency": city.currency,
            "recorded_at": recorded_at,
            "reference": payout.reference,
        }


def _iterate_payouts(statement: OwnerStatement, owner_key: RowKey) -> Iterator[ListedPayout]:
    page = statement.payouts
    yield from page.rows
    while page.after:
        last = page.rows[-1]
        page = read_statement(statement.city, owner_key, (last.at, last.id), BATCH).payouts
        yield from page.rows
