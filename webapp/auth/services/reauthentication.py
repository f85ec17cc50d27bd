"""Reauthentication: a person who is signed in gives password and code again."""

from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.auth.models import User
from webapp.auth.passwords import verify_password
from webapp.auth.rate_limits import make_reauthentication_bucket
from webapp.auth.services import second_factor, sessions
from webapp.auth.services.second_factor import FactorStatus
from webapp.db.transactions import execute_write, run_transaction
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.rate_limits import Bucket


class WrongPassword(DomainError):
    status = 422
    field = "password"
    message = _l("Wrong password.")


class NoPasswordSet(DomainError):
    message = _l("Your account has no password yet. Set one first.")


def check_own_password(user: User, password: str) -> None:
    """Check the password of a person who is signed in; raises WrongPassword, TooManyTries."""
    buckets = [make_reauthentication_bucket(user.id)]
    rate_limits.count_attempt(buckets)
    _check_password(user, password)
    execute_write(rate_limits.return_attempt_statement(buckets), idempotent=True)


def _check_password(user: User, password: str) -> None:
    if not verify_password(password, user.password_hash):
        audit_event = account_event_statement(
            AuditKind.REAUTHENTICATION_FAILED, user.key, actor=user.key
        )
        execute_write(audit_event, idempotent=True)
        raise WrongPassword


def reauthenticate(user: User, factor: FactorStatus, password: str, code: str) -> None:
    """Check all credentials of the account, and write the time to its session.

    Raises WrongPassword, WrongCode, TooManyTries, NoPasswordSet.
    """
    if not (user.password_hash or factor.is_on):
        raise NoPasswordSet
    with second_factor.count_submitted_code(user, user.id) as buckets:
        if user.password_hash:
            _check_password(user, password)
        if factor.is_on:
            _use_code(user, factor, code, buckets)
        else:
            returned_attempt = rate_limits.return_attempt_statement(buckets).cte("attempts")
            session_key = user.login_session.key
            execute_write(
                sessions.reauthentication_statement(session_key, [returned_attempt]),
                idempotent=True,
            )


def _use_code(user: User, factor: FactorStatus, typed: str, buckets: list[Bucket]) -> None:
    code = second_factor.read_code(user, factor, typed)
    used_code = code.use_statement.cte("used_code")
    statement = sessions.reauthentication_statement(
        user.login_session.key,
        [second_factor.return_attempt_cte(buckets, used_code)],
        verified_code=used_code,
    )

    def work(session: Session) -> None:
        code.use(session, statement)

    run_transaction(work, one_statement=not code.is_recovery_code)
