"""Who of the staff may do something in a city, and who has which role."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_

from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.extensions import db
from webapp.web.roles import Permission, Role, list_roles_with


def staff_query(
    permission: Permission,
    city_name: str | ColumnElement[str],
    *columns: ColumnElement[Any],  # Any: of several types
) -> Select[Any]:
    """Return the query for columns of the accounts, and of their roles, that have a permission in a
    city. An account has a row for each such role."""
    users, grants = table(User), table(RoleGrant)
    is_grant = and_(grants.c.region == users.c.region, grants.c.user_id == users.c.id)
    return (
        select(*columns)
        .join_from(users, grants, is_grant)
        .where(
            grants.c.role.in_([role.value for role in list_roles_with(permission)]),
            or_(grants.c.cities.is_(None), grants.c.cities.any(city_name)),
            users.c.disabled_at.is_(None),
            users.c.deleted_at.is_(None),
        )
    )


class RoleHolder(NamedTuple):
    """A role of a member of staff."""

    role: str
    region: str
    user_id: UUID
    #: Where the role holds; None: everywhere.
    cities: list[str] | None
    first_name: str
    last_name: str
    #: The home city.
    city: str
    is_disabled: bool

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.user_id)


def read_role_holders(
    role: Role | None, city_names: Collection[str] | None, after: Cursor | None
) -> Page[RoleHolder]:
    """Return one page of the roles of staff, by role. One statement.

    role: only this one.
    city_names: only roles that hold in one of these cities; None: all.
    """
    rows = db.session.execute(role_holders_query(role, city_names, after))
    holders = [RoleHolder(*row) for row in rows]
    return make_page(holders, lambda holder: (holder.role, holder.user_id))


def role_holders_query(
    role: Role | None, city_names: Collection[str] | None, after: Cursor | None
) -> Select[Any]:
    """Return the query of ``read_role_holders``. Ids are unique in the world, so they order the
    rows of all regions."""
    grants, users = table(RoleGrant).c, table(User).c
    query = (
        select(
            grants.role,
            grants.region,
            grants.user_id,
            grants.cities,
            users.first_name,
            users.last_name,
            users.city,
            users.disabled_at.is_not(None),
        )
        .join(table(User), and_(users.region == grants.region, users.id == grants.user_id))
        .where(grants.role != Role.OWNER.value, users.deleted_at.is_(None))
        .order_by(grants.role, grants.user_id)
        .limit(page_size() + 1)
    )
    if role:
        query = query.where(grants.role == role.value)
    if city_names is not None:
        query = query.where(or_(grants.cities.is_(None), grants.cities.overlap(sorted(city_names))))
    return query.where(tuple_(grants.role, grants.user_id) > after) if after else query
