"""Who of the staff may do something in a city."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from webapp.auth.models import RoleGrant, User
from webapp.db.types import table
from webapp.web.roles import Permission, roles_with


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
            grants.c.role.in_([role.value for role in roles_with(permission)]),
            or_(grants.c.cities.is_(None), grants.c.cities.any(city_name)),
            users.c.disabled_at.is_(None),
            users.c.deleted_at.is_(None),
        )
    )
