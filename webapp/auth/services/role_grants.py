"""Roles: granting and revoking them. Who may do so is decided in staff_role_grants.py."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, and_, delete, select

from webapp.audit.changes import RecordedChange, old_values_cte, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import RoleGrant
from webapp.db.inserts import Insert, insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.web.roles import Role


def grant_role(user_key: RowKey, role: Role, city_names: list[str] | None = None) -> None:
    """Grant a role to an account, in these cities or everywhere; idempotent.

    A role that the account has already covers these cities from now on, and no others.
    """
    grants = table(RoleGrant)
    old_values = old_values_cte(grants, ["cities"], is_grant_condition(user_key, role))
    audit_event = account_event_statement(
        AuditKind.ROLE_GRANTED,
        user_key,
        region=user_key.region,
        change=RecordedChange(select_values(old_values), {"cities": city_names}),
        role=role.value,
    )
    statement = grant_role_statement(user_key, role, city_names).add_cte(as_cte(audit_event))
    execute_write(statement, idempotent=True)


def grant_role_statement(
    user_key: RowKey, role: Role, city_names: Iterable[str] | None = None
) -> Insert:
    """Return the statement that grants a role. It writes no audit event.

    A role that the account has already is written again. With ON CONFLICT DO NOTHING, PostgreSQL
    would not lock the row, and a role that is revoked at the same time would be lost unnoticed.
    """
    values = {
        "region": user_key.region,
        "user_id": user_key.id,
        "role": role.value,
        "cities": None if city_names is None else sorted(city_names),  # []: nowhere
    }
    statement = insert(table(RoleGrant)).values(values)
    return statement.on_conflict_do_update(
        index_elements=["region", "user_id", "role"], set_={"cities": statement.excluded.cities}
    )


def revoke_role(user_key: RowKey, role: Role) -> None:
    """Revoke a role of an account, in all cities; idempotent."""
    execute_write(revoke_role_statement(user_key, role), idempotent=True)


def is_grant_condition(user_key: RowKey, role: Role) -> ColumnElement[bool]:
    """Return the condition that a grant is that of a role of an account."""
    grants = table(RoleGrant)
    return and_(key_condition(grants, user_key, id="user_id"), grants.c.role == role.value)


def revoke_role_statement(
    user_key: RowKey, role: Role, city_name: str | None = None, why: str = ""
) -> Select[tuple[str]]:
    """Return the statement that revokes a role, with its audit event.

    city_name: the home city of the account, if staff of it revoke the role.
    """
    grants = table(RoleGrant)
    revoked = (
        delete(grants)
        .where(is_grant_condition(user_key, role))
        .returning(grants.c.role, grants.c.cities)
        .cte("revoked")
    )
    audit_event = account_event_statement(
        AuditKind.ROLE_REVOKED,
        user_key,
        region=user_key.region,
        city=city_name,
        after=revoked,
        change=RecordedChange(select_values(revoked, "cities"), None, why),
        role=role.value,
    )
    return select(revoked.c.role).add_cte(as_cte(audit_event))
