"""The second factor: setting it up, showing it, and living without it.

A code of an authenticator app (TOTP, RFC 6238), or a recovery code in its place. Each is good once,
and the statement that uses it up decides: of two who show the same at once, one gets in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import CTE, Table, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_event_statement, audit_subject
from webapp.auth import encryption, recovery_codes, totp
from webapp.auth.models import LoginSession, RecoveryCode, SecondFactor, User
from webapp.auth.services import sessions
from webapp.auth.services.registration import check_confirmed, limit_of
from webapp.auth.totp import AuthenticatorSetup
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import Region, table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.web import rate_limits
from webapp.web.rate_limits import Bucket


class WrongCode(DomainError):
    status = 422
    field = "code"
    message = _l("That is not the code of this moment, or it was used already. Wait for the next.")


class WrongRecoveryCode(WrongCode):
    field = "recovery_code"
    message = _l("That is none of your recovery codes, or it was used already.")


class AlreadyOn(DomainError):
    message = _l("Your account asks for a code already.")


class NotOn(DomainError):
    message = _l("This account asks for no code.")


class NeededByRole(DomainError):
    message = _l(
        "You look after what belongs to others, so your account asks for a code as long as you do."
    )


@dataclass(frozen=True)
class Status:
    """How an account stands to its second factor."""

    #: When it was turned on; None: it is off.
    since: datetime | None = None
    codes_left: int = 0
    #: The secret of the app, in the vault: when it is off, one that no code has confirmed yet.
    locked: str | None = None

    @property
    def is_on(self) -> bool:
        return self.since is not None


OFF = Status()


def status_of(user: User) -> Status:
    """Return how the account stands to its second factor. One statement."""
    its = (SecondFactor.region == user.region, SecondFactor.user_id == user.id)
    row = db.session.execute(select(*status_columns()).where(*its)).one_or_none()
    return Status(*row) if row else OFF


def status_and_sessions(user: User) -> tuple[Status, list[LoginSession]]:
    """Return the same, and the account's sessions that are alive. One statement, too."""
    its = (SecondFactor.region == LoginSession.region) & (
        SecondFactor.user_id == LoginSession.user_id
    )
    statement = sessions.open_of(user).outerjoin(SecondFactor, its).add_columns(*status_columns())
    rows = db.session.execute(statement).all()
    logins = [login for login, now, *_ in rows if sessions.is_alive(user, login, now)]
    return Status(*rows[0][2:]) if rows else OFF, logins


def status_columns() -> tuple[Any, ...]:
    """Return the values of a Status, for a statement that has a SecondFactor in it."""
    its = (RecoveryCode.region == SecondFactor.region, RecoveryCode.user_id == SecondFactor.user_id)
    codes_left = select(func.count()).select_from(RecoveryCode).where(*its).correlate(SecondFactor)
    return SecondFactor.confirmed_at, codes_left.scalar_subquery(), SecondFactor.secret


def is_needed(user: User) -> bool:
    """Tell whether the account may not be without one."""
    return user.is_staff and bool(current_app.config["SECOND_FACTOR_REQUIRED"])


# --- setting it up ---------------------------------------------------------------------------


def dropping_pending(user: RowKey) -> Any:
    """Return the statement that forgets a secret that no code has confirmed: whoever started it may
    be a thief, and the owner would be shown it."""
    rows = table(SecondFactor)
    return (
        delete(rows)
        .where(rows.c.region == literal(user.region, Region), rows.c.user_id == user.id)
        .where(rows.c.confirmed_at.is_(None))
        .returning(rows.c.user_id)
    )


def start(user: User) -> None:
    """Give the account a secret for an app; one that no code has confirmed is void.

    It counts for nothing before ``confirm``. Raises AlreadyOn, EmailNotConfirmed.
    """
    check_confirmed(user)
    rows = table(SecondFactor)
    locked = encryption.encrypt(totp.new_secret(), _owner(user))
    made = upsert(rows).values(region=user.region, user_id=user.id, secret=locked)
    statement = made.on_conflict_do_update(
        index_elements=["region", "user_id"],
        set_={"secret": made.excluded.secret},
        where=rows.c.confirmed_at.is_(None),
    ).returning(rows.c.user_id)
    if not run_transaction(
        lambda s: s.execute(statement).all(), one_statement=True, idempotent=True
    ):
        raise AlreadyOn


def setup_of(user: User, factor: Status) -> AuthenticatorSetup | None:
    """Return what the app must know; None when nothing has been started."""
    secret = encryption.decrypt_stored(factor.locked, _owner(user)) if factor.locked else None
    return AuthenticatorSetup(secret, user.username) if secret else None


def confirm(user: User, factor: Status, typed: str) -> list[str]:
    """Turn it on by the first code of the app; return the recovery codes, which are told but once.

    The account's other sessions end. Raises WrongCode, AlreadyOn.
    """
    step, rows = _step_of(user, factor, recovery_codes.normalize_code(typed)), table(SecondFactor)
    confirmed = (
        update(rows)
        .where(*_of(rows, user), rows.c.confirmed_at.is_(None), rows.c.secret == factor.locked)
        .values(confirmed_at=func.now(), last_step=step)
        .returning(rows.c.user_id)
    )

    def work(session: Session) -> list[str]:
        if not session.execute(confirmed).all():
            raise AlreadyOn
        session.execute(sessions.ending(user.key, keep=user.login_session.key)).all()
        session.execute(sessions.changing(user.login_session.key, second_factor=True)).all()
        _tell(session, user, AuditKind.SECOND_FACTOR_ON, "second_factor_on")
        return _make_recovery_codes(session, user)

    return run_transaction(work)


def renew_recovery_codes(user: User) -> list[str]:
    """Return ten new recovery codes, which are told but once; the old ones are void.

    Raises NotOn: in a session that has not shown the second factor, too.
    """
    rows = table(SecondFactor)
    is_on = select(rows.c.user_id).where(*_of(rows, user), rows.c.confirmed_at.is_not(None))

    def work(session: Session) -> list[str]:
        if not (user.login_session.second_factor and session.execute(is_on).all()):
            raise NotOn
        _tell(session, user, AuditKind.RECOVERY_CODES_MADE, "recovery_codes_made")
        return _make_recovery_codes(session, user)

    return run_transaction(work)


def _make_recovery_codes(session: Session, user: User) -> list[str]:
    made, rows = recovery_codes.new_recovery_codes(), table(RecoveryCode)
    session.execute(delete(rows).where(*_of(rows, user)))
    owner = {"region": user.region, "user_id": user.id}
    session.execute(
        insert(rows).values(
            [{**owner, "digest": recovery_codes.digest_recovery_code(c)} for c in made]
        )
    )
    return made


# --- showing it ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A code that somebody shows: whether it is still good, its use tells."""

    owner: RowKey
    #: Uses it up, and returns a row if it was good.
    using: Any
    is_recovery_code: bool

    def use(self, session: Session, statement: Any) -> None:
        """Run a statement that has ``using`` in it, and returns a row if that did.

        Raises WrongCode. For an app's code the statement is all there is (one_statement).
        """
        if not session.execute(statement).all():
            raise WrongRecoveryCode if self.is_recovery_code else WrongCode
        if self.is_recovery_code:
            session.execute(_event(AuditKind.RECOVERY_CODE_USED, self.owner))


def read(user: User, factor: Status, typed: str) -> Shown:
    """Return what the person shows; raises WrongCode when it is no code of this moment."""
    code = recovery_codes.normalize_code(typed)
    if recovery_codes.is_recovery_code(code):
        return Shown(user.key, _using_recovery_code(user, code), is_recovery_code=True)
    step = _step_of(user, factor, code)
    return Shown(user.key, _using_step(user, factor, step), is_recovery_code=False)


def _step_of(user: User, factor: Status, code: str) -> int:
    setup = setup_of(user, factor)
    step = totp.find_time_step(setup.secret, code) if setup else None
    if step is None:
        raise WrongCode
    return step


def _using_step(user: User, factor: Status, step: int) -> Any:
    rows = table(SecondFactor)
    return (
        update(rows)
        .where(*_of(rows, user), rows.c.confirmed_at.is_not(None), rows.c.secret == factor.locked)
        .where(rows.c.last_step < step)
        .values(last_step=step)
        .returning(rows.c.user_id)
    )


def _using_recovery_code(user: User, code: str) -> Any:
    rows = table(RecoveryCode)
    its = (*_of(rows, user), rows.c.digest == recovery_codes.digest_recovery_code(code))
    return delete(rows).where(*its).returning(rows.c.user_id)


@contextmanager
def trying(user: User, who: object) -> Iterator[list[Bucket]]:
    """Count a try for ``who`` before anything is looked at; write down a code that was wrong.

    Yields what was counted, to give it back. Raises TooManyTries.
    """
    tries = [rate_limits.bucket("proof", limit_of("LIMIT_PROOF"), who)]
    rate_limits.attempt(tries)
    try:
        yield tries
    except WrongCode:
        told = _event(AuditKind.SECOND_FACTOR_FAILED, user.key)
        run_transaction(lambda s: s.execute(told), one_statement=True, idempotent=True)
        raise


def giving_back(tries: list[Bucket], used: CTE) -> CTE:
    """Return the part of a statement that takes the try back, if its part ``used`` has a row."""
    part: CTE = rate_limits.giving_back(tries).where(select(used).exists()).cte("tries")
    return part


# --- living without it -----------------------------------------------------------------------


def turn_off(user: User, factor: Status, typed: str) -> None:
    """Ask for no code any more, for one last code.

    Raises WrongCode, TooManyTries, NotOn, and NeededByRole.
    """
    if is_needed(user):
        raise NeededByRole
    if not factor.is_on:
        raise NotOn
    with trying(user, user.id) as tries:
        shown = read(user, factor, typed)

        def work(session: Session) -> None:
            shown.use(session, shown.using)
            session.execute(rate_limits.giving_back(tries)).all()
            _remove(session, user)

        run_transaction(work)


def reset(user: User) -> None:
    """Ask for no code any more: app and recovery codes are lost. All sessions end. Raises NotOn."""

    def work(session: Session) -> None:
        _remove(session, user)
        session.execute(sessions.ending(user.key)).all()

    run_transaction(work)


def _remove(session: Session, user: User) -> None:
    factors, recovery, logins = table(SecondFactor), table(RecoveryCode), table(LoginSession)
    its = (*_of(factors, user), factors.c.confirmed_at.is_not(None))
    if not session.execute(delete(factors).where(*its).returning(factors.c.user_id)).all():
        raise NotOn
    session.execute(delete(recovery).where(*_of(recovery, user)))
    # What was shown counts for nothing when another one is set up.
    session.execute(update(logins).where(*_of(logins, user)).values(second_factor=False))
    _tell(session, user, AuditKind.SECOND_FACTOR_OFF, "second_factor_off")


# --- all of them -----------------------------------------------------------------------------


def _of(rows: Table, user: User) -> tuple[Any, ...]:
    return rows.c.region == user.region, rows.c.user_id == user.id


def _owner(user: User) -> str:
    """Return whose the secret is, to the vault. Accounts that move keep their id."""
    return f"second factor {user.id}"


def _event(kind: AuditKind, owner: RowKey) -> Any:
    return audit_event_statement(kind, subject=audit_subject("account", owner))


def _tell(session: Session, user: User, kind: AuditKind, template: str) -> None:
    session.execute(_event(kind, user.key))
    mail.send_after_commit(session, to=user.email, template=template, name=user.first_name)
