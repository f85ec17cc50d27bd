"""The statement of an owner in a city: what was earned by month, and what was paid out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    String,
    cast,
    exists,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Load

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.money import format_plain_amount
from webapp.regions.models import City
from webapp.rides.earnings.models import OwnerLedgerEntry, OwnerMonth, RevenueShare
from webapp.rides.earnings.queries.earnings import MonthEarnings
from webapp.rides.earnings.queries.sums import sum_columns

#: Payouts that a statement lists, the newest.
MAX_PAYOUTS = 500
CSV_COLUMNS = (
    "month", "what", "rides", "net_price", "amount", "currency", "paid_at", "reference",
)  # fmt: skip


class ListedPayout(NamedTuple):
    """What was paid. amount: minor units."""

    at: datetime
    reference: str
    amount: int


@dataclass(frozen=True)
class OwnerStatement:
    """What an owner has earned and got in a city, the newest first."""

    owner: User
    city: City
    months: list[MonthEarnings]
    payouts: list[ListedPayout]

    @property
    def balance(self) -> int:
        """What was earned and not paid out yet, minor units."""
        return sum(each.earned - each.paid for each in self.months)


def read_statement(city: City, owner_key: RowKey) -> OwnerStatement:
    """Return the statement of an owner; raises NotFound where there was no share."""
    rows = db.session.execute(statement_query(city, owner_key)).all()
    if not rows:
        raise NotFound
    months = [
        MonthEarnings(row.month, city.currency, row.rides, row.net_price, row.earned, row.paid)
        for row in rows
        if row.part == "month"
    ]
    payouts = [
        ListedPayout(row.at, row.reference, row.paid) for row in rows if row.part == "payout"
    ]
    return OwnerStatement(rows[0].User, city, months, payouts)


def statement_query(city: City, owner_key: RowKey) -> Select[Any]:  # Any: of several types
    """Return the query for an owner with a row for each month and payout; with one row of NULL if
    there is neither."""
    months, entries, shares = table(OwnerMonth).c, table(OwnerLedgerEntry).c, table(RevenueShare)
    sums = select(
        literal("month").label("part"),
        months.month,
        cast(null(), DateTime(timezone=True)).label("at"),
        cast(null(), String).label("reference"),
        *sum_columns(months),
    ).where(*_own_conditions(months, city, owner_key))
    none = literal(0, BigInteger)
    payouts = (
        select(
            literal("payout"), entries.month, entries.at, entries.note,
            none, none, none, -entries.amount,
        )
        .where(*_own_conditions(entries, city, owner_key), entries.vehicle_id.is_(None))
        .order_by(entries.at.desc(), entries.id.desc())
        .limit(MAX_PAYOUTS)
    )  # fmt: skip
    parts = union_all(sums.group_by(months.month), payouts).subquery("part")
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
        .order_by(parts.c.month.desc().nulls_last(), parts.c.at.desc().nulls_last())
        .options(Load(User).lazyload("*"))
    )


def _own_conditions(rows: Any, city: City, owner_key: RowKey) -> list[ColumnElement[bool]]:
    return [rows.region == city.region, rows.owner_id == owner_key.id, rows.city == city.name]


def list_csv_rows(statement: OwnerStatement) -> Iterator[dict[str, object]]:
    """Yield the rows of the file: the months, then the payouts, which are negative."""
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
    for payout in statement.payouts:
        paid_at = payout.at.astimezone(city.zone)
        yield {
            **empty,
            "month": f"{paid_at:%Y-%m}",
            "what": "payout",
            "amount": amount(-payout.amount),
            "currency": city.currency,
            "paid_at": paid_at,
            "reference": payout.reference,
        }
