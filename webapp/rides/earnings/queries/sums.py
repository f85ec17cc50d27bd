"""The sums of the ledger of owners: what an entry adds to its month, and balances."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, case, cast, func, select

from webapp.db.types import table
from webapp.regions.models import City
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import OwnerMonth

#: The columns of a month that are sums of entries.
SUMS = ("rides", "net_price", "earned", "paid")


# Any: the columns of a table or of a part of a statement.
def entry_amounts(entry: Any) -> dict[str, ColumnElement[int]]:
    """Return what an entry adds to each of the ``SUMS`` of its month."""
    is_ride = entry.kind == OwnerLedgerEntryKind.RIDE.value
    is_of_ride = entry.vehicle_id.is_not(None)
    return {
        "rides": case((is_ride, 1), else_=0),
        "net_price": func.coalesce(entry.net_price, 0),
        "earned": case((is_of_ride, entry.amount), else_=0),
        "paid": case((is_of_ride, 0), else_=-entry.amount),
    }


def sum_columns(rows: Any, names: Collection[str] = SUMS) -> Iterator[ColumnElement[int]]:
    """Yield the sum of each of these columns over rows, which may be ``entry_amounts``."""
    # A sum of integers is a decimal on CockroachDB.
    return (cast(func.sum(rows[name]), BigInteger).label(name) for name in names)


def owner_conditions(rows: Any, city: City, owner_id: UUID) -> list[ColumnElement[bool]]:
    """Return the conditions for the entries or the months of an owner in a city."""
    return [rows.region == city.region, rows.owner_id == owner_id, rows.city == city.name]


def balance_column(months: Any) -> ColumnElement[int]:
    """Return what was earned less what was paid out, over months."""
    # A sum of integers is a decimal on CockroachDB.
    return cast(func.coalesce(func.sum(months.earned - months.paid), 0), BigInteger)


# Any: columns, or values.
def balance_query(city_name: Any, owner_id: Any, regions: Collection[Any]) -> ScalarSelect[int]:
    """Return the query for the balance of an owner in a city, minor units.

    regions: where it looks. While the city moves its months are in two: what decides about money
        looks in all (``list_data_regions``).
    """
    months = table(OwnerMonth).alias("balance")
    return (
        select(balance_column(months.c))
        .where(
            months.c.region.in_(regions),
            months.c.owner_id == owner_id,
            months.c.city == city_name,
        )
        .scalar_subquery()
    )
