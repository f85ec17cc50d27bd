"""Agreeing a revenue share with an owner, and which one holds."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    ScalarSelect,
    Select,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Load

from webapp.audit.changes import RecordedChange, make_object
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.auth.models import User, joined_account_condition
from webapp.auth.services.staff_accounts import OwnAccount
from webapp.auth.services.users import name_condition
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import FormReused, NotFound, check_form_values
from webapp.extensions import db
from webapp.fleet.vehicle_actions.transfer import UnknownOwner
from webapp.forms import find_midnight
from webapp.regions.data_regions import list_data_regions
from webapp.regions.models import City
from webapp.rides.earnings.balances import due_query
from webapp.rides.earnings.models import RevenueShare

#: Shares that the page of an owner lists.
MAX_LISTED = 50


@dataclass(frozen=True)
class ShareTerms:
    """What is agreed. basis_points: of the net price; valid_from: a day of the city."""

    basis_points: int
    valid_from: date
    note: str


class OwnerShare(NamedTuple):
    """An owner with the share that holds in a city, and the next one, if that is agreed already."""

    owner: User
    basis_points: int
    next_basis_points: int | None
    next_valid_from: datetime | None
    #: What is owed to the owner there, minor units; a part of it while the city moves.
    due: int


# Any: columns, which may be NULL.
def share_query(
    region: Any, city: Any, owner_id: Any, moment: ColumnElement[datetime]
) -> ScalarSelect[int]:
    """Return the query for the basis points that hold at a moment; NULL: nothing was agreed."""
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


def agree_share(staff: User, city: City, owner_name: str, terms: ShareTerms, nonce: str) -> RowKey:
    """Set the share of an owner in a city of a member of staff; return the key of the owner.

    From today means from now on: rides that have ended keep their share.

    owner_name: username or e-mail address.
    nonce: from the form. The same form again is the same share.

    Raises OwnAccount, UnknownOwner, FormReused.
    """
    if owner_name.lower() in (staff.username, staff.email):
        raise OwnAccount
    share_id = uuid5(staff.id, nonce)
    statement = agree_share_statement(city, owner_name, terms, share_id)
    if row := execute_write(statement, idempotent=True):
        return RowKey(*row[0])
    with check_outcome():
        return _check_agreed(city, owner_name, terms, share_id)


def _check_agreed(city: City, owner_name: str, terms: ShareTerms, share_id: UUID) -> RowKey:
    """Return the key of the owner of the share if the same form has stored it already.

    Raises UnknownOwner, FormReused.
    """
    query = (
        select(RevenueShare, name_condition(owner_name))
        .join(User, joined_account_condition(RevenueShare.owner_region, RevenueShare.owner_id))
        .where(key_condition(RevenueShare, RowKey(city.region, share_id)))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise UnknownOwner
    share: RevenueShare = row[0]
    sent = {
        "city": city.name,
        "basis_points": terms.basis_points,
        # As agree_share_statement stores it.
        "valid_from": max(find_midnight(terms.valid_from, city.zone), share.created_at),
        "note": terms.note,
    }
    check_form_values(share, sent)
    if not row[1]:
        raise FormReused
    return share.owner_key


def agree_share_statement(
    city: City, owner_name: str, terms: ShareTerms, share_id: UUID
) -> Select[tuple[str, UUID]]:
    """Return the statement of ``agree_share``. It returns the key of the owner; no row: there is no
    such open account, or the share is stored already."""
    shares, owner = table(RevenueShare), _owner_cte(owner_name)
    midnight = literal(find_midnight(terms.valid_from, city.zone), DateTime(timezone=True))
    valid_from = func.greatest(midnight, func.now())
    row = {
        "region": literal(city.region, shares.c.region.type),
        "id": literal(share_id),
        "city": literal(city.name),
        "owner_region": owner.c.region,
        "owner_id": owner.c.id,
        "basis_points": literal(terms.basis_points),
        "valid_from": valid_from,
        "note": literal(terms.note),
    }
    inserted = insert(shares).from_select(list(row), select(*row.values()).select_from(owner))
    agreed = (
        inserted.on_conflict_do_nothing()
        .returning(shares.c.owner_region, shares.c.owner_id)
        .cte("agreed")
    )
    before = share_query(city.region, city.name, agreed.c.owner_id, valid_from)
    change = RecordedChange(
        select(make_object({"basis_points": func.coalesce(before, 0)})).scalar_subquery(),
        {"basis_points": terms.basis_points, "valid_from": terms.valid_from.isoformat()},
        terms.note,
    )
    audit_event = audit_event_statement(
        AuditKind.REVENUE_SHARE_AGREED,
        region=city.region,
        city=city.name,
        subject=audit_subject("account", cte_key(agreed, "owner_id", "owner_region")),
        after=agreed,
        change=change,
    )
    return select(agreed.c.owner_region, agreed.c.owner_id).add_cte(as_cte(audit_event))


def _owner_cte(name: str) -> CTE:
    """Return the account, if it is open."""
    users = table(User).c
    is_open = users.disabled_at.is_(None) & users.deleted_at.is_(None)
    return select(users.region, users.id).where(name_condition(name), is_open).limit(1).cte("owner")


def list_owner_shares(city: City, after: Cursor | None) -> Page[OwnerShare]:
    """Return one page of the owners with whom a share was agreed in a city."""
    query = owner_shares_query(city).order_by(User.id).limit(page_size() + 1)
    if after:
        query = query.where(User.id > after[0])
    rows = [OwnerShare(*row) for row in db.session.execute(query)]
    return make_page(rows, lambda row: (row.owner.id,))


def owner_shares_query(city: City) -> Select[Any]:  # Any: of several types
    """Return the query of the fields of OwnerShare."""
    shares = table(RevenueShare).c
    is_of_city = (shares.region == city.region, shares.city == city.name)
    owners = (
        select(shares.owner_region, shares.owner_id).where(*is_of_city).distinct().subquery("owner")
    )
    later = table(RevenueShare).alias("later")
    next_share = (
        select(later.c.basis_points, later.c.valid_from)
        .where(
            later.c.region == city.region,
            later.c.city == city.name,
            later.c.owner_id == User.id,
            later.c.valid_from > func.now(),
        )
        .order_by(later.c.valid_from, later.c.created_at.desc())
        .limit(1)
        .lateral("next_share")
    )
    current = share_query(city.region, city.name, User.id, func.now())
    return (
        select(
            User,
            func.coalesce(current, 0),
            next_share.c.basis_points,
            next_share.c.valid_from,
            due_query(city, User.id, [city.region]),
        )
        .select_from(User)
        .join(owners, joined_account_condition(owners.c.owner_region, owners.c.owner_id))
        .outerjoin(next_share, literal(True))
        .options(Load(User).lazyload("*"))
    )


@dataclass(frozen=True)
class Agreement:
    """What was agreed with an owner in a city."""

    owner: User
    #: The last one first; ``MAX_LISTED`` at most.
    shares: list[RevenueShare]
    #: Of the database's clock.
    moment: datetime
    #: What is owed to the owner there, minor units.
    due: int

    @property
    def basis_points(self) -> int:
        """The share that holds now."""
        current = (each for each in self.shares if each.valid_from <= self.moment)
        return next((each.basis_points for each in current), 0)


def find_agreement(city: City, owner_key: RowKey) -> Agreement:
    """Return what was agreed with an owner in a city; raises NotFound if that is nothing."""
    query = (
        select(User, RevenueShare, func.now(), due_query(city, User.id, list_data_regions()))
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
    return Agreement(rows[0][0], [row[1] for row in rows], *rows[0][2:])
