"""What is owed to owners: for each city what was earned there, less what was paid out."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ScalarSelect, Select, cast, func, select
from sqlalchemy.orm import Session

from webapp.db.types import table
from webapp.regions.data_regions import list_data_regions
from webapp.regions.models import City
from webapp.rides.earnings.models import OwnerMonth


class OwnerBalance(NamedTuple):
    """What is owed to an owner in a city, minor units. Negative: refunds took back more than was
    earned since the last payout."""

    region: str
    city: str
    currency: str
    amount: int


def read_balances(session: Session, owner_id: UUID) -> Sequence[OwnerBalance]:
    """Return what is owed to an owner, in each city that is not settled."""
    return [OwnerBalance(*row) for row in session.execute(balances_query(owner_id))]


def balances_query(owner_id: UUID) -> Select[tuple[str, str, str, int]]:
    """Return the query for the balances that are not 0: the fields of OwnerBalance."""
    months = table(OwnerMonth).c
    # A sum of integers is a decimal on CockroachDB.
    amount = cast(func.sum(months.earned - months.paid), BigInteger)
    key = (months.region, months.city, months.currency)
    return (
        select(*key, amount)
        .where(months.region.in_(list_data_regions()), months.owner_id == owner_id)
        .group_by(*key)
        .having(amount != 0)
        .order_by(months.city)
    )


# Any: a column, or a value.
def due_query(city: City, owner_id: Any, regions: Collection[str]) -> ScalarSelect[int]:
    """Return the query for what is owed to an owner in a city, minor units.

    regions: where it looks. While the city moves its months are in two: what decides about money
        looks in all (``list_data_regions``).
    """
    months = table(OwnerMonth).alias("due")
    amount = func.coalesce(func.sum(months.c.earned - months.c.paid), 0)
    # A sum of integers is a decimal on CockroachDB.
    return (
        select(cast(amount, BigInteger))
        .where(
            months.c.region.in_(regions),
            months.c.owner_id == owner_id,
            months.c.city == city.name,
        )
        .scalar_subquery()
    )
