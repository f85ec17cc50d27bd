"""Confirming the e-mail address of a new account."""

from flask import current_app
from sqlalchemy import CTE, func, select, update

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte, cte_key
from webapp.auth.devices import Device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import User
from webapp.auth.rate_limits import email_buckets
from webapp.auth.services.email_links import (
    InvalidEmailLink,
    LinkToken,
    insert_link_statement,
    use_link_statement,
)
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.urls import public_url


class EmailNotConfirmed(DomainError):
    status = 403
    title = _l("One more step")
    message = _l("Confirm your e-mail address first, with the link we sent you.")


def check_email_confirmed(user: User) -> None:
    """Raise EmailNotConfirmed when nobody has proved that the account's address is theirs.

    Such an account may not ride. Nor may it get further ways to sign in: somebody may have
    registered with the address of another person. That person can take the account over with a new
    password, and must then be the only one who can sign in to it.
    """
    if not user.email_confirmed_at:
        raise EmailNotConfirmed


def confirmation_link_ctes(user: User, token: LinkToken) -> tuple[CTE, CTE]:
    """Return the parts of a statement that store the link and mail it to the account's address."""
    lifetime_s = current_app.config["CONFIRM_LINK_S"]
    purpose = EmailLinkPurpose.CONFIRM
    link = insert_link_statement(user.key, token, purpose, user.email, lifetime_s)
    return link.cte("link"), mail.mail_cte(
        "confirm_email",
        user.recipient,
        region=user.region,
        link=public_url("auth.email_confirmation.confirm", token=str(token)),
    )


def send_confirmation_again(user: User, device: Device) -> None:
    """Send another link that confirms the account's address. Raises TooManyTries."""
    rate_limits.count_attempt(email_buckets("confirm", user.email, device))
    link, link_mail = confirmation_link_ctes(user, LinkToken.create(user.region))
    execute_write(select(link.c.digest).add_cte(link_mail))


def confirm_email(token: LinkToken) -> None:
    """Confirm an account's address with a link that was sent to it; raises InvalidEmailLink."""
    users = table(User)
    used_link = use_link_statement(token, EmailLinkPurpose.CONFIRM).cte("used_link")
    confirmed = (
        update(users)
        .where(
            users.c.region == used_link.c.region,
            users.c.id == used_link.c.user_id,
            users.c.email == used_link.c.email,
        )
        .values(email_confirmed_at=func.now())
        .returning(users.c.region, users.c.id)
        .cte("confirmed")
    )
    user_key = cte_key(confirmed)
    audit_event = account_event_statement(
        AuditKind.EMAIL_CONFIRMED, user_key, actor=user_key, after=confirmed
    )
    if not execute_write(select(confirmed.c.id).add_cte(as_cte(audit_event))):
        raise InvalidEmailLink
