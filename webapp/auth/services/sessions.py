"""Login sessions: rows that say where an account is signed in, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import CTE, ColumnElement, Select, and_, func, literal, or_, select, update
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte, cte_key
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.services.oauth_grants import delete_grants_statement
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, bind_keys, key_condition, make_key_parameters
from webapp.db.reads import stale_reads
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db

#: The columns that a new session is inserted with.
NEW_SESSION_COLUMNS = (
    "region", "id", "user_id", "remember", "second_factor", "device", "agent", "address", "city",
)  # fmt: skip


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lasts: without being used, and in all."""

    idle: timedelta
    absolute: timedelta


def find_session_limits(user: User, remember: bool) -> SessionLimits:
    """Return the limits of an account's sessions: short for staff, with ``remember``, too."""
    config = current_app.config
    if user.is_staff:
        seconds = config["SESSION_STAFF_S"]
    else:
        seconds = config["SESSION_REMEMBERED_S"] if remember else config["SESSION_S"]
    return SessionLimits(*(timedelta(seconds=each) for each in seconds))


def is_active(user: User, login_session: LoginSession, now: datetime) -> bool:
    """Tell whether the account is still signed in with the session."""
    limits = find_session_limits(user, login_session.remember)
    return (
        login_session.ended_at is None
        and user.disabled_at is None
        and now - login_session.last_seen_at < limits.idle
        and now - login_session.created_at < limits.absolute
    )


def active_session_condition(user: User) -> ColumnElement[bool]:
    """Return the condition that an account is still signed in with a session of its own:
    ``is_active`` for a statement. It does not ask whether the account is disabled."""
    sessions = table(LoginSession)
    return and_(
        sessions.c.ended_at.is_(None),
        or_(*(_within_limits_condition(user, remember) for remember in (False, True))),
    )


def _within_limits_condition(user: User, remember: bool) -> ColumnElement[bool]:
    sessions, limits = table(LoginSession), find_session_limits(user, remember)
    return and_(
        sessions.c.remember.is_(remember),
        sessions.c.last_seen_at > func.now() - limits.idle,
        sessions.c.created_at > func.now() - limits.absolute,
    )


def find_longest_session() -> timedelta:
    """Return how long a session lasts at most, whoever has it."""
    names = ("SESSION_S", "SESSION_REMEMBERED_S", "SESSION_STAFF_S")
    return timedelta(seconds=max(current_app.config[name][1] for name in names))


# --- finding sessions ------------------------------------------------------------------------


def find_user(
    session_key: RowKey, *, may_be_stale: bool = False, options: tuple[ORMOption, ...] = ()
) -> User | None:
    """Return the account that the session belongs to, with the session as ``login_session``; None
    when it has ended.

    may_be_stale: the account of another region may be some seconds old.
    options: of the ORM, for what is to be loaded with the account in the same statement.

    A session that has moved with its account to another region is found there. That asks all
    regions once.
    """
    is_other_region = session_key.region != current_app.config["REGION"]
    stale = stale_reads() if may_be_stale and is_other_region else {}
    attempts = [(True, stale), (False, {})]
    for in_region, bind in attempts:
        query = _session_query(in_region, options)
        result = db.session.execute(query, bind_keys(session=session_key), bind_arguments=bind)
        if row := result.unique().one_or_none():
            user, login_session, now = row
            return _attach_session(user, login_session, now)
    return None


@cache
def _session_query(
    in_region: bool, options: tuple[ORMOption, ...]
) -> Select[tuple[User, LoginSession, datetime]]:
    """Return the query for a session and its account. Parameters: ``bind_keys(session=...)``.

    in_region: the session is looked for in the region of its key; else in all regions.
    options: of the views, so there are few.
    """
    session_key = make_key_parameters("session")
    condition = key_condition(LoginSession, session_key)
    owner = (User.region == LoginSession.region) & (User.id == LoginSession.user_id)
    return (
        select(User, LoginSession, func.now())
        .join(LoginSession, owner)
        .where(condition if in_region else LoginSession.id == session_key.id)
        .options(*options)
    )


def _attach_session(user: User, login_session: LoginSession, now: datetime) -> User | None:
    if not is_active(user, login_session, now):
        return None
    fresh_lifetime = timedelta(seconds=current_app.config["REAUTHENTICATE_AFTER_S"])
    last_seen_interval = timedelta(seconds=current_app.config["SESSION_SEEN_EVERY_S"])
    login_session.is_recently_authenticated = now - login_session.authenticated_at < fresh_lifetime
    login_session.is_last_seen_due = now - login_session.last_seen_at > last_seen_interval
    user.login_session = login_session
    return user


def open_sessions_query(user_key: RowKey) -> Select[tuple[LoginSession, datetime]]:
    """Return the query for the account's sessions that were not ended, the last used first, each
    with the current time of the database."""
    return (
        select(LoginSession, func.now())
        .where(key_condition(LoginSession, user_key, id="user_id"), LoginSession.ended_at.is_(None))
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id)
        .limit(100)
    )


# --- starting and using one -----------------------------------------------------------------


def new_session(
    user_key: RowKey, device: Device, *, remember: bool = False, second_factor: bool = False
) -> LoginSession:
    """Return a new session, to be inserted with ``insert_session_statement``."""
    return LoginSession(
        region=user_key.region,
        id=uuid4(),
        user_id=user_key.id,
        remember=remember,
        second_factor=second_factor,
        device=device.id,
        agent=device.agent[:255],
        address=device.address[:45],
        city=device.city,
    )


def insert_session_statement(
    login_session: LoginSession, after: CTE | None = None
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that inserts a session; idempotent.

    after: it is inserted only if this part of the same statement has a row.
    """
    sessions = table(LoginSession)
    values = {name: getattr(login_session, name) for name in NEW_SESSION_COLUMNS}
    statement = insert(sessions).values(values)
    if after is not None:
        typed = [literal(value, sessions.c[name].type) for name, value in values.items()]
        statement = insert(sessions).from_select(list(values), select(*typed).select_from(after))
    return statement.on_conflict_do_nothing().returning(sessions.c.id)


def sign_in_statement(
    login_session: LoginSession, parts: Iterable[CTE] = (), *, after: CTE
) -> Select[tuple[int]]:
    """Return the statement that inserts a session, with its audit event and the ``parts``, if its
    part ``after`` has a row; it returns a row then. Idempotent."""
    user_key = RowKey(login_session.region, login_session.user_id)
    inserted = insert_session_statement(login_session, after).cte("inserted")
    audit_event = account_event_statement(
        AuditKind.SIGNED_IN, user_key, actor=user_key, after=inserted
    )
    return select(literal(1)).select_from(after).add_cte(inserted, as_cte(audit_event), *parts)


def update_last_seen(session_key: RowKey) -> None:
    """Write that the session is used now."""
    execute_write(update_session_statement(session_key, last_seen_at=func.now()), idempotent=True)


def record_reauthentication(session_key: RowKey) -> None:
    """Write that the person has authenticated now."""
    execute_write(reauthentication_statement(session_key), idempotent=True)


def reauthentication_statement(
    session_key: RowKey, parts: Iterable[CTE] = (), *, verified_code: CTE | None = None
) -> Select[tuple[UUID]]:
    """Return the statement that writes that the person has authenticated now.

    It also writes the audit event and executes the ``parts``.

    verified_code: part of the same statement; nothing is written if it has no row. If it has one,
        the second factor was verified, too.
    """
    change = update_session_statement(session_key, authenticated_at=func.now())
    if verified_code is not None:
        change = change.values(second_factor=True).where(select(verified_code).exists())
    updated = change.cte("updated")
    audit_event = account_event_statement(
        AuditKind.REAUTHENTICATED, cte_key(updated, "user_id"), after=updated
    )
    return select(updated.c.id).add_cte(as_cte(audit_event), *parts)


def update_session_statement(
    session_key: RowKey, **values: object
) -> ReturningUpdate[tuple[str, UUID, UUID]]:
    """Return the statement that updates a session that was not ended."""
    sessions = table(LoginSession)
    return (
        update(sessions)
        .where(key_condition(sessions, session_key), sessions.c.ended_at.is_(None))
        .values(values)
        .returning(sessions.c.region, sessions.c.id, sessions.c.user_id)
    )


# --- ending them -----------------------------------------------------------------------------


def end_session(
    user_key: RowKey, session_id: UUID, kind: AuditKind = AuditKind.SESSION_ENDED
) -> None:
    """End a session of that account; idempotent.

    Raises NotFound when the account has no session of that id.
    """
    ended = end_sessions_statement(user_key, only=session_id).cte("ended")
    audit_event = account_event_statement(kind, user_key, after=ended)
    sessions = table(LoginSession)
    # The SELECT sees the table as it was before, so it finds a session that has ended already, too.
    statement = (
        select(sessions.c.id)
        .where(
            key_condition(sessions, RowKey(user_key.region, session_id)),
            sessions.c.user_id == user_key.id,
        )
        .add_cte(ended, as_cte(audit_event))
    )
    if not execute_write(statement, idempotent=True):
        raise NotFound


def end_other_sessions(user_key: RowKey, kept_session_key: RowKey) -> int:
    """End all sessions of the account but one, and the access of apps; return how many sessions
    ended."""
    ended = end_sessions_statement(user_key, keep=kept_session_key).cte("ended")
    deleted_grants = delete_grants_statement(user_key).cte("deleted_grants")
    any_ended = select(ended.c.id).limit(1).cte("any_ended")  # one audit event at most
    audit_event = account_event_statement(
        AuditKind.SESSION_ENDED, user_key, after=any_ended, all_others=True
    )
    statement = select(ended.c.id).add_cte(deleted_grants, as_cte(audit_event))
    return len(execute_write(statement, idempotent=True))


def end_sessions_statement(
    user_key: RowKey, *, keep: RowKey | None = None, only: UUID | None = None
) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that ends sessions of the account: all, all but one, or only one."""
    sessions = table(LoginSession)
    statement = (
        update(sessions)
        .where(key_condition(sessions, user_key, id="user_id"), sessions.c.ended_at.is_(None))
        .values(ended_at=func.now())
        .returning(sessions.c.id)
    )
    if keep:
        statement = statement.where(sessions.c.id != keep.id)
    return statement.where(sessions.c.id == only) if only else statement
