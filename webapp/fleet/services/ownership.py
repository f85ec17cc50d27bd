"""What follows for owners when a vehicle gets another one, or leaves the fleet: roles and mails.

The statement that changes the vehicle writes jobs, because the owners may be in other regions.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    Select,
    String,
    cast,
    func,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.sql.selectable import LateralFromClause

from webapp.auth.models import RoleGrant
from webapp.db.inserts import insert
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.jobs.kinds import JobKind
from webapp.jobs.writing import insert_jobs_cte, jobs_from_rows_query
from webapp.web.roles import Role


@dataclass(frozen=True)
class OwnerChange:
    """A vehicle that has become, or is no longer, the vehicle of the account of a job."""

    #: The key of the vehicle.
    region: str
    id: UUID
    #: Whether the account is the new owner, else the former one.
    is_new: bool = False

    @property
    def vehicle_key(self) -> RowKey:
        return RowKey(self.region, self.id)


#: Run by webapp/fleet/jobs.py.
OWNER_CHANGED = JobKind("vehicle_owner_changed", OwnerChange)


def owner_jobs_cte(
    changed: CTE,
    new_owner: CTE | None = None,
    *others: Select[Any],  # Any: the columns of a job
) -> CTE:
    """Return the part of a statement that writes the jobs for the former owners of vehicles which
    another part has changed, and for the new one. Who was the owner before gets none.

    changed: has ``region`` and ``id`` of the vehicles.
    new_owner: has ``region`` and ``id`` of the account; None: nobody is it.
    others: further jobs of the statement, which inserts all in one part.
    """
    before = _vehicle_before(changed)
    new_id = null() if new_owner is None else select(new_owner.c.id).scalar_subquery()
    source = changed.join(before, before.c.owner_id.is_distinct_from(new_id))
    vehicle = (changed.c.region, changed.c.id)
    former = select(*vehicle, before.c.owner_region, before.c.owner_id).select_from(source)
    jobs = [_jobs_query(former.where(before.c.owner_id.is_not(None)).cte("former_owners"), False)]
    if new_owner is not None:
        new = (new_owner.c.region.label("owner_region"), new_owner.c.id.label("owner_id"))
        owners = select(*vehicle, *new).select_from(source.join(new_owner, true()))
        jobs.append(_jobs_query(owners.cte("new_owners"), True))
    return insert_jobs_cte(*jobs, *others)


def _vehicle_before(changed: CTE) -> LateralFromClause:
    """Return the vehicles as they were before the statement. With a LIMIT, PostgreSQL looks each up
    by its key, whatever it believes about the table."""
    vehicles = table(Vehicle)
    return (
        select(vehicles.c.owner_region, vehicles.c.owner_id)
        .where(vehicles.c.region == changed.c.region, vehicles.c.id == changed.c.id)
        .limit(1)
        .lateral("owned_before")
    )


def _jobs_query(owners: CTE, is_new: bool) -> Select[Any]:
    payload = func.jsonb_build_object(
        "region", cast(owners.c.region, String),
        "id", cast(owners.c.id, String),
        "is_new", literal(is_new),
    )  # fmt: skip
    account_key = RowKey._make((owners.c.owner_region, owners.c.owner_id))
    return jobs_from_rows_query(
        OWNER_CHANGED, payload, rows=owners, region=owners.c.region, account_key=account_key
    )


def grant_owner_role_cte(new_owner: CTE, changed: CTE) -> CTE:
    """Return the part of a statement that gives the role of an owner to an account, if another
    part has changed a vehicle."""
    grants = table(RoleGrant)
    row = select(new_owner.c.region, new_owner.c.id, literal(Role.OWNER.value, String))
    granted = insert(grants).from_select(
        ["region", "user_id", "role"], row.where(select(changed.c.id).exists())
    )
    # Written again if it is there: see grant_role_statement.
    return (
        granted.on_conflict_do_update(
            index_elements=["region", "user_id", "role"], set_={"cities": granted.excluded.cities}
        )
        .returning(grants.c.user_id)
        .cte("owner_role")
    )
