"""Signing in, and reauthentication, with a passkey.

Signing in takes three round trips, like one with a password: find, count, and write the outcome.
"""

from typing import Any

from sqlalchemy import CTE, Select, and_, exists, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.passkeys import ceremonies
from webapp.auth.passkeys.ceremonies import Assertion, WrongPasskey
from webapp.auth.passkeys.challenges import Challenge
from webapp.auth.passkeys.models import Passkey
from webapp.auth.rate_limits import make_reauthentication_bucket
from webapp.auth.services import login, second_factor, sessions
from webapp.auth.services.login import LoginAttempt
from webapp.db.keys import key_condition
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.web import rate_limits


def sign_in_with_passkey(
    text: str, challenge: Challenge, device: Device, *, remember: bool
) -> User:
    """Start a session in the account of a passkey; return the account, with the session at
    ``login_session``.

    Raises WrongPasskey; and TooManyTries, UsedBefore before the signature is verified.
    """
    assertion = ceremonies.read_assertion(text)
    found = _find_passkey(assertion, device)
    attempt, passkey = found or (None, None)
    login.count_attempt(attempt, assertion.credential_id, device, challenge.bucket)
    try:
        if attempt is None or passkey is None or attempt.user.disabled_at:
            raise WrongPasskey
        sign_count = ceremonies.verify_assertion(assertion, passkey, challenge.value)
    except WrongPasskey:
        login.record_failure(attempt.user if attempt else None)
        raise
    _start_session(attempt, passkey, sign_count, device, remember)
    return attempt.user


def _find_passkey(assertion: Assertion, device: Device) -> tuple[LoginAttempt, Passkey] | None:
    owner = and_(Passkey.region == User.region, Passkey.user_id == User.id)
    query = (
        select(User, login.is_known_device_condition(device), Passkey)
        .join(Passkey, owner)
        .where(Passkey.credential_id == assertion.credential_id, User.deleted_at.is_(None))
    )
    row = db.session.execute(query).unique().one_or_none()
    return (LoginAttempt(row[0], row[1]), row[2]) if row else None


def _start_session(
    attempt: LoginAttempt, passkey: Passkey, sign_count: int, device: Device, remember: bool
) -> None:
    """Use the passkey and insert the session. Raises WrongPasskey when it was removed or used
    meanwhile, or the account was closed."""
    user = attempt.user
    login_session = sessions.new_session(user.key, device, remember=remember, second_factor=True)
    _execute_if_used(sign_in_statement(attempt, passkey, sign_count, device, login_session))
    user.login_session = login_session


def sign_in_statement(
    attempt: LoginAttempt,
    passkey: Passkey,
    sign_count: int,
    device: Device,
    login_session: LoginSession,
) -> Select[tuple[int]]:
    """Return the statement that uses the passkey and inserts the session; no row: it does not."""
    users = table(User)
    is_open = exists().where(key_condition(users, attempt.user.key), users.c.disabled_at.is_(None))
    used = _use_statement(passkey, sign_count).where(is_open).cte("used")
    buckets = login.list_buckets(attempt, "", device)
    parts = [
        second_factor.return_attempt_cte(buckets, used),
        *login.new_device_ctes(attempt, device, used),
    ]
    return sessions.sign_in_statement(login_session, parts, after=used)


def reauthenticate_with_passkey(user: User, text: str, challenge: Challenge) -> None:
    """Verify a passkey of the account, and write the time to its session; both factors are
    verified then.

    Raises WrongPasskey, TooManyTries, UsedBefore.
    """
    assertion = ceremonies.read_assertion(text)
    passkey = _find_own_passkey(user, assertion)
    buckets = [make_reauthentication_bucket(user.id)]
    rate_limits.count_attempt(buckets, single_use_bucket=challenge.bucket)
    try:
        if passkey is None:
            raise WrongPasskey
        sign_count = ceremonies.verify_assertion(assertion, passkey, challenge.value)
    except WrongPasskey:
        _record_failed_reauthentication(user)
        raise
    used: CTE = _use_statement(passkey, sign_count).cte("used")
    _execute_if_used(
        sessions.reauthentication_statement(
            user.login_session.key,
            [second_factor.return_attempt_cte(buckets, used)],
            verified_code=used,
        )
    )


def _find_own_passkey(user: User, assertion: Assertion) -> Passkey | None:
    is_own = key_condition(Passkey, user.key, id="user_id")
    return db.session.scalars(
        select(Passkey).where(is_own, Passkey.credential_id == assertion.credential_id)
    ).one_or_none()


def _record_failed_reauthentication(user: User) -> None:
    audit_event = account_event_statement(
        AuditKind.REAUTHENTICATION_FAILED, user.key, actor=user.key
    )
    execute_write(audit_event, idempotent=True)


def _execute_if_used(statement: Select[Any]) -> None:  # Any: its columns are not read
    """Execute a statement that uses a passkey. Raises WrongPasskey if it has no row: the passkey
    was removed or used meanwhile, or the account was closed."""

    def work(session: Session) -> None:
        if not session.execute(statement).all():
            raise WrongPasskey

    run_transaction(work, one_statement=True)


def _use_statement(passkey: Passkey, sign_count: int) -> ReturningUpdate[tuple[str]]:
    """Return the statement that stores the new counter; no row if the passkey was removed, or
    used meanwhile: of two copies with the same counter one succeeds."""
    passkeys = table(Passkey)
    return (
        update(passkeys)
        .where(
            key_condition(passkeys, passkey.key),
            passkeys.c.user_id == passkey.user_id,
            passkeys.c.sign_count == passkey.sign_count,
        )
        .values(sign_count=sign_count, last_used_at=func.now())
        .returning(passkeys.c.credential_id)
    )
