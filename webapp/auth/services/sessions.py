"""Sessions are rows: where somebody is signed in, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import CTE, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.db.keys import RowKey
from webapp.db.reads import stale_reads
from webapp.db.transactions import run_transaction
from webapp.db.types import Region, table
from webapp.errors import NotFound
from webapp.extensions import db


@dataclass(frozen=True)
class Limits:
    """How long a session lasts: without being used, and in all."""

    idle: timedelta
    absolute: timedelta


def limits_of(user: User, remember: bool) -> Limits:
    """Return the limits of an account's sessions: short for staff, whatever they asked for."""
    config = current_app.config
    if user.is_staff:
        pair = config["SESSION_STAFF_S"]
    else:
        pair = config["SESSION_REMEMBERED_S"] if remember else config["SESSION_S"]
    return Limits(*(timedelta(seconds=seconds) for seconds in pair))


def is_alive(user: User, session: LoginSession, now: datetime) -> bool:
    """Tell whether the session still lets its account in."""
    limits = limits_of(user, session.remember)
    return (
        session.ended_at is None
        and user.disabled_at is None
        and now - session.last_seen_at < limits.idle
        and now - session.created_at < limits.absolute
    )


def find_user(
    key: RowKey, *, may_be_stale: bool = False, options: Iterable[Any] = ()
) -> User | None:
    """Return the account whose session that is, with the session as ``login``; None when it ended.

    may_be_stale: a traveller's account, which lives far from here, may be some seconds old.
    options: of the ORM, for what is to come with the account in the same statement.

    An account that has moved to another region is found there, at the price of asking them all
    once; the cookie is written anew then.
    """
    is_far = key.region != current_app.config["REGION"]
    at_home = (LoginSession.region == key.region) & (LoginSession.id == key.id)
    attempts = [
        (at_home, stale_reads() if may_be_stale and is_far else {}),
        (LoginSession.id == key.id, {}),
    ]
    for where, source in attempts:
        found = db.session.execute(_with_account(where).options(*options), bind_arguments=source)
        if row := found.unique().one_or_none():
            user, login, now = row
            return _recognised(user, login, now)
    return None


def _with_account(where: Any) -> Any:
    owner = (User.region == LoginSession.region) & (User.id == LoginSession.user_id)
    return select(User, LoginSession, func.now()).join(LoginSession, owner).where(where)


def _recognised(user: User, login: LoginSession, now: datetime) -> User | None:
    if not is_alive(user, login, now):
        return None
    config = current_app.config
    login.is_recently_authenticated = now - login.authenticated_at < timedelta(
        seconds=config["FRESH_FOR_S"]
    )
    login.is_last_seen_due = now - login.last_seen_at > timedelta(
        seconds=config["SESSION_SEEN_EVERY_S"]
    )
    user.login_session = login
    return user


def columns(user: RowKey, device: Device, remember: bool, second_factor: bool) -> dict[str, Any]:
    """Return the columns of a new session."""
    return {
        "region": user.region,
        "id": uuid4(),
        "user_id": user.id,
        "remember": remember,
        "second_factor": second_factor,
        "device": device.id,
        "agent": device.agent[:255],
        "address": device.address[:45],
        "city": device.city,
    }


def making(login: dict[str, Any], after: CTE | None = None) -> Any:
    """Return the INSERT of a session; twice makes one.

    after: it is made only if this part of the same statement has a row.
    """
    rows = table(LoginSession)
    statement = insert(rows).values(login)
    if after is not None:
        typed = [literal(value, rows.c[name].type) for name, value in login.items()]
        statement = insert(rows).from_select(list(login), select(*typed).select_from(after))
    return statement.on_conflict_do_nothing().returning(rows.c.id)


def beginning(
    owner: RowKey, login: dict[str, Any], parts: Iterable[Any] = (), *, after: CTE
) -> Any:
    """Return the statement that begins a session if its part ``after`` has a row, and returns one
    then; ``parts`` are done with it. Twice begins one."""
    began = making(login, after).cte("began")
    audit_event = audit_event_statement(
        AuditKind.SIGNED_IN, actor=owner, subject=audit_subject("account", owner), after=began
    )
    return select(literal(1)).select_from(after).add_cte(began, as_cte(audit_event), *parts)


def update_last_seen(key: RowKey) -> None:
    """Note that the session is in use."""
    _run(changing(key, last_seen_at=func.now()))


def renew_proof(key: RowKey) -> None:
    """Note that the person has just shown who they are."""
    _run(renewing_proof(key))


def renewing_proof(key: RowKey, parts: Iterable[Any] = (), after: CTE | None = None) -> Any:
    """Return the statement that notes it; ``parts`` are done with it.

    after: a second factor was shown, if this part of the same statement has a row; nothing is
        noted if it has none.
    """
    change = changing(key, authenticated_at=func.now())
    if after is not None:
        change = change.values(second_factor=True).where(select(after).exists())
    noted = change.cte("noted")
    owner = audit_subject("account", cte_key(noted, "user_id"))
    audit_event = audit_event_statement(AuditKind.REAUTHENTICATED, subject=owner, after=noted)
    return select(noted.c.id).add_cte(as_cte(audit_event), *parts)


def changing(key: RowKey, **values: Any) -> Any:
    """Return the UPDATE of a session that has not ended."""
    rows = table(LoginSession)
    return (
        update(rows)
        .where(rows.c.region == key.region, rows.c.id == key.id, rows.c.ended_at.is_(None))
        .values(values)
        .returning(rows.c.region, rows.c.id, rows.c.user_id)
    )


def _run(statement: Any) -> None:
    run_transaction(lambda s: s.execute(statement).all(), one_statement=True, idempotent=True)


def end(owner: RowKey, session_id: UUID, kind: AuditKind = AuditKind.SESSION_ENDED) -> None:
    """End a session of that account; once more changes nothing.

    Raises NotFound when the account has no session of that id.
    """
    key = RowKey(owner.region, session_id)
    ended = ending(owner, only=session_id).cte("ended")
    audit_event = audit_event_statement(kind, subject=audit_subject("account", owner), after=ended)
    rows = table(LoginSession)
    # The insert sees the table as it was before: what is ended here is found, once more too.
    found = select(rows.c.id).where(
        rows.c.region == key.region, rows.c.id == key.id, rows.c.user_id == owner.id
    )

    def work(session: Session) -> bool:
        return session.execute(found.add_cte(ended, as_cte(audit_event))).first() is not None

    if not run_transaction(work, one_statement=True, idempotent=True):
        raise NotFound


def end_others(owner: RowKey, keep: RowKey | None) -> int:
    """End all sessions of the account but one; return how many ended."""
    ended = ending(owner, keep=keep).cte("ended")
    one = select(ended.c.id).limit(1).cte("one")  # told once, and not at all when there was none
    audit_event = audit_event_statement(
        AuditKind.SESSION_ENDED, subject=audit_subject("account", owner), after=one, all_others=True
    )
    statement = select(ended.c.id).add_cte(as_cte(audit_event))
    return run_transaction(
        lambda session: len(session.execute(statement).all()), one_statement=True, idempotent=True
    )


def ending(owner: RowKey, *, keep: RowKey | None = None, only: UUID | None = None) -> Any:
    """Return the statement that ends sessions of the account, for transactions that do more."""
    rows = table(LoginSession)
    statement = (
        update(rows)
        .where(
            rows.c.region == literal(owner.region, Region),
            rows.c.user_id == owner.id,
            rows.c.ended_at.is_(None),
        )
        .values(ended_at=func.now())
        .returning(rows.c.id)
    )
    if keep:
        statement = statement.where(rows.c.id != keep.id)
    return statement.where(rows.c.id == only) if only else statement


def open_of(user: User) -> Any:
    """Return the question for the account's sessions that nobody has ended, and for the time."""
    return (
        select(LoginSession, func.now())
        .where(
            LoginSession.region == user.region,
            LoginSession.user_id == user.id,
            LoginSession.ended_at.is_(None),
        )
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id)
        .limit(100)
    )
