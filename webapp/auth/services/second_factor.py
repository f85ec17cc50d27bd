"""Whether an account has a second factor, and verifying a code of it.

The second factor is an authenticator app, a passkey (webapp/auth/passkeys), or both. A code is one
of an authenticator app (TOTP, RFC 6238), or a recovery code instead. Each is valid once. The
statement that uses a code decides whether it is still valid: of two requests with the same code at
the same time, one succeeds.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import (
    CTE,
    ColumnElement,
    Executable,
    Update,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.dml import ReturningDelete, ReturningUpdate
from sqlalchemy.sql.selectable import ScalarSelect

from webapp import encryption
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.auth import totp
from webapp.auth.models import ApiToken, LoginSession, RecoveryCode, SecondFactor, User
from webapp.auth.passkeys.models import Passkey
from webapp.auth.rate_limits import make_reauthentication_bucket
from webapp.auth.recovery_codes import digest_recovery_code, is_recovery_code, normalize_code
from webapp.auth.services import sessions
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.rate_limits import Bucket


class WrongCode(DomainError):
    status = 422
    field = "code"
    message = _l("This code is wrong or has already been used. Wait for the next one.")


class WrongRecoveryCode(WrongCode):
    field = "recovery_code"
    message = _l("This recovery code is wrong or has already been used.")


# --- whether it is on ------------------------------------------------------------------------


@dataclass(frozen=True)
class FactorStatus:
    """The second factor of an account."""

    #: When the authenticator app was set up; None: there is none.
    confirmed_at: datetime | None = None
    #: How many recovery codes have not been used.
    codes_left: int = 0
    number_of_passkeys: int = 0
    #: The app's secret, encrypted; while ``has_app`` is false, one that is being set up.
    encrypted_secret: str | None = None

    @property
    def has_app(self) -> bool:
        return self.confirmed_at is not None

    @property
    def is_on(self) -> bool:
        return self.has_app or self.number_of_passkeys > 0


OFF = FactorStatus()


def find_status(user: User) -> FactorStatus:
    """Return the second factor of the account. One statement."""
    columns = select(*status_columns(User)).select_from(User)
    statement = columns.outerjoin(SecondFactor, joined_factor_condition(User))
    row = db.session.execute(statement.where(key_condition(User, user.key))).one_or_none()
    return FactorStatus(*row) if row else OFF


def find_status_and_sessions(user: User) -> tuple[FactorStatus, list[LoginSession], bool]:
    """Return the second factor of the account, its active sessions, and whether it has access
    tokens. One statement."""
    statement = (
        sessions.open_sessions_query(user.key)
        .outerjoin(SecondFactor, joined_factor_condition(LoginSession))
        .add_columns(
            *status_columns(LoginSession),
            exists().where(key_condition(ApiToken, user.key, id="user_id")),
        )
    )
    rows = db.session.execute(statement).all()
    active = [login for login, now, *_ in rows if sessions.is_active(user, login, now)]
    if not rows:
        return OFF, active, False
    *status, has_tokens = rows[0][2:]
    return FactorStatus(*status), active, has_tokens


def joined_factor_condition(owner: type[User | LoginSession]) -> ColumnElement[bool]:
    """Return the condition that joins the authenticator app of an account."""
    return and_(SecondFactor.region == owner.region, SecondFactor.user_id == _user_id(owner))


def status_columns(
    owner: type[User | LoginSession],
) -> tuple[
    InstrumentedAttribute[datetime | None],
    ScalarSelect[int],
    ScalarSelect[int],
    InstrumentedAttribute[str],
]:
    """Return the values of a FactorStatus, for a SELECT from ``owner`` and its factor
    (``joined_factor_condition``)."""
    return (
        SecondFactor.confirmed_at,
        _count_subquery(RecoveryCode, owner),
        _count_subquery(Passkey, owner),
        SecondFactor.secret,
    )


def _count_subquery(
    model: type[RecoveryCode | Passkey], owner: type[User | LoginSession]
) -> ScalarSelect[int]:
    is_own = and_(model.region == owner.region, model.user_id == _user_id(owner))
    query = select(func.count()).select_from(model).where(is_own).correlate(owner)
    return query.scalar_subquery()


def _user_id(owner: type[User | LoginSession]) -> InstrumentedAttribute[UUID]:
    return User.id if owner is User else LoginSession.user_id


def is_on_condition(
    region: InstrumentedAttribute[str] | str, user_id: InstrumentedAttribute[UUID] | UUID
) -> ColumnElement[bool]:
    """Return the condition that the account with this key has a second factor."""
    factors, passkeys = table(SecondFactor).c, table(Passkey).c
    return or_(
        exists().where(
            factors.region == region,
            factors.user_id == user_id,
            factors.confirmed_at.is_not(None),
        ),
        exists().where(passkeys.region == region, passkeys.user_id == user_id),
    )


def is_required(user: User) -> bool:
    """Tell whether the account must have a second factor, because of its roles."""
    return user.is_staff and bool(current_app.config["SECOND_FACTOR_REQUIRED"])


def make_encryption_context(user: User) -> str:
    """Return the context of the encrypted secret. Accounts that move keep their id."""
    return f"second factor {user.id}"


# --- verifying a code ------------------------------------------------------------------------


@dataclass(frozen=True)
class SubmittedCode:
    """A code that somebody entered. Whether it is valid is known once it is used."""

    user_key: RowKey
    #: Uses the code; returns a row if it was valid.
    use_statement: ReturningUpdate[tuple[UUID]] | ReturningDelete[tuple[UUID]]
    is_recovery_code: bool

    def use(self, session: Session, statement: Executable) -> None:
        """Execute a statement that contains ``use_statement`` and returns a row only if that does.

        Raises WrongCode. It is the only statement for an app's code (``one_statement``); a
        recovery code has an audit event besides.
        """
        if not session.execute(statement).all():
            raise WrongRecoveryCode if self.is_recovery_code else WrongCode
        if self.is_recovery_code:
            session.execute(account_event_statement(AuditKind.RECOVERY_CODE_USED, self.user_key))


def read_code(user: User, factor: FactorStatus, typed: str) -> SubmittedCode:
    """Return the code that was entered; raises WrongCode when it is no code of this moment."""
    code = normalize_code(typed)
    if is_recovery_code(code):
        return SubmittedCode(
            user.key, _use_recovery_code_statement(user.key, code), is_recovery_code=True
        )
    is_confirmed = table(SecondFactor).c.confirmed_at.is_not(None)
    use_statement = use_time_step_statement(user.key, factor, find_time_step(user, factor, code))
    return SubmittedCode(user.key, use_statement.where(is_confirmed), is_recovery_code=False)


def find_time_step(user: User, factor: FactorStatus, typed: str) -> int:
    """Return the time step whose code was entered; raises WrongCode when there is none."""
    secret = decrypt_secret(user, factor)
    time_step = totp.find_time_step(secret, normalize_code(typed)) if secret else None
    if time_step is None:
        raise WrongCode
    return time_step


def decrypt_secret(user: User, factor: FactorStatus) -> str | None:
    """Return the app's secret; None when there is none, or no key for it."""
    if not factor.encrypted_secret:
        return None
    return encryption.decrypt_stored(factor.encrypted_secret, make_encryption_context(user))


def use_time_step_statement(
    user_key: RowKey, factor: FactorStatus, time_step: int
) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that makes a time step and all before it invalid; no row: they are."""
    factors = table(SecondFactor)
    return (
        update(factors)
        .where(
            key_condition(factors, user_key, id="user_id"),
            factors.c.secret == factor.encrypted_secret,
            factors.c.last_step < time_step,
        )
        .values(last_step=time_step)
        .returning(factors.c.user_id)
    )


def _use_recovery_code_statement(user_key: RowKey, code: str) -> ReturningDelete[tuple[UUID]]:
    codes = table(RecoveryCode)
    return (
        delete(codes)
        .where(
            key_condition(codes, user_key, id="user_id"),
            codes.c.digest == digest_recovery_code(code),
        )
        .returning(codes.c.user_id)
    )


def _record_wrong_code(user: User) -> None:
    execute_write(
        account_event_statement(AuditKind.SECOND_FACTOR_FAILED, user.key), idempotent=True
    )


@contextmanager
def count_submitted_code(
    user: User, bucket_key: object, record_wrong_code: Callable[[User], None] = _record_wrong_code
) -> Iterator[list[Bucket]]:
    """Count an attempt before its code is verified; write an audit event about a wrong code.

    Yields the buckets, to return the attempt to them when it succeeds. Raises TooManyTries.
    """
    buckets = [make_reauthentication_bucket(bucket_key)]
    rate_limits.count_attempt(buckets)
    try:
        yield buckets
    except WrongCode:
        record_wrong_code(user)
        raise


def return_attempt_cte(buckets: list[Bucket], used_code: CTE) -> CTE:
    """Return the part of a statement that returns the attempt if ``used_code`` has a row."""
    statement: Update = rate_limits.return_attempt_statement(buckets)
    return statement.where(select(used_code).exists()).cte("attempts")
