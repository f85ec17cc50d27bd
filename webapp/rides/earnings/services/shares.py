"""Setting the revenue share of an owner."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import (
    CTE,
    DateTime,
    Select,
    func,
    literal,
    select,
)

from webapp.audit.changes import RecordedChange, make_object
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.auth.models import User, joined_account_condition
from webapp.auth.services.staff_accounts import OwnAccount
from webapp.auth.services.users import name_condition
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import FormReused, check_form_values
from webapp.extensions import db
from webapp.fleet.vehicle_actions.transfer import UnknownOwner
from webapp.forms import find_midnight
from webapp.regions.models import City
from webapp.rides.earnings.models import RevenueShare
from webapp.rides.earnings.queries.shares import share_query


@dataclass(frozen=True)
class ShareTerms:
    """A share. basis_points: of the net price; valid_from: a day of the city."""

    basis_points: int
    valid_from: date
    note: str


def set_share(staff: User, city: City, owner_name: str, terms: ShareTerms, nonce: str) -> RowKey:
    """Set the share of an owner in a city of a member of staff; return the key of the owner.

    From today means from now on: rides that have ended keep their share.

    owner_name: username or e-mail address.
    nonce: from the form. The same form again is the same share.

    Raises OwnAccount, UnknownOwner, FormReused.
    """
    if owner_name.lower() in (staff.username, staff.email):
        raise OwnAccount
    share_id = uuid5(staff.id, nonce)
    statement = set_share_statement(city, owner_name, terms, share_id)
    if row := execute_write(statement, idempotent=True):
        return RowKey(*row[0])
    with check_outcome():
        return _check_set(city, owner_name, terms, share_id)


def _check_set(city: City, owner_name: str, terms: ShareTerms, share_id: UUID) -> RowKey:
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
        # As set_share_statement stores it.
        "valid_from": max(find_midnight(terms.valid_from, city.zone), share.created_at),
        "note": terms.note,
    }
    check_form_values(share, sent)
    if not row[1]:
        raise FormReused
    return share.owner_key


def set_share_statement(
    city: City, owner_name: str, terms: ShareTerms, share_id: UUID
) -> Select[tuple[str, UUID]]:
    """Return the statement of ``set_share``. It returns the key of the owner; no row: there is no
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
    new_share = (
        inserted.on_conflict_do_nothing()
        .returning(shares.c.owner_region, shares.c.owner_id)
        .cte("new_share")
    )
    before = share_query(city.region, city.name, new_share.c.owner_id, valid_from)
    change = RecordedChange(
        select(make_object({"basis_points": func.coalesce(before, 0)})).scalar_subquery(),
        {"basis_points": terms.basis_points, "valid_from": terms.valid_from.isoformat()},
        terms.note,
    )
    audit_event = audit_event_statement(
        AuditKind.REVENUE_SHARE_SET,
        region=city.region,
        city=city.name,
        subject=audit_subject("account", cte_key(new_share, "owner_id", "owner_region")),
        after=new_share,
        change=change,
    )
    return select(new_share.c.owner_region, new_share.c.owner_id).add_cte(as_cte(audit_event))


def _owner_cte(name: str) -> CTE:
    """Return the account, if it is open."""
    users = table(User).c
    is_open = users.disabled_at.is_(None) & users.deleted_at.is_(None)
    return select(users.region, users.id).where(name_condition(name), is_open).limit(1).cte("owner")
