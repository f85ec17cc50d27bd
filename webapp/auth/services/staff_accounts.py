"""What admins do with accounts of their cities: disabling and enabling them, ending sessions,
resetting a second factor.

Each action reads the admin and the account again, in its own transaction. So it is decided on
their current roles: of two admins who revoke each other's role at the same time, one stays admin.
"""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, null, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import User
from webapp.auth.services import second_factor_setup, sessions
from webapp.auth.services.api_tokens import delete_tokens_statement
from webapp.auth.services.oauth_grants import delete_grants_statement
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.hooks import get_hooks
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import STAFF, Permission, Role

#: Names of the cities where somebody has a role; None: all cities.
CityNames = set[str] | None


class OwnAccount(DomainError):
    message = _l("You can't do this to your own account. Ask another admin.")


class NotAdminOfCity(DomainError):
    """The admin lacks the role in a city that this concerns."""

    status = 403
    message = _l("This is outside your cities.")


def act_on_account(
    admin: User,
    user_key: RowKey,
    act: Callable[[Session, CityNames, User], object],
    *,
    must_cover_roles: bool = True,
) -> None:
    """Do something with an account of the admin's cities, in a transaction.

    act: gets the session, the admin's cities, and the account.
    must_cover_roles: raise NotAdminOfCity for an account with a staff role in other cities, too.

    Raises NotFound, OwnAccount, NotAdminOfCity.
    """

    def work(session: Session) -> None:
        current_admin = session.get(User, tuple(admin.key))
        user = session.get(User, tuple(user_key))
        if not current_admin or current_admin.disabled_at or not user or user.deleted_at:
            raise NotFound
        if not current_admin.has_permission(Permission.MANAGE_ACCOUNTS, user.city):
            raise NotFound
        if current_admin is user:
            raise OwnAccount
        admin_cities = current_admin.cities_with_permission(Permission.MANAGE_ACCOUNTS)
        role_cities = [list_granted_cities(user, role) for role in STAFF]
        if must_cover_roles and not all(covers(admin_cities, cities) for cities in role_cities):
            raise NotAdminOfCity
        act(session, admin_cities, user)

    run_transaction(work, idempotent=True)


def list_granted_cities(user: User, role: Role) -> CityNames:
    """Return where the account was granted this very role, and not one that implies it."""
    granted = {grant.role: grant.cities for grant in user.role_grants}
    cities = granted.get(role, [])
    return None if cities is None else set(cities)


def covers(admin_cities: CityNames, cities: CityNames) -> bool:
    """Tell whether the admin has the role in all these cities."""
    return admin_cities is None or (cities is not None and cities <= admin_cities)


# --- closing and reopening ----------------------------------------------------------------------


def close_account(admin: User, user_key: RowKey, why: str = "") -> None:
    """Close an account: it is signed out, and cannot be signed in to; idempotent.

    Raises what ``act_on_account`` raises; so do the other functions here.
    """

    def act(session: Session, _: CityNames, user: User) -> None:
        for on_closing in get_hooks().on_account_closing:
            on_closing(session, user_key)
        session.execute(close_account_statement(user_key, user.city, why)).all()

    act_on_account(admin, user_key, act)


def close_account_statement(
    user_key: RowKey, city_name: str | None = None, why: str = ""
) -> Select[tuple[UUID]]:
    """Return the statement that closes an account and ends its sessions.

    city_name: the home city of the account, if staff of it do so.
    """
    is_open = User.disabled_at.is_(None)
    closed = _set_disabled_at_statement(user_key, is_open, func.now()).cte("closed")
    audit_event = account_event_statement(
        AuditKind.ACCOUNT_CLOSED,
        user_key,
        region=user_key.region,
        city=city_name,
        after=closed,
        change=RecordedChange({"is_open": True}, {"is_open": False}, why),
    )
    ended = sessions.end_sessions_statement(user_key).cte("ended")
    deleted_tokens = delete_tokens_statement(user_key).cte("deleted_tokens")
    deleted_grants = delete_grants_statement(user_key).cte("deleted_grants")
    return select(closed.c.id).add_cte(ended, deleted_tokens, deleted_grants, as_cte(audit_event))


def reopen_account(admin: User, user_key: RowKey, why: str = "") -> None:
    """Open a closed account again; its sessions stay ended. Idempotent."""

    def act(session: Session, _: CityNames, user: User) -> None:
        session.execute(reopen_account_statement(user_key, user.city, why)).all()

    act_on_account(admin, user_key, act)


def reopen_account_statement(
    user_key: RowKey, city_name: str | None = None, why: str = ""
) -> Select[tuple[UUID]]:
    """Return the statement that opens a closed account again.

    city_name: the home city of the account, if staff of it do so.
    """
    is_closed = User.disabled_at.is_not(None)
    reopened = _set_disabled_at_statement(user_key, is_closed, null()).cte("reopened")
    audit_event = account_event_statement(
        AuditKind.ACCOUNT_REOPENED,
        user_key,
        region=user_key.region,
        city=city_name,
        after=reopened,
        change=RecordedChange({"is_open": False}, {"is_open": True}, why),
    )
    return select(reopened.c.id).add_cte(as_cte(audit_event))


def _set_disabled_at_statement(
    user_key: RowKey, condition: ColumnElement[bool], disabled_at: ColumnElement
) -> ReturningUpdate[tuple[UUID]]:
    users = table(User)
    return (
        update(users)
        .where(key_condition(users, user_key), condition)
        .values(disabled_at=disabled_at)
        .returning(users.c.id)
    )


def end_sessions(admin: User, user_key: RowKey, why: str = "", only: UUID | None = None) -> None:
    """End all sessions of an account with its access tokens and the access of apps, or only one
    session; idempotent."""

    def act(session: Session, _: CityNames, user: User) -> None:
        ended = sessions.end_sessions_statement(user_key, only=only).cte("ended")
        audit_event = account_event_statement(
            AuditKind.SESSION_ENDED,
            user_key,
            region=user_key.region,
            city=user.city,
            after=ended,
            why=why,
        )
        session.execute(select(ended.c.id).add_cte(as_cte(audit_event)))
        if only is None:
            session.execute(delete_tokens_statement(user_key)).all()
            session.execute(delete_grants_statement(user_key)).all()

    act_on_account(admin, user_key, act)


def reset_second_factor(admin: User, user_key: RowKey, why: str) -> None:
    """Turn off the second factor of somebody who has lost app and recovery codes, end all sessions,
    and mail the owner.

    Raises SecondFactorNotOn.
    """

    def act(session: Session, _: CityNames, user: User) -> None:
        second_factor_setup.reset_in_transaction(session, user, user.city, why)

    act_on_account(admin, user_key, act)
