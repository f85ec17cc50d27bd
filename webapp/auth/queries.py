"""Accounts as admins see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Subquery, case, func, select, true
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import ScalarSelect

from webapp.account_sections import ShownSection, describe_sections, sections_column
from webapp.audit import queries as audit_queries
from webapp.audit.models import AuditEvent
from webapp.auth.models import LoginSession, SecondFactor, User
from webapp.auth.passkeys.models import Passkey
from webapp.auth.services.sessions import is_active
from webapp.auth.services.users import find_user
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.regions.catalogue import catalogue
from webapp.web.roles import Permission

#: How many sessions and how many events the page of an account shows.
ROWS_SHOWN = 10


@dataclass(frozen=True)
class AccountDetails:
    """An account with its sessions and events."""

    user: User
    #: Since when it has a second factor; None: it has none.
    second_factor_at: datetime | None
    #: Active sessions, the last used first.
    login_sessions: list[LoginSession]
    #: What was done in it or to it, the newest first.
    events: list[AuditEvent]
    #: What else the viewer may see of it.
    sections: list[ShownSection]


def find_account_in_cities(name: str, city_names: set[str]) -> User | None:
    """Return the account of exactly that username or e-mail address, if its home city is one of
    these, else None."""
    user = find_user(name)
    return user if user and user.city in city_names else None


def find_account(staff: User, user_key: RowKey, permission: Permission) -> User:
    """Return an account of the cities where a member of staff has a permission; raises NotFound.
    One statement."""
    query = select(User).where(key_condition(User, user_key), User.deleted_at.is_(None))
    user = db.session.scalars(query).unique().one_or_none()
    if user is None or not staff.has_permission(permission, user.city):
        raise NotFound
    return user


def find_account_details(staff: User, user_key: RowKey) -> AccountDetails:
    """Return an account of the cities of a member of staff, with what they may see of it; raises
    NotFound. One statement.

    Sessions and events are for those who manage accounts.
    """
    rows = db.session.execute(_account_details_query(staff, user_key)).unique().all()
    if not rows or not staff.has_permission(Permission.VIEW_RIDERS, rows[0][0].city):
        raise NotFound
    user, _, _, now, second_factor_at, _ = rows[0]
    manages = staff.has_permission(Permission.MANAGE_ACCOUNTS, user.city)
    active = {row[1] for row in rows if manages and row[1] and is_active(user, row[1], now)}
    events = {row[2] for row in rows if manages and row[2]}
    sections = next(row[5] for row in rows if row[5])
    return AccountDetails(
        user,
        second_factor_at,
        sorted(active, key=lambda login: login.last_seen_at, reverse=True),
        sorted(events, key=lambda event: (event.at, event.id), reverse=True)[:ROWS_SHOWN],
        describe_sections(get_hooks().account_sections, sections, catalogue().find(user.city)),
    )


def _account_details_query(staff: User, user_key: RowKey) -> Select[Any]:
    """Return the query for an account: a row for each of its sessions and events, with the time
    now, since when it has a second factor, and in the first row the sections of its page. Any: the
    sections are JSON."""
    limit = ROWS_SHOWN if staff.has_permission(Permission.MANAGE_ACCOUNTS) else 0
    login_session = aliased(LoginSession, _newest_sessions_subquery(user_key, limit))
    event = aliased(AuditEvent, _newest_events_subquery(staff, user_key, limit))
    sections = sections_column(get_hooks().account_sections, user_key, staff.cities_with_permission)
    return (
        select(
            User,
            login_session,
            event,
            func.now(),
            func.coalesce(SecondFactor.confirmed_at, _first_passkey_subquery(user_key)),
            case((func.row_number().over() == 1, sections)),
        )
        .select_from(User)
        .outerjoin(SecondFactor, key_condition(SecondFactor, user_key, id="user_id"))
        .outerjoin(login_session, true())
        .outerjoin(event, true())
        .where(key_condition(User, user_key), User.deleted_at.is_(None))
    )


def _first_passkey_subquery(user_key: RowKey) -> ScalarSelect[datetime]:
    is_own = key_condition(Passkey, user_key, id="user_id")
    return select(func.min(Passkey.created_at)).where(is_own).scalar_subquery()


def _newest_sessions_subquery(user_key: RowKey, limit: int) -> Subquery:
    sessions = table(LoginSession)
    return (
        select(sessions)
        .where(key_condition(sessions, user_key, id="user_id"), sessions.c.ended_at.is_(None))
        .order_by(sessions.c.last_seen_at.desc())
        .limit(limit)
        .subquery()
    )


def _newest_events_subquery(admin: User, user_key: RowKey, limit: int) -> Subquery:
    """Return the newest events of an account, without what staff did in cities that are not the
    admin's: it may have had another home city, or be staff there."""
    account_filter = audit_queries.AuditFilter(
        user_key.region,
        account=user_key,
        staff_cities=admin.cities_with_permission(Permission.MANAGE_ACCOUNTS),
    )
    return audit_queries.newest_events_query(account_filter, None, limit).subquery()
