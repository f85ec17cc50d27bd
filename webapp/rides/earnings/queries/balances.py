"""The balances of an owner: for each city what was earned there, less what was paid out."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.db.types import table
from webapp.regions.data_regions import list_data_regions
from webapp.rides.earnings.models import OwnerMonth
from webapp.rides.earnings.queries.sums import balance_column


class OwnerBalance(NamedTuple):
    """The balance of an owner in a city, minor units. Negative: refunds took back more than was
    earned since the last payout."""

    region: str
    city: str
    currency: str
    amount: int


def read_balances(session: Session, owner_id: UUID) -> Sequence[OwnerBalance]:
    """Return the balances of an owner that are not 0."""
    return [OwnerBalance(*row) for row in session.execute(balances_query(owner_id))]


def balances_query(owner_id: UUID) -> Select[tuple[str, str, str, int]]:
    """Return the query for the balances that are not 0: the fields of OwnerBalance."""
    months = table(OwnerMonth).c
    amount = balance_column(months)
    key = (months.region, months.city, months.currency)
    return (
        select(*key, amount)
        .where(months.region.in_(list_data_regions()), months.owner_id == owner_id)
        .group_by(*key)
        .having(amount != 0)
        .order_by(months.city)
    )
