"""Adding, renaming and removing the passkeys of an account."""

from uuid import UUID, uuid4

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import RecoveryCode, User, is_account_open_condition
from webapp.auth.passkeys import ceremonies
from webapp.auth.passkeys.ceremonies import NewCredential
from webapp.auth.passkeys.challenges import Challenge
from webapp.auth.passkeys.models import MAX_PASSKEYS, Passkey
from webapp.auth.rate_limits import make_reauthentication_bucket
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.auth.services.second_factor import is_on_condition
from webapp.auth.services.second_factor_setup import (
    end_other_access,
    end_second_factor_without_any,
    record_and_notify,
    replace_recovery_codes,
)
from webapp.db.inserts import insert_if
from webapp.db.keys import key_condition
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.translations import lazy_gettext as _l
from webapp.translations import ngettext
from webapp.web import rate_limits


class PasskeyTaken(DomainError):
    field = "credential"
    message = _l("This passkey has been added already.")


class TooManyPasskeys(DomainError):
    def __init__(self) -> None:
        super().__init__()
        self.message = ngettext(
            "You have %(num)d passkey. Remove one first.",
            "You have %(num)d passkeys. Remove one first.",
            MAX_PASSKEYS,
        )


def list_passkeys(user: User) -> list[Passkey]:
    """Return the passkeys of the account, the oldest first."""
    query = (
        select(Passkey)
        .where(key_condition(Passkey, user.key, id="user_id"))
        .order_by(Passkey.created_at, Passkey.id)
        .limit(MAX_PASSKEYS)
    )
    return list(db.session.scalars(query))


def add_passkey(user: User, name: str, text: str, challenge: Challenge) -> list[str]:
    """Add what the browser has made to the account, and tell its owner by mail.

    Return recovery codes, which are stored nowhere, if the account had none. With its first second
    factor the account's other sessions end.

    Raises EmailNotConfirmed, TooManyTries, UsedBefore, WrongPasskey, PasskeyTaken,
    TooManyPasskeys.
    """
    check_email_confirmed(user)
    buckets = [make_reauthentication_bucket(user.id)]
    rate_limits.count_attempt(buckets, single_use_bucket=challenge.bucket)
    credential = ceremonies.verify_registration(text, challenge.value)

    def work(session: Session) -> list[str]:
        session.execute(rate_limits.return_attempt_statement(buckets)).all()
        was_on, number_of_codes, number_of_passkeys = session.execute(_state_query(user)).one()
        if number_of_passkeys >= MAX_PASSKEYS:
            raise TooManyPasskeys
        if not session.execute(_insert_statement(user, name, credential)).all():
            raise PasskeyTaken
        audit_event = account_event_statement(AuditKind.PASSKEY_ADDED, user.key)
        record_and_notify(session, user, audit_event, "passkey_added", passkey_name=name)
        if not was_on:
            end_other_access(session, user)
        return [] if number_of_codes else replace_recovery_codes(session, user.key)

    return run_transaction(work)


def _state_query(user: User) -> Select[tuple[bool, int, int]]:
    """Return whether the account has a second factor, and its numbers of codes and passkeys."""
    counts = [
        select(func.count())
        .select_from(model)
        .where(key_condition(model, user.key, id="user_id"))
        .scalar_subquery()
        for model in (RecoveryCode, Passkey)
    ]
    return select(is_on_condition(*user.key), *counts)


def _insert_statement(
    user: User, name: str, credential: NewCredential
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that inserts a passkey; no row: the credential opens an account
    already, or this one has ended."""
    passkeys = table(Passkey)
    inserted = insert_if(
        is_account_open_condition(user.key),
        passkeys,
        region=user.region,
        id=uuid4(),
        user_id=user.id,
        credential_id=credential.credential_id,
        public_key=credential.public_key,
        sign_count=credential.sign_count,
        name=name,
    )
    return inserted.on_conflict_do_nothing(index_elements=["credential_id"]).returning(
        passkeys.c.id
    )


def rename_passkey(user: User, passkey_id: UUID, name: str) -> None:
    """Give a passkey of the account another name; idempotent. Raises NotFound."""
    passkeys = table(Passkey)
    is_passkey = key_condition(passkeys, user.key, id="user_id") & (passkeys.c.id == passkey_id)
    renamed = (update(passkeys).where(is_passkey).values(name=name).returning(passkeys.c.id)).cte(
        "renamed"
    )
    audit_event = account_event_statement(AuditKind.PASSKEY_RENAMED, user.key, after=renamed)
    statement = select(renamed.c.id).add_cte(as_cte(audit_event))
    if not execute_write(statement, idempotent=True):
        raise NotFound


def remove_passkey(user: User, passkey_id: UUID) -> None:
    """Remove a passkey from the account, and tell its owner by mail.

    Raises NotFound, and SecondFactorRequired when it is the last second factor of staff.
    """
    passkeys = table(Passkey)
    is_passkey = key_condition(passkeys, user.key, id="user_id") & (passkeys.c.id == passkey_id)
    removed = delete(passkeys).where(is_passkey).returning(passkeys.c.name)

    def work(session: Session) -> None:
        name = session.scalars(removed).one_or_none()
        if name is None:
            raise NotFound
        end_second_factor_without_any(session, user)
        audit_event = account_event_statement(AuditKind.PASSKEY_REMOVED, user.key)
        record_and_notify(session, user, audit_event, "passkey_removed", passkey_name=name)

    run_transaction(work)
