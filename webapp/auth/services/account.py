"""What people do with their own account: its password, its address, and showing who they are."""

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import EmailLink, Identity, User
from webapp.auth.services import email_links, second_factor, sessions
from webapp.auth.services.email_links import LinkSpent, Token
from webapp.auth.services.registration import (
    EmailTaken,
    WrongPassword,
    limit_of,
    send_confirmation,
)
from webapp.auth.services.second_factor import Status
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import Region, table
from webapp.errors import DomainError
from webapp.regions.catalogue import here
from webapp.web import rate_limits
from webapp.web.rate_limits import Bucket
from webapp.web.security_headers import public_url


class SameAddress(DomainError):
    status = 422
    field = "email"
    message = _l("That is your address already.")


CHANGES = (EmailLinkPurpose.CHANGE_OLD, EmailLinkPurpose.CHANGE_NEW)


class NothingToShow(DomainError):
    message = _l("Your account has no password yet. Set one first.")


def prove(user: User, password: str) -> None:
    """Check the password of a person who is signed in; raises WrongPassword, TooManyTries."""
    tries = [rate_limits.bucket("proof", limit_of("LIMIT_PROOF"), user.id)]
    rate_limits.attempt(tries)
    _check(user, password)
    give_back = rate_limits.giving_back(tries)
    run_transaction(lambda s: s.execute(give_back).all(), one_statement=True, idempotent=True)


def _check(user: User, password: str) -> None:
    if not passwords.verify_password(password, user.password_hash):
        audit_event = audit_event_statement(
            AuditKind.REAUTHENTICATION_FAILED,
            actor=user.key,
            subject=audit_subject("account", user.key),
        )
        run_transaction(lambda s: s.execute(audit_event), one_statement=True, idempotent=True)
        raise WrongPassword


def prove_again(user: User, factor: Status, password: str, code: str) -> None:
    """Check all that the account is entered with, and note in the session that it was shown.

    Raises WrongPassword, WrongCode, TooManyTries, NothingToShow.
    """
    if not (user.password_hash or factor.is_on):
        raise NothingToShow
    with second_factor.trying(user, user.id) as tries:
        if user.password_hash:
            _check(user, password)
        if factor.is_on:
            _note_proof_by_code(user, factor, code, tries)
        else:
            give_back = rate_limits.giving_back(tries).cte("tries")
            noted = sessions.renewing_proof(user.login_session.key, [give_back])
            run_transaction(lambda s: s.execute(noted).all(), one_statement=True, idempotent=True)


def _note_proof_by_code(user: User, factor: Status, code: str, tries: list[Bucket]) -> None:
    shown = second_factor.read(user, factor, code)
    used = shown.using.cte("used")
    give_back = second_factor.giving_back(tries, used)
    noted = sessions.renewing_proof(user.login_session.key, [give_back], after=used)
    run_transaction(lambda s: shown.use(s, noted), one_statement=not shown.is_recovery_code)


# --- the password ------------------------------------------------------------------------------


def change_password(user: User, current: str, new: str) -> None:
    """Set another password; the account's other sessions end, and links to reset it are spent.

    Raises WrongPassword, WeakPassword, TooManyTries.
    """
    try:
        prove(user, current)
    except WrongPassword as wrong:
        wrong.field = "current"
        raise
    passwords.check_strength(new, user.personal_words)
    users = table(User)
    changed = (
        update(users)
        .where(users.c.region == user.region, users.c.id == user.id)
        .values(password_hash=passwords.hash_password(new))
        .returning(users.c.id)
        .cte("changed")
    )
    audit_event = audit_event_statement(
        AuditKind.PASSWORD_CHANGED, subject=audit_subject("account", user.key), after=changed
    )
    statement = select(changed.c.id).add_cte(
        sessions.ending(user.key, keep=user.login_session.key).cte("ended"),
        # Not those for a forgotten password: a thief who knows it could close the owner's way back.
        email_links.spending(user.key, *CHANGES).cte("spent"),
        second_factor.dropping_pending(user.key).cte("dropped"),
        as_cte(audit_event),
    )

    def work(session: Session) -> None:
        session.execute(statement).all()
        _write_to(session, user, "password_changed")

    run_transaction(work, one_statement=True, idempotent=True)


def ask_reset(email: str, device: Device) -> None:
    """Send a link to set another password, if there is an account with this address.

    Whether there is, neither the answer nor the number of statements tells. Raises TooManyTries.
    """
    _count_mails("reset", email.lower(), device)
    users = table(User)
    owner = (
        select(users.c.region, users.c.id, users.c.email, users.c.first_name)
        .where(users.c.email == email.lower(), users.c.disabled_at.is_(None))
        .cte("owner")
    )
    token = Token.make(here())
    lasts_s = current_app.config["RESET_LINK_S"]
    link = email_links.making_for(owner, token, EmailLinkPurpose.RESET, lasts_s)
    audit_event = audit_event_statement(
        AuditKind.RESET_ASKED, subject=audit_subject("account", cte_key(owner)), after=owner
    )
    statement = select(owner).add_cte(link.cte("link"), as_cte(audit_event))

    def work(session: Session) -> None:
        found = session.execute(statement).one_or_none()
        if found:
            address = public_url("auth.reset", token=f"{found.region}.{token.secret}")
            mail.send_after_commit(
                session,
                to=found.email,
                template="reset_password",
                name=found.first_name,
                link=address,
            )

    run_transaction(work, one_statement=True)


def reset_password(token: Token, new: str) -> User:
    """Set another password by a link; all sessions of the account end. Return the account.

    The link shows that the address is theirs, too. Raises LinkSpent, WeakPassword.
    """
    _, user = email_links.find(token, EmailLinkPurpose.RESET)
    passwords.check_strength(new, user.personal_words)
    users = table(User)
    used = email_links.using(token, EmailLinkPurpose.RESET).cte("used")
    changed = (
        update(users)
        .where(users.c.region == used.c.region, users.c.id == used.c.user_id)
        .values(
            password_hash=passwords.hash_password(new),
            email_confirmed_at=func.coalesce(users.c.email_confirmed_at, func.now()),
        )
        .returning(users.c.id)
    )
    audit_event = audit_event_statement(
        AuditKind.PASSWORD_RESET,
        actor=user.key,
        subject=audit_subject("account", user.key),
        after=used,
    )
    statement = changed.add_cte(as_cte(audit_event))

    def work(session: Session) -> None:
        if not session.execute(statement).all():
            raise LinkSpent
        session.execute(sessions.ending(user.key)).all()
        session.execute(email_links.spending(user.key, EmailLinkPurpose.RESET, *CHANGES)).all()
        session.execute(second_factor.dropping_pending(user.key)).all()
        if user.password_hash:  # whoever had to recover the account shall be alone in it
            session.execute(_unlinking(user.key)).all()
        _write_to(session, user, "password_changed")

    run_transaction(work)
    return user


def _unlinking(user: RowKey) -> Any:
    """Accounts at other sites may be a thief's; the owner's are connected again with two clicks."""
    its = table(Identity)
    return (
        delete(its).where(its.c.region == user.region, its.c.user_id == user.id).returning(its.c.id)
    )


# --- the address -------------------------------------------------------------------------------


def send_confirmation_again(user: User, device: Device) -> None:
    """Send another link that confirms the account's address. Raises TooManyTries."""
    _count_mails("confirm", user.email, device)
    token = Token.make(user.region)
    lasts_s = current_app.config["CONFIRM_LINK_S"]
    link = email_links.making(user.key, token, EmailLinkPurpose.CONFIRM, user.email, lasts_s)

    def work(session: Session) -> None:
        session.execute(link).all()
        send_confirmation(session, user, token)

    run_transaction(work, one_statement=True)


def confirm_email(token: Token) -> None:
    """Confirm an account's address by the link that was sent there; raises LinkSpent."""
    users = table(User)
    used = email_links.using(token, EmailLinkPurpose.CONFIRM).cte("used")
    confirmed = (
        update(users)
        .where(
            users.c.region == used.c.region,
            users.c.id == used.c.user_id,
            users.c.email == used.c.email,
        )
        .values(email_confirmed_at=func.now())
        .returning(users.c.region, users.c.id)
        .cte("confirmed")
    )
    its = cte_key(confirmed)
    audit_event = audit_event_statement(
        AuditKind.EMAIL_CONFIRMED, actor=its, subject=audit_subject("account", its), after=confirmed
    )
    statement = select(confirmed.c.id).add_cte(as_cte(audit_event))
    if not run_transaction(lambda s: s.execute(statement).all(), one_statement=True):
        raise LinkSpent


def ask_email_change(user: User, email: str, device: Device) -> None:
    """Send links to the old and the new address; when both were used, the new one holds.

    An address that was never confirmed, mistyped perhaps, has no say. An earlier wish is void.
    Raises SameAddress, TooManyTries.
    """
    new = email.lower()
    if new == user.email:
        raise SameAddress
    _count_mails("change", str(user.id), device)
    lasts_s = current_app.config["CONFIRM_LINK_S"]
    audit_event = audit_event_statement(
        AuditKind.EMAIL_CHANGE_ASKED, subject=audit_subject("account", user.key)
    )
    asked = {EmailLinkPurpose.CHANGE_NEW: new}
    if user.email_confirmed_at:
        asked = {EmailLinkPurpose.CHANGE_OLD: user.email, **asked}

    def work(session: Session) -> None:
        session.execute(email_links.spending(user.key, *CHANGES)).all()
        for purpose, to in asked.items():
            token = Token.make(user.region)
            session.execute(email_links.making(user.key, token, purpose, new, lasts_s)).all()
            mail.send_after_commit(
                session,
                to=to,
                template=f"change_email_{purpose.removeprefix('change_')}",
                name=user.first_name,
                address=new,
                link=public_url("auth.confirm_change", token=str(token)),
            )
        session.execute(audit_event)

    run_transaction(work)


def confirm_email_change(token: Token) -> bool:
    """Use one of the two links; return whether the address has changed now, or waits for the other.

    Raises LinkSpent, EmailTaken.
    """

    def work(session: Session) -> bool:
        used = session.execute(email_links.using(token, *CHANGES)).one_or_none()
        if used is None:
            raise LinkSpent
        owner = session.get_one(User, (used.region, used.user_id))
        other_was_used = session.scalar(_other_was_used(used))
        if other_was_used is None and owner.email_confirmed_at:
            raise LinkSpent  # asked for before the present address was confirmed: now it has a say
        if other_was_used is False:
            return False
        _write_new_email(session, owner, used.email)
        return True

    try:
        return run_transaction(work)
    except IntegrityError as error:
        if violated_constraint(error) == "uq_users_email":
            raise EmailTaken from None
        raise


def _other_was_used(used: Any) -> Any:
    """Whether the other link of the pair was used while it was good; no row without another."""
    rows = table(EmailLink).c
    other = next(purpose for purpose in CHANGES if purpose != used.purpose)
    return select(rows.used_at.is_not(None) & (rows.expires_at > func.now())).where(
        rows.region == literal(used.region, Region),
        rows.user_id == used.user_id,
        rows.purpose == other.value,
        rows.email == used.email,
        rows.created_at == used.created_at,  # sent together
    )


def _write_new_email(session: Session, owner: User, email: str) -> None:
    old, was_theirs = owner.email, owner.email_confirmed_at is not None
    owner.email, owner.email_confirmed_at = email, func.now()
    session.flush()
    session.execute(
        email_links.spending(owner.key, EmailLinkPurpose.RESET, EmailLinkPurpose.CONFIRM)
    ).all()
    about = audit_subject("account", owner.key)
    session.execute(audit_event_statement(AuditKind.EMAIL_CHANGED, actor=owner.key, subject=about))
    if was_theirs:  # and no stranger's, mistyped
        mail.send_after_commit(
            session, to=old, template="email_changed", name=owner.first_name, address=email
        )


def _count_mails(what: str, account: str, device: Device) -> None:
    rate_limits.attempt(
        [
            rate_limits.bucket(f"mail, {what}", limit_of("LIMIT_MAIL_ACCOUNT"), account),
            rate_limits.address_bucket(
                "mail, address", limit_of("LIMIT_MAIL_ADDRESS"), device.address
            ),
        ]
    )


def _write_to(session: Session, user: User, template: str) -> None:
    mail.send_after_commit(
        session,
        to=user.email,
        template=template,
        name=user.first_name,
        link=public_url("auth.account_page"),
    )
