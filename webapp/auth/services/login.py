"""Signing in: find the account, count the attempt, verify the credentials, start a session.

It takes three round trips besides the hash, whatever the outcome: find, count, and write the
outcome. So neither the response nor its time shows whether an account exists. A code in a second
step takes three, too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, exists, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import (
    account_event_statement,
    as_cte,
    audit_event_statement,
    audit_subject,
)
from webapp.auth import passwords
from webapp.auth import rate_limits as limits
from webapp.auth.devices import Device
from webapp.auth.labels import device_label, place_label
from webapp.auth.models import LoginSession, SecondFactor, User
from webapp.auth.proof_of_work import check_proof, refuses_used_proofs
from webapp.auth.services import second_factor, sessions
from webapp.auth.services.second_factor import FactorStatus, SubmittedCode
from webapp.auth.services.users import name_condition
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.templating import format_reader_time
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.rate_limits import Bucket, TooManyTries
from webapp.web.urls import public_url


class WrongCredentials(DomainError):
    """A wrong password, an unknown name or a closed account: nobody is told which."""

    status = 422
    field = "password"
    message = _l("Wrong username or password.")


@dataclass(frozen=True)
class LoginAttempt:
    """An account that somebody tries to sign in to."""

    user: User
    #: Whether this browser was signed in to the account before.
    is_known_device: bool
    factor: FactorStatus = second_factor.OFF

    @property
    def needs_second_factor(self) -> bool:
        return self.factor.is_on


def prepare_attempt(condition: ColumnElement[bool], device: Device) -> LoginAttempt | None:
    """Return the attempt to sign in to the account that meets the condition, or None."""
    statement = (
        select(User, is_known_device_condition(device), *second_factor.status_columns(User))
        .outerjoin(SecondFactor, second_factor.joined_factor_condition(User))
        .where(condition)
        .execution_options(populate_existing=True)  # the account may have been read before
    )
    row = db.session.execute(statement).unique().one_or_none()
    return LoginAttempt(row[0], row[1], FactorStatus(*row[2:])) if row else None


def is_known_device_condition(device: Device) -> ColumnElement[bool]:
    """Return the condition that this browser was signed in to the account before."""
    logins = table(LoginSession).c
    return exists().where(
        logins.region == User.region, logins.user_id == User.id, logins.device == device.id
    )


def prepare_attempt_by_key(user_key: RowKey, device: Device) -> LoginAttempt | None:
    """Return the attempt to sign in to the account of that key, or None."""
    return prepare_attempt(key_condition(User, user_key), device)


# --- the password ----------------------------------------------------------------------------


def check_password(
    name: str, password: str, device: Device, proof_bucket: Bucket | None = None
) -> LoginAttempt:
    """Return the attempt to sign in to the account of that username or e-mail address.

    proof_bucket: of a proof of work, which is asked for after many attempts.

    Raises WrongCredentials; and TooManyTries, ProofOfWorkNeeded before the password is verified.
    """
    attempt = prepare_attempt(name_condition(name), device)
    user = attempt.user if attempt else None
    with refuses_used_proofs():
        check_proof(count_attempt(attempt, name, device, proof_bucket), proof_bucket)
    is_right_password = passwords.verify_password(password, user.password_hash if user else None)
    if attempt is None or not is_right_password or attempt.user.disabled_at:
        record_failure(user)
        raise WrongCredentials
    return attempt


def count_attempt(
    attempt: LoginAttempt | None, name: str, device: Device, single_use_bucket: Bucket | None
) -> float:
    """Count an attempt to sign in; return which share of the fullest limit is used up, of a known
    device none. Raises TooManyTries, UsedBefore.

    name: what was typed, or the passkey's id; an attempt at no account is counted by it.
    single_use_bucket: see ``rate_limits.count_attempt``.
    """
    # A known device is counted neither with all visitors nor with others of its address, so that
    # its owner can always sign in.
    is_known_device = attempt is not None and attempt.is_known_device
    ceiling = None if is_known_device else limits.failed_sign_ins()
    try:
        share = rate_limits.count_attempt(
            list_buckets(attempt, name, device), ceiling, single_use_bucket=single_use_bucket
        )
    except TooManyTries as refusal:
        if refusal.details["first"]:  # only one event, however many attempts follow
            audit_event = _failure_event_statement(
                AuditKind.SIGN_IN_RATE_LIMITED, attempt.user if attempt else None
            )
            execute_write(audit_event, idempotent=True)
        raise
    return 0 if is_known_device else share


def list_buckets(attempt: LoginAttempt | None, name: str, device: Device) -> list[Bucket]:
    """Return where an attempt is counted."""
    if attempt is None:
        account = limits.make_account_bucket(name.lower())
    elif attempt.is_known_device:
        return [limits.make_known_device_bucket(attempt.user.id, device)]
    else:
        account = limits.make_account_bucket(attempt.user.id)
    return [account, *limits.sign_in_address_buckets(device)]


def record_failure(user: User | None) -> None:
    """Count a failed sign-in with all visitors, and write its audit event."""
    count = rate_limits.count_attempt_statement([limits.failed_sign_ins().shard()])
    audit_event = _failure_event_statement(AuditKind.SIGN_IN_FAILED, user)
    execute_write(count.add_cte(as_cte(audit_event)), idempotent=True)


def _failure_event_statement(kind: AuditKind, user: User | None) -> Insert:
    subject = audit_subject("account", user.key) if user else None
    return audit_event_statement(kind, subject=subject)


# --- the session -----------------------------------------------------------------------------


def sign_in(
    attempt: LoginAttempt, device: Device, *, remember: bool, password: str | None = None
) -> User:
    """Start a session; return the account, with the session at ``login_session``. One statement.

    password: as it was entered, to hash it again when BCRYPT_LOG_ROUNDS has grown.

    A sign-in from a new browser is reported to the owner by mail.

    Raises WrongCredentials when the account was closed, or its password or second factor changed,
    since the attempt was prepared.
    """
    if attempt.needs_second_factor:
        raise RuntimeError("accounts with a second factor are signed in to by sign_in_with_code")
    login_session = sessions.new_session(attempt.user.key, device, remember=remember)
    statement = _sign_in_statement(attempt, device, login_session, _rehash(attempt.user, password))
    if not execute_write(statement, idempotent=True):
        raise WrongCredentials
    attempt.user.login_session = login_session
    return attempt.user


def _sign_in_statement(
    attempt: LoginAttempt, device: Device, login_session: LoginSession, new_hash: str
) -> Select[tuple[int]]:
    """Return the statement that inserts the session, returns the attempt and stores the hash.

    It does nothing and returns no row if the account has changed since the attempt was prepared.
    """
    user = attempt.user
    unchanged = _unchanged_account_cte(user, new_hash)
    has_second_factor = second_factor.is_on_condition(user.region, user.id)
    permitted = select(unchanged).where(~has_second_factor).cte("permitted")
    attempts = _return_attempt_statement(attempt, device, permitted).cte("attempts")
    return sessions.sign_in_statement(
        login_session,
        [
            attempts,
            *_update_hash_ctes(user, new_hash),
            *new_device_ctes(attempt, device, permitted),
        ],
        after=permitted,
    )


def finish_first_factor(attempt: LoginAttempt, device: Device, password: str | None) -> None:
    """Prepare an account for the code that it is asked for next.

    The attempt returns to its rate limits, and the password is rehashed where ``sign_in`` would.
    """
    user, new_hash = attempt.user, _rehash(attempt.user, password)
    statement = _return_attempt_statement(attempt, device, _unchanged_account_cte(user, new_hash))
    execute_write(statement.add_cte(*_update_hash_ctes(user, new_hash)), idempotent=True)
    user.password_hash = new_hash or user.password_hash


def sign_in_with_code(
    attempt: LoginAttempt, typed: str, device: Device, *, remember: bool
) -> SubmittedCode:
    """Start a session like ``sign_in``, with a code of the app or a recovery code; return the code.

    Raises WrongCode, and TooManyTries before the code is verified. Known devices are counted
    apart, as for the password. Of wrong codes the owner gets a mail (LIMIT_WRONG_SECOND_FACTOR):
    who enters them knows the password.
    """
    user = attempt.user
    bucket_key = (user.id, device.id if attempt.is_known_device else None)
    login_session = sessions.new_session(user.key, device, remember=remember, second_factor=True)
    record = partial(_record_wrong_code, device=device)
    with second_factor.count_submitted_code(user, bucket_key, record) as buckets:
        code = second_factor.read_code(user, attempt.factor, typed)
        is_unchanged = select(_unchanged_account_cte(user)).exists()
        used_code = code.use_statement.where(is_unchanged).cte("used_code")
        returned_attempt = second_factor.return_attempt_cte(buckets, used_code)
        notice = new_device_ctes(attempt, device, used_code)
        statement = sessions.sign_in_statement(
            login_session, [returned_attempt, *notice], after=used_code
        )
        run_transaction(
            lambda session: code.use(session, statement), one_statement=not code.is_recovery_code
        )
    user.login_session = login_session
    return code


def _record_wrong_code(user: User, device: Device) -> None:
    """Write the audit event, count the code, and send the mail with the count that has one."""
    bucket = limits.make_second_factor_mail_bucket(user.id)
    audit_event = account_event_statement(AuditKind.SECOND_FACTOR_FAILED, user.key)
    counted = rate_limits.count_attempt_statement([bucket]).cte("counted")
    reached = select(counted.c.hits).where(counted.c.hits == bucket.limit.tries).cte("reached")
    notice = _device_mail_cte(
        "wrong_second_factor", user, device, "auth.account.change_password", reached
    )
    execute_write(select(counted.c.hits).add_cte(as_cte(audit_event), notice), idempotent=True)


def _unchanged_account_cte(user: User, new_hash: str = "") -> CTE:
    """The account, if it still has the password that was verified, and is not closed.

    new_hash: of the same password; an earlier try whose answer was lost may have written it.
    """
    users, hashes = table(User), [user.password_hash, *filter(None, [new_hash])]
    return (
        select(users.c.id)
        .where(key_condition(users, user.key))
        .where(users.c.password_hash.in_(hashes), users.c.disabled_at.is_(None))
        .cte("unchanged")
    )


def _return_attempt_statement(
    attempt: LoginAttempt, device: Device, unchanged: CTE
) -> ReturningUpdate[tuple[str]]:
    """Return the statement that returns the attempt if ``unchanged`` has a row."""
    buckets = list_buckets(attempt, "", device)
    statement = rate_limits.return_attempt_statement(buckets)
    return statement.where(select(unchanged.c.id).exists())


def _rehash(user: User, password: str | None) -> str:
    """Return a new hash of the password if the stored one is too cheap today; else ''."""
    if password is None or not passwords.needs_rehash(user.password_hash):
        return ""
    return passwords.hash_password(password)


def _update_hash_ctes(user: User, new_hash: str) -> list[CTE]:
    """Return the part of a statement that stores the new hash, if there is one."""
    if not new_hash:
        return []
    users = table(User)
    statement: ReturningUpdate[tuple[UUID]] = (
        update(users)
        .where(key_condition(users, user.key))
        .where(users.c.password_hash == user.password_hash)  # and not another password's
        .values(password_hash=new_hash)
        .returning(users.c.id)
    )
    return [statement.cte("rehashed")]


def new_device_ctes(attempt: LoginAttempt, device: Device, after: CTE) -> list[CTE]:
    """Return the part of a statement that tells the owner of a sign-in from a new browser."""
    if attempt.is_known_device:
        return []
    return [_device_mail_cte("new_device", attempt.user, device, "auth.account.index", after)]


def _device_mail_cte(template: str, user: User, device: Device, endpoint: str, after: CTE) -> CTE:
    with mail.language_of(user.recipient):  # that of the browser may be another one
        values = {
            "device": device_label(device.agent),
            "place": place_label(device.city, device.address),
            "when": format_reader_time(datetime.now(UTC), user),
        }
    return mail.mail_cte(
        template,
        user.recipient,
        region=user.region,
        after=after,
        link=public_url(endpoint),
        **values,
    )
