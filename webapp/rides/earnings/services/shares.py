"""Setting the revenue share of an owner."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    exists,
    func,
    literal,
    select,
)

from webapp.audit.changes import RecordedChange, make_object
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.auth.models import User, joined_account_condition
from webapp.auth.services.staff_accounts import OwnAccount
from webapp.auth.services.users import find_open_account, name_condition, open_account_query
from webapp.db.inserts import insert
from webapp.db.keys import RowKey
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, FormReused, check_form_values
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.vehicle_actions.transfer import UnknownOwner
from webapp.forms import find_midnight
from webapp.jobs.kinds import JobKind, KeyPayload, count_attempts
from webapp.jobs.writing import job_cte, job_statement
from webapp.mail import PATIENCE
from webapp.regions.data_regions import list_data_regions
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.rides.earnings.models import RevenueShare
from webapp.rides.earnings.queries.shares import share_query
from webapp.translations import gettext as _


class NoVehicleInCity(DomainError):
    """The account has no vehicle in the city, so that a share would be of nothing."""

    field = "owner"

    def __init__(self, city: City) -> None:
        super().__init__()
        self.message = _("This account has no vehicle in %(city)s.", city=city_label(city))


#: Tells the owner of a share; run by ``send_share_mail`` in webapp/rides/earnings/jobs.py.
SHARE_MAIL = JobKind("revenue_share", KeyPayload, max_attempts=count_attempts(PATIENCE))


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

    Raises OwnAccount, UnknownOwner, NoVehicleInCity, FormReused.
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

    Raises UnknownOwner, NoVehicleInCity, FormReused.
    """
    query = (
        select(RevenueShare, name_condition(owner_name))
        .join(User, joined_account_condition(RevenueShare.owner_region, RevenueShare.owner_id))
        .where(_share_id_condition(table(RevenueShare), share_id))
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NoVehicleInCity(city) if find_open_account(owner_name) else UnknownOwner
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
    such open account, it has no vehicle in the city, or the share is stored already."""
    midnight = literal(find_midnight(terms.valid_from, city.zone), DateTime(timezone=True))
    valid_from = func.greatest(midnight, func.now())
    new_share = _insert_share_cte(city, owner_name, terms, valid_from, share_id)
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
    mail = job_statement(
        SHARE_MAIL,
        KeyPayload(city.region, share_id),
        region=city.region,
        account_key=cte_key(new_share, "owner_id", "owner_region"),
        after=new_share,
    )
    owner_key = (new_share.c.owner_region, new_share.c.owner_id)
    return select(*owner_key).add_cte(as_cte(audit_event), job_cte(mail))


def _insert_share_cte(
    city: City,
    owner_name: str,
    terms: ShareTerms,
    valid_from: ColumnElement[datetime],
    share_id: UUID,
) -> CTE:
    """Return the part that stores the share. It has a row with the key of the owner if it did."""
    shares, owner = table(RevenueShare), open_account_query(owner_name).cte("owner")
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
    is_stored = exists().where(_share_id_condition(shares.alias("stored"), share_id))
    source = (
        select(*row.values())
        .select_from(owner)
        .where(_has_vehicle_condition(owner, city), ~is_stored)
    )
    inserted = insert(shares).from_select(list(row), source).on_conflict_do_nothing()
    return inserted.returning(shares.c.owner_region, shares.c.owner_id).cte("new_share")


def _share_id_condition(shares: FromClause, share_id: UUID) -> ColumnElement[bool]:
    """Select a share by its id, in all regions: its city may have moved since it was set."""
    return shares.c.region.in_(list_data_regions()) & (shares.c.id == share_id)


def _has_vehicle_condition(owner: CTE, city: City) -> ColumnElement[bool]:
    """Return whether an owner has a vehicle in a city, also where that was before it moved."""
    vehicles = table(Vehicle).c
    return exists().where(
        vehicles.region.in_(list_data_regions()),
        vehicles.city == city.name,
        vehicles.owner_region == owner.c.region,
        vehicles.owner_id == owner.c.id,
        ~retired_condition(),
    )
