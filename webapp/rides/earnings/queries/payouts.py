"""A payout to an owner, and whether it was reversed."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, String, Uuid, cast, exists, func, select
from sqlalchemy.orm import Load

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.data_regions import list_data_regions
from webapp.regions.models import City
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import OwnerLedgerEntry


class OwnerPayoutDetails(NamedTuple):
    """A payout that staff look at."""

    owner: User
    entry: OwnerLedgerEntry
    is_reversed: bool

    @property
    def amount(self) -> int:
        """What was paid, minor units."""
        return -self.entry.amount


def find_payout(city: City, owner_key: RowKey, payout_id: UUID) -> OwnerPayoutDetails:
    """Return a payout to an owner in a city; raises NotFound."""
    row = db.session.execute(payout_query(city, owner_key, payout_id)).first()
    if row is None:
        raise NotFound
    return OwnerPayoutDetails(*row)


def payout_query(
    city: City, owner_key: RowKey, payout_id: UUID
) -> Select[Any]:  # Any: of several types
    """Return the query of the fields of OwnerPayoutDetails."""
    return (
        select(User, OwnerLedgerEntry, is_reversed_condition(table(OwnerLedgerEntry)))
        .join(OwnerLedgerEntry, OwnerLedgerEntry.owner_id == User.id)
        .where(
            key_condition(User, owner_key),
            payout_condition(table(OwnerLedgerEntry), city, owner_key.id, payout_id),
        )
        .options(Load(User).lazyload("*"))
    )


def payout_condition(
    entries: FromClause, city: City, owner_id: UUID, payout_id: UUID
) -> ColumnElement[bool]:
    """Select a payout to an owner in a city, also where the city was before it moved."""
    return (
        entry_id_condition(entries, payout_id)
        & (entries.c.kind == OwnerLedgerEntryKind.PAYOUT.value)
        & (entries.c.city == city.name)
        & (entries.c.owner_id == owner_id)
    )


def entry_id_condition(
    entries: FromClause, entry_id: UUID | ColumnElement[UUID]
) -> ColumnElement[bool]:
    """Select an entry by its id, in all regions."""
    return entries.c.region.in_(list_data_regions()) & (entries.c.id == entry_id)


def is_reversed_condition(payouts: FromClause) -> ColumnElement[bool]:
    """Return whether a payout is reversed."""
    reversals = table(OwnerLedgerEntry).alias("reversal")
    return exists().where(entry_id_condition(reversals, reversal_id_column(payouts.c.id)))


def reversal_id_column(payout_id: ColumnElement[UUID]) -> ColumnElement[UUID]:
    """Return the id of the entry that reverses a payout: there is one at most."""
    return cast(func.md5(cast(payout_id, String) + " reversal"), Uuid())
