"""Changing the e-mail address of an account."""

from flask import current_app
from sqlalchemy import Row, Select, func, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.auth.devices import Device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import EmailLink, User
from webapp.auth.rate_limits import email_buckets
from webapp.auth.services.email_links import (
    InvalidEmailLink,
    LinkToken,
    UsedLink,
    expire_links_statement,
    insert_link_statement,
    use_link_statement,
)
from webapp.auth.services.registration import EmailTaken
from webapp.db.errors import violated_constraint
from webapp.db.transactions import run_transaction
from webapp.db.types import Region, table
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.urls import public_url

#: Of the two links of a change.
PURPOSES = (EmailLinkPurpose.CHANGE_OLD, EmailLinkPurpose.CHANGE_NEW)


class SameEmail(DomainError):
    status = 422
    field = "email"
    message = _l("That is already your e-mail address.")


def request_email_change(user: User, email: str, device: Device) -> None:
    """Send a link to the old and one to the new address; when both were used, the address changes.

    An old address that was never confirmed, mistyped perhaps, gets no link. The links of an
    earlier request expire. Raises SameEmail, TooManyTries.
    """
    new_email = email.lower()
    if new_email == user.email:
        raise SameEmail
    rate_limits.count_attempt(email_buckets("change", str(user.id), device))
    audit_event = account_event_statement(AuditKind.EMAIL_CHANGE_ASKED, user.key)
    recipients = {EmailLinkPurpose.CHANGE_NEW: new_email}
    if user.email_confirmed_at:
        recipients = {EmailLinkPurpose.CHANGE_OLD: user.email, **recipients}

    def work(session: Session) -> None:
        session.execute(expire_links_statement(user.key, *PURPOSES)).all()
        for purpose, recipient in recipients.items():
            _send_link(session, user, purpose, recipient, new_email)
        session.execute(audit_event)

    run_transaction(work)


def _send_link(
    session: Session, user: User, purpose: EmailLinkPurpose, recipient: str, new_email: str
) -> None:
    token = LinkToken.create(user.region)
    lifetime_s = current_app.config["CONFIRM_LINK_S"]
    link = insert_link_statement(user.key, token, purpose, new_email, lifetime_s)
    link_mail = mail.mail_cte(
        f"change_email_{purpose.removeprefix('change_')}",
        user.recipient._replace(address=recipient),
        region=user.region,
        address=new_email,
        link=public_url("auth.email_change.confirm", token=str(token)),
    )
    session.execute(link.add_cte(link_mail)).all()


def confirm_email_change(token: LinkToken) -> bool:
    """Use one of the two links; return whether the address has changed, or waits for the other.

    Raises InvalidEmailLink, EmailTaken.
    """

    def work(session: Session) -> bool:
        used_link = session.execute(use_link_statement(token, *PURPOSES)).one_or_none()
        if used_link is None:
            raise InvalidEmailLink
        user = session.get_one(User, (used_link.region, used_link.user_id))
        other_was_used = session.scalar(_other_link_query(used_link))
        if other_was_used is None and user.email_confirmed_at:
            # Requested before the current address was confirmed, so that it got no link.
            raise InvalidEmailLink
        if other_was_used is False:
            return False
        _change_email(session, user, used_link.email)
        return True

    try:
        return run_transaction(work)
    except IntegrityError as error:
        if violated_constraint(error) == "uq_users_email":
            raise EmailTaken from None
        raise


def _other_link_query(used_link: Row[UsedLink]) -> Select[tuple[bool]]:
    """Return whether the other link of the pair was used in time; no row when there is none."""
    links = table(EmailLink).c
    other_purpose = next(purpose for purpose in PURPOSES if purpose != used_link.purpose)
    was_used_in_time = links.used_at.is_not(None) & (links.expires_at > func.now())
    return select(was_used_in_time).where(
        links.region == literal(used_link.region, Region),
        links.user_id == used_link.user_id,
        links.purpose == other_purpose.value,
        links.email == used_link.email,
        links.created_at == used_link.created_at,  # of one transaction
    )


def _change_email(session: Session, user: User, email: str) -> None:
    old_recipient, old_was_confirmed = user.recipient, user.email_confirmed_at is not None
    user.email, user.email_confirmed_at = email, func.now()
    session.flush()
    purposes = (EmailLinkPurpose.RESET, EmailLinkPurpose.CONFIRM)
    session.execute(expire_links_statement(user.key, *purposes)).all()
    audit_event = account_event_statement(AuditKind.EMAIL_CHANGED, user.key, actor=user.key)
    if old_was_confirmed:  # an unconfirmed address may be a stranger's
        notice = mail.mail_cte("email_changed", old_recipient, region=user.region, address=email)
        audit_event = audit_event.add_cte(notice)
    session.execute(audit_event)
