"""Turning the second factor on and off, and its recovery codes."""

from uuid import UUID

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningDelete

from webapp import encryption, mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.auth import recovery_codes
from webapp.auth.models import (
    LoginSession,
    RecoveryCode,
    SecondFactor,
    User,
    is_account_open_condition,
)
from webapp.auth.passkeys.models import Passkey
from webapp.auth.services import sessions
from webapp.auth.services.api_tokens import delete_tokens_statement
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.auth.services.oauth_grants import delete_grants_statement
from webapp.auth.services.second_factor import (
    FactorStatus,
    count_submitted_code,
    decrypt_secret,
    find_time_step,
    is_on_condition,
    is_required,
    make_encryption_context,
    read_code,
    use_time_step_statement,
)
from webapp.auth.totp import AuthenticatorSetup, make_secret
from webapp.db.inserts import Insert, insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits


class SecondFactorAlreadyOn(DomainError):
    message = _l("Two-factor authentication is already on.")


class SecondFactorNotOn(DomainError):
    message = _l("Two-factor authentication is off.")


class SecondFactorRequired(DomainError):
    message = _l(
        "Your role gives you access to other people's data, so two-factor authentication must stay"
        " on."
    )


# --- turning it on ---------------------------------------------------------------------------


def start_setup(user: User) -> None:
    """Give the account a new secret for an app. Nothing asks for its codes before
    ``confirm_setup``.

    Raises SecondFactorAlreadyOn, EmailNotConfirmed.
    """
    check_email_confirmed(user)
    factors = table(SecondFactor)
    secret = encryption.encrypt(make_secret(), make_encryption_context(user))
    inserted = insert_if(
        is_account_open_condition(user.key),
        factors,
        region=user.region,
        user_id=user.id,
        secret=secret,
    )
    statement = inserted.on_conflict_do_update(
        index_elements=["region", "user_id"],
        set_={"secret": inserted.excluded.secret},
        where=factors.c.confirmed_at.is_(None),
    ).returning(factors.c.user_id)
    if not execute_write(statement, idempotent=True):
        raise SecondFactorAlreadyOn


def read_setup(user: User, factor: FactorStatus) -> AuthenticatorSetup | None:
    """Return what the app must know; None when no setup was started."""
    secret = decrypt_secret(user, factor)
    return AuthenticatorSetup(secret, user.username) if secret else None


def confirm_setup(user: User, factor: FactorStatus, typed: str) -> list[str]:
    """Turn it on with the app's first code; return the recovery codes, which are stored nowhere.

    The account's other sessions end. Raises WrongCode, SecondFactorAlreadyOn.
    """
    time_step = find_time_step(user, factor, typed)
    statement = use_time_step_statement(user.key, factor, time_step).values(confirmed_at=func.now())
    confirm = statement.where(table(SecondFactor).c.confirmed_at.is_(None))

    def work(session: Session) -> list[str]:
        if not session.execute(confirm).all():
            raise SecondFactorAlreadyOn
        end_other_access(session, user)
        record_and_notify(
            session,
            user,
            account_event_statement(AuditKind.SECOND_FACTOR_ON, user.key),
            "second_factor_on",
        )
        return replace_recovery_codes(session, user.key)

    return run_transaction(work)


def end_other_access(session: Session, user: User) -> None:
    """End what was signed in without the second factor that the account has from now on: other
    sessions, access tokens and apps. This session has verified it."""
    session_key = user.login_session.key
    session.execute(sessions.end_sessions_statement(user.key, keep=session_key)).all()
    session.execute(delete_tokens_statement(user.key)).all()
    session.execute(delete_grants_statement(user.key)).all()
    session.execute(sessions.update_session_statement(session_key, second_factor=True)).all()


def delete_unconfirmed_statement(user_key: RowKey) -> ReturningDelete[tuple[UUID]]:
    """Return the statement that deletes a secret that was not confirmed.

    An intruder may have started the setup, and knows the secret that the owner would be shown.
    """
    factors = table(SecondFactor)
    return (
        delete(factors)
        .where(key_condition(factors, user_key, id="user_id"), factors.c.confirmed_at.is_(None))
        .returning(factors.c.user_id)
    )


# --- recovery codes --------------------------------------------------------------------------


def renew_recovery_codes(user: User) -> list[str]:
    """Return new recovery codes, which are stored nowhere; the old ones are no longer valid.

    Raises SecondFactorNotOn, also when this session has not verified the second factor.
    """
    is_on = select(is_on_condition(*user.key))

    def work(session: Session) -> list[str]:
        if not (user.login_session.second_factor and session.scalar(is_on)):
            raise SecondFactorNotOn
        record_and_notify(
            session,
            user,
            account_event_statement(AuditKind.RECOVERY_CODES_MADE, user.key),
            "recovery_codes_made",
            number_of_codes=recovery_codes.NUMBER_OF_CODES,
        )
        return replace_recovery_codes(session, user.key)

    return run_transaction(work)


def replace_recovery_codes(session: Session, user_key: RowKey) -> list[str]:
    """Give the account new recovery codes; return them."""
    codes, rows = recovery_codes.make_recovery_codes(), table(RecoveryCode)
    session.execute(delete(rows).where(key_condition(rows, user_key, id="user_id")))
    owner = {"region": user_key.region, "user_id": user_key.id}
    digests = map(recovery_codes.digest_recovery_code, codes)
    session.execute(insert(rows).values([{**owner, "digest": digest} for digest in digests]))
    return codes


# --- turning it off --------------------------------------------------------------------------


def turn_off(user: User, factor: FactorStatus, typed: str) -> None:
    """Remove the authenticator app, with one last code. Passkeys stay a second factor.

    Raises WrongCode, TooManyTries, SecondFactorNotOn, SecondFactorRequired.
    """
    if is_required(user) and not factor.number_of_passkeys:
        raise SecondFactorRequired
    if not factor.has_app:
        raise SecondFactorNotOn
    with count_submitted_code(user, user.id) as buckets:
        code = read_code(user, factor, typed)

        def work(session: Session) -> None:
            code.use(session, code.use_statement)
            session.execute(rate_limits.return_attempt_statement(buckets)).all()
            if not session.execute(_delete_app_statement(user.key)).all():
                raise SecondFactorNotOn
            end_second_factor_without_any(session, user)
            audit_event = account_event_statement(AuditKind.SECOND_FACTOR_OFF, user.key)
            record_and_notify(session, user, audit_event, "second_factor_off")

        run_transaction(work)


def end_second_factor_without_any(session: Session, user: User) -> None:
    """Delete what belongs to a second factor if the account has none any more.

    Raises SecondFactorRequired for staff: the transaction is undone.
    """
    if session.scalar(select(is_on_condition(*user.key))):
        return
    if is_required(user):
        raise SecondFactorRequired
    _delete_codes_and_access(session, user.key)


def reset(user: User) -> None:
    """Turn it off for an owner who has lost app, passkeys and recovery codes. All sessions end.

    Raises SecondFactorNotOn.
    """
    run_transaction(lambda session: reset_in_transaction(session, user))


def reset_in_transaction(
    session: Session, user: User, city_name: str | None = None, why: str = ""
) -> None:
    """Do what ``reset`` does in a transaction that is there already.

    city_name: the home city of the account, if staff of it do so.
    """
    passkeys = table(Passkey)
    is_own = key_condition(passkeys, user.key, id="user_id")
    deleted = [
        *session.execute(_delete_app_statement(user.key)),
        *session.execute(delete(passkeys).where(is_own).returning(passkeys.c.id)),
    ]
    if not deleted:
        raise SecondFactorNotOn
    _delete_codes_and_access(session, user.key)
    audit_event = account_event_statement(
        AuditKind.SECOND_FACTOR_OFF,
        user.key,
        region=user.region,
        city=city_name,
        why=why,
    )
    record_and_notify(session, user, audit_event, "second_factor_off")
    session.execute(sessions.end_sessions_statement(user.key)).all()


def _delete_app_statement(user_key: RowKey) -> ReturningDelete[tuple[UUID]]:
    factors = table(SecondFactor)
    is_app = and_(
        key_condition(factors, user_key, id="user_id"), factors.c.confirmed_at.is_not(None)
    )
    return delete(factors).where(is_app).returning(factors.c.user_id)


def _delete_codes_and_access(session: Session, user_key: RowKey) -> None:
    """Delete recovery codes, and what was signed in with the second factor but sessions."""
    codes, logins = table(RecoveryCode), table(LoginSession)
    session.execute(delete(codes).where(key_condition(codes, user_key, id="user_id")))
    session.execute(delete_tokens_statement(user_key)).all()
    session.execute(delete_grants_statement(user_key)).all()
    # A second factor that is set up later was not verified in these sessions.
    is_session = key_condition(logins, user_key, id="user_id")
    session.execute(update(logins).where(is_session).values(second_factor=False))


def record_and_notify(
    session: Session, user: User, audit_event: Insert, template: str, **values: int | str
) -> None:
    """Write the audit event and the mail ``template``, which shows the ``values``."""
    notice = mail.mail_cte(template, user.recipient, region=user.region, after=None, **values)
    session.execute(audit_event.add_cte(notice))
