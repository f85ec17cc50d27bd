"""Confirming a phone number with a code, and removing it."""

import hmac
from datetime import timedelta
from secrets import randbelow
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, case, delete, func, select, update

from webapp import encryption
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.devices import Device
from webapp.auth.models import User, is_account_open_condition
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.jobs.writing import job_cte
from webapp.riders.phones.models import PhoneNumber
from webapp.riders.phones.numbers import find_range
from webapp.sms import sms_statement
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.rate_limits import Bucket, Limit, make_address_buckets, make_bucket

CODE_DIGITS = 6
CODE_LIFETIME_MINUTES = 10
CODE_LIFETIME = timedelta(minutes=CODE_LIFETIME_MINUTES)
MAX_ATTEMPTS = 5


class WrongPhoneCode(DomainError):
    status = 422
    field = "code"
    message = _l("This code is wrong. Look at the last message that we sent.")


class PhoneCodeOver(DomainError):
    """It has expired, was entered wrong too often, or was never sent."""

    status = 422
    field = "code"
    message = _l("This code is no longer valid. Ask for a new one.")


def find_phone(user: User) -> PhoneNumber | None:
    """Return the phone number of the account, confirmed or not."""
    query = select(PhoneNumber).where(key_condition(PhoneNumber, user.key, id="user_id"))
    return db.session.scalars(query).one_or_none()


def send_code(user: User, number: str, device: Device) -> None:
    """Make a number that of the account, in place of another, and send a code to it.

    Raises EmailNotConfirmed, TooManyTries: each message costs money, and who owns a range of
    numbers may earn by it.
    """
    check_email_confirmed(user)
    rate_limits.count_attempt(_list_buckets(user, number, device))
    code = f"{randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    if not execute_write(_send_code_statement(user, number, code)):
        raise NotFound  # the account has just ended


def _list_buckets(user: User, number: str, device: Device) -> list[Bucket]:
    config = current_app.config
    return [
        make_bucket("sms, account", Limit(*config["LIMIT_SMS_ACCOUNT"]), user.id),
        make_bucket("sms, number", Limit(*config["LIMIT_SMS_NUMBER"]), number),
        make_bucket("sms, range", Limit(*config["LIMIT_SMS_RANGE"]), find_range(number)),
        *make_address_buckets("sms, address", Limit(*config["LIMIT_SMS_ADDRESS"]), device.address),
    ]


def _send_code_statement(user: User, number: str, code: str) -> Select[tuple[UUID]]:
    phones = table(PhoneNumber)
    changing = {
        "number": number,
        "code_digest": _digest_code(user.id, number, code),
        "code_expires_at": func.now() + CODE_LIFETIME,
        "created_at": func.now(),
        "attempts": 0,
    }
    inserted = insert_if(
        is_account_open_condition(user.key),
        phones,
        region=user.region,
        user_id=user.id,
        **changing,
    )
    stored = (
        inserted.on_conflict_do_update(
            index_elements=["region", "user_id"],
            set_={**{name: inserted.excluded[name] for name in changing}, "confirmed_at": None},
        )
        .returning(phones.c.user_id)
        .cte("stored")
    )
    text = _(
        "%(code)s is your MovR code. It is valid for %(n)d minutes.",
        code=code,
        n=CODE_LIFETIME_MINUTES,
    )
    message = job_cte(sms_statement(number, text, user.key, stored))
    audit_event = account_event_statement(AuditKind.PHONE_CODE_SENT, user.key, after=stored)
    return select(stored.c.user_id).add_cte(message, as_cte(audit_event))


def confirm_number(user: User, typed: str) -> None:
    """Confirm the account's number with the code that was sent to it.

    One statement counts the attempt and decides. Raises WrongPhoneCode, PhoneCodeOver.
    """
    phone = find_phone(user)
    if phone is None:
        raise PhoneCodeOver
    digest = _digest_code(user.id, phone.number, typed)
    rows = execute_write(_confirm_statement(user.key, digest))
    if not rows:
        raise PhoneCodeOver
    if not rows[0].is_right:
        raise WrongPhoneCode


def _confirm_statement(user_key: RowKey, digest: str) -> Select[tuple[bool]]:
    phones = table(PhoneNumber)
    is_right = phones.c.code_digest == digest
    tried = (
        update(phones)
        .where(
            key_condition(phones, user_key, id="user_id"),
            phones.c.code_digest.is_not(None),
            phones.c.code_expires_at > func.now(),
            phones.c.attempts < MAX_ATTEMPTS,
        )
        .values(
            attempts=phones.c.attempts + 1,
            confirmed_at=case((is_right, func.now()), else_=phones.c.confirmed_at),
            code_digest=case((is_right, None), else_=phones.c.code_digest),
        )
        .returning(phones.c.code_digest.is_(None).label("is_right"))
        .cte("tried")
    )
    confirmed = select(tried.c.is_right).where(tried.c.is_right).cte("confirmed")
    audit_event = account_event_statement(
        AuditKind.PHONE_CONFIRMED, user_key, actor=user_key, after=confirmed
    )
    return select(tried.c.is_right).add_cte(as_cte(audit_event))


def remove_number(user: User) -> None:
    """Remove the account's number; idempotent."""
    phones = table(PhoneNumber)
    removed = (
        delete(phones)
        .where(key_condition(phones, user.key, id="user_id"))
        .returning(phones.c.user_id)
        .cte("removed")
    )
    audit_event = account_event_statement(AuditKind.PHONE_REMOVED, user.key, after=removed)
    execute_write(select(removed.c.user_id).add_cte(as_cte(audit_event)), idempotent=True)


def _digest_code(user_id: UUID, number: str, code: str) -> str:
    """Return a keyed digest: by a plain one, six digits would be found in a moment."""
    key = encryption.derive_keys("phone code")[0].encode()
    return hmac.digest(key, f"{user_id} {number} {code}".encode(), "sha256").hex()
