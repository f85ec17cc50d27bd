"""Revenue shares: which one holds, the owners of a city, and the shares of one of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal, select, tuple_
from sqlalchemy.orm import Load

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.reads import find_in_any_region
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.data_regions import list_data_regions
from webapp.regions.models import City
from webapp.rides.earnings.models import RevenueShare
from webapp.rides.earnings.queries.sums import balance_query

#: Shares that the page of an owner lists.
MAX_LISTED = 50


class ListedOwner(NamedTuple):
    """An owner with the share that holds in a city, and the next one, if that is set already."""

    owner: User
    basis_points: int
    next_basis_points: int | None
    next_valid_from: datetime | None
    #: Minor units; a part of it while the city moves.
    balance: int


# Any: columns, which may be NULL.
def share_query(
    region: Any, city: Any, owner_id: Any, moment: ColumnElement[datetime]
) -> ScalarSelect[int]:
    """Return the query for the basis points that hold at a moment; NULL: none was set."""
    shares = table(RevenueShare).alias("share")
    return (
        select(shares.c.basis_points)
        .where(
            shares.c.region == region,
            shares.c.city == city,
            shares.c.owner_id == owner_id,
            shares.c.valid_from <= moment,
        )
        .order_by(shares.c.valid_from.desc(), shares.c.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def list_owners(city: City, after: Cursor | None) -> Page[ListedOwner]:
    """Return one page of the owners who have or had a share in a city."""
    page = make_page(
        db.session.execute(owners_query(city, after)).all(), lambda row: (row.owner_id,)
    )
    return Page([ListedOwner(*row[1:]) for row in page.rows if row.User], page.after)


def owners_query(city: City, after: Cursor | None) -> Select[Any]:  # Any: of several types
    """Return the query of the next owners by id, one more than a page has: the id, and the fields
    of ListedOwner, which are NULL if the account has ended."""
    shares = table(RevenueShare).c
    owners_of_city = (
        select(shares.owner_id, shares.owner_region)
        .where(shares.region == city.region, shares.city == city.name)
        .distinct()
        .order_by(shares.owner_id, shares.owner_region)
        .limit(page_size() + 1)
    )
    if after:
        owners_of_city = owners_of_city.where(shares.owner_id > after[0])
    owners = owners_of_city.subquery("owner")
    later = table(RevenueShare).alias("later")
    next_share = (
        select(later.c.basis_points, later.c.valid_from)
        .where(
            later.c.region == city.region,
            later.c.city == city.name,
            later.c.owner_id == owners.c.owner_id,
            later.c.valid_from > func.now(),
        )
        .order_by(later.c.valid_from, later.c.created_at.desc())
        .limit(1)
        .lateral("next_share")
    )
    current = share_query(city.region, city.name, owners.c.owner_id, func.now())
    return (
        select(
            owners.c.owner_id,
            User,
            func.coalesce(current, 0),
            next_share.c.basis_points,
            next_share.c.valid_from,
            balance_query(city.name, owners.c.owner_id, [city.region]),
        )
        .select_from(owners)
        .outerjoin(User, joined_account_condition(owners.c.owner_region, owners.c.owner_id))
        .outerjoin(next_share, literal(True))
        .order_by(owners.c.owner_id)
        .options(Load(User).lazyload("*"))
    )


@dataclass(frozen=True)
class OwnerShares:
    """The shares and the balance of an owner in a city."""

    owner: User
    #: The last one first; ``MAX_LISTED`` at most.
    shares: list[RevenueShare]
    #: Of the database's clock.
    moment: datetime
    #: Minor units.
    balance: int

    @property
    def basis_points(self) -> int:
        """The share that holds now."""
        current = (each for each in self.shares if each.valid_from <= self.moment)
        return next((each.basis_points for each in current), 0)


def find_owner_shares(city: City, owner_key: RowKey) -> OwnerShares:
    """Return the shares of an owner in a city; raises NotFound if there are none."""
    query = (
        select(
            User, RevenueShare, func.now(), balance_query(city.name, User.id, list_data_regions())
        )
        .join(User, joined_account_condition(RevenueShare.owner_region, RevenueShare.owner_id))
        .where(
            RevenueShare.region == city.region,
            RevenueShare.city == city.name,
            key_condition(RevenueShare, owner_key, "owner_region", "owner_id"),
        )
        .order_by(RevenueShare.valid_from.desc(), RevenueShare.created_at.desc())
        .limit(MAX_LISTED)
        .options(Load(User).lazyload("*"))
    )
    rows = db.session.execute(query).all()
    if not rows:
        raise NotFound
    return OwnerShares(rows[0][0], [row[1] for row in rows], *rows[0][2:])


class ShareChange(NamedTuple):
    """A share, and the basis points that held before it."""

    share: RevenueShare
    basis_points_before: int


def find_share_change(share_key: RowKey) -> ShareChange | None:
    """Return a share, also of a city that has moved; None: it is gone."""
    before = table(RevenueShare).alias("before")
    order = (before.c.valid_from, before.c.created_at, before.c.id)
    basis_points_before = (
        select(before.c.basis_points)
        .where(
            before.c.region == RevenueShare.region,
            before.c.city == RevenueShare.city,
            before.c.owner_id == RevenueShare.owner_id,
            tuple_(*order)
            < tuple_(RevenueShare.valid_from, RevenueShare.created_at, RevenueShare.id),
        )
        .order_by(*(column.desc() for column in order))
        .limit(1)
        .scalar_subquery()
    )
    query = select(RevenueShare, func.coalesce(basis_points_before, 0))
    row = find_in_any_region(query, RevenueShare, share_key)
    return ShareChange(*row) if row else None
