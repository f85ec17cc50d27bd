"""What staff do with the accounts of their cities: find them, close and open them, give roles.

Each act reads who does it and to whom within its own transaction. So it is decided on what is true
at that moment: of two admins who take each other's role at once, one keeps it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, null, select, true, update
from sqlalchemy.orm import Session, aliased

from webapp.audit import queries as trail
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import LoginSession, SecondFactor, User
from webapp.auth.services import sessions
from webapp.auth.services.registration import add_grant, find_user, withdrawing
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.web.roles import STAFF, Role

#: Where a role holds: names of cities, or None: everywhere.
Cities = set[str] | None
#: How many sessions and events the page of an account shows.
SHOWN = 10


class OnOneself(DomainError):
    message = _l("You cannot do this to your own account. Another admin can.")


class NeedsSecondFactor(DomainError):
    message = _l("They must set up a code besides the password first: staff need one here.")


class OutOfReach(DomainError):
    status = 403
    message = _l("That reaches beyond your cities.")


@dataclass(frozen=True)
class Account:
    """An account as admins see it."""

    user: User
    #: Where it is signed in now, the last seen first.
    logins: list[LoginSession]
    #: What was done in it or to it, the newest first.
    events: list[AuditEvent]


# --- looking -----------------------------------------------------------------------------------


def find(name: str, cities: set[str]) -> User | None:
    """Return the account of exactly that username or e-mail address, if its home is in one of
    the cities, else None."""
    user = find_user(name)
    return user if user and user.city in cities else None


def account_at(admin: User, key: RowKey) -> Account:
    """Return an account of the admin's cities; raises NotFound. One statement."""
    login, told = aliased(LoginSession, _logins(key)), aliased(AuditEvent, _events(key))
    statement = (
        select(User, login, told, func.now())
        .select_from(User)
        .outerjoin(login, true())
        .outerjoin(told, true())
        .where(User.region == key.region, User.id == key.id)
    )
    rows = db.session.execute(statement).unique().all()
    if not rows or not admin.has_role(Role.ADMIN, rows[0][0].city):
        raise NotFound
    user, _, _, now = rows[0]
    logins = {row[1] for row in rows if row[1] and sessions.is_alive(user, row[1], now)}
    events = {row[2] for row in rows if row[2]}
    return Account(
        user,
        sorted(logins, key=lambda each: each.last_seen_at, reverse=True),
        sorted(events, key=lambda each: (each.at, each.id), reverse=True)[:SHOWN],
    )


def _logins(key: RowKey) -> Any:
    rows = table(LoginSession)
    return (
        select(rows)
        .where(rows.c.region == key.region, rows.c.user_id == key.id, rows.c.ended_at.is_(None))
        .order_by(rows.c.last_seen_at.desc())
        .limit(SHOWN)
        .subquery()
    )


def _events(key: RowKey) -> Any:
    return trail.newest_events_query(
        trail.AuditFilter(key.region, account=key), None, SHOWN
    ).subquery()


# --- acting ------------------------------------------------------------------------------------


def disable(admin: User, key: RowKey) -> None:
    """Close an account: nobody enters it, and whoever is in is out. Twice changes nothing.

    Raises NotFound, OnOneself, OutOfReach; so does all that follows.
    """

    def close(session: Session, *_: Any) -> None:
        for on_closing in get_hooks().on_account_closing:
            on_closing(session, key)
        session.execute(closing(key)).all()

    act_on(admin, key, close)


def closing(key: RowKey) -> Any:
    """Return the statement that closes an account and ends its sessions."""
    closed = _changing(key, User.disabled_at.is_(None), func.now()).cte("closed")
    audit_event = audit_event_statement(
        AuditKind.DISABLED, region=key.region, subject=audit_subject("account", key), after=closed
    )
    return select(closed.c.id).add_cte(sessions.ending(key).cte("ended"), as_cte(audit_event))


def enable(admin: User, key: RowKey) -> None:
    """Open a closed account again; its sessions stay ended."""
    act_on(admin, key, lambda session, *_: session.execute(opening(key)).all())


def opening(key: RowKey) -> Any:
    """Return the statement that opens a closed account."""
    opened = _changing(key, User.disabled_at.is_not(None), null()).cte("opened")
    audit_event = audit_event_statement(
        AuditKind.ENABLED, region=key.region, subject=audit_subject("account", key), after=opened
    )
    return select(opened.c.id).add_cte(as_cte(audit_event))


def _changing(key: RowKey, so_far: Any, disabled_at: Any) -> Any:
    users = table(User)
    its = (users.c.region == key.region, users.c.id == key.id)
    changed = update(users).where(*its, so_far).values(disabled_at=disabled_at)
    return changed.returning(users.c.id)


def end_sessions(admin: User, key: RowKey) -> None:
    """Sign an account out everywhere."""

    def end(session: Session, *_: Any) -> None:
        ended = sessions.ending(key).cte("ended")
        audit_event = audit_event_statement(
            AuditKind.SESSION_ENDED,
            region=key.region,
            subject=audit_subject("account", key),
            after=ended,
        )
        session.execute(select(ended.c.id).add_cte(as_cte(audit_event)))

    act_on(admin, key, end)


def grant(admin: User, key: RowKey, role: Role, city: str | None) -> None:
    """Give an account a role in one more city, or everywhere. Giving never takes anything."""

    def give(session: Session, mine: Cities, account: User) -> None:
        held = _held(account, role)
        wanted = None if city is None or held is None else held | {city}
        if not _covers(mine, None if city is None else {city}):
            raise OutOfReach
        if role in STAFF and current_app.config["SECOND_FACTOR_REQUIRED"]:
            _check_factor(session, key)
        if wanted != held:
            add_grant(session, key, role, wanted)
            _tell(session, AuditKind.ROLE_GRANTED, key, role, None if city is None else {city})

    act_on(admin, key, give, only_within=False)


def _check_factor(session: Session, key: RowKey) -> None:
    """Without one, whoever has stolen the password could set up their own and be staff."""
    its = (SecondFactor.region == key.region, SecondFactor.user_id == key.id)
    if not session.scalar(select(SecondFactor.confirmed_at).where(*its)):
        raise NeedsSecondFactor


def withdraw(admin: User, key: RowKey, role: Role) -> None:
    """Take a role from an account, as far as the admin's cities reach."""

    def take(session: Session, mine: Cities, account: User) -> None:
        held = _held(account, role)
        if _covers(mine, held):
            session.execute(withdrawing(key, role)).all()
            return
        taken = (held or set()) & (mine or set())
        if not taken:
            raise OutOfReach
        add_grant(session, key, role, (held or set()) - taken)
        _tell(session, AuditKind.ROLE_REVOKED, key, role, taken)

    act_on(admin, key, take, only_within=False)


def act_on(
    admin: User,
    key: RowKey,
    act: Callable[[Session, Cities, User], Any],
    *,
    only_within: bool = True,
) -> None:
    """Do something to an account of the admin's cities.

    act: gets the session, where the admin's role holds, and the account.
    only_within: not to one whose own roles reach farther than the admin's.
    """

    def work(session: Session) -> None:
        me, account = (session.get(User, tuple(each)) for each in (admin.key, key))
        if not me or me.disabled_at or not account or not me.has_role(Role.ADMIN, account.city):
            raise NotFound
        if me is account:
            raise OnOneself
        mine = me.cities_with_role(Role.ADMIN)
        if only_within and not all(_covers(mine, _held(account, role)) for role in STAFF):
            raise OutOfReach
        act(session, mine, account)

    run_transaction(work, idempotent=True)


def _held(account: User, role: Role) -> Cities:
    """Return where the account was given this very role."""
    given = {grant.role: grant.cities for grant in account.role_grants}
    cities = given.get(role, [])
    return None if cities is None else set(cities)


def _covers(mine: Cities, cities: Cities) -> bool:
    return mine is None or (cities is not None and cities <= mine)


def _tell(session: Session, kind: AuditKind, key: RowKey, role: Role, cities: Cities) -> None:
    names = None if cities is None else sorted(cities)
    about = audit_subject("account", key)
    session.execute(
        audit_event_statement(kind, region=key.region, subject=about, role=role.value, cities=names)
    )
