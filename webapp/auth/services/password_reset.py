"""Resetting a forgotten password with a link in an e-mail."""

from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningDelete, ReturningUpdate

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte, cte_key
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import Identity, User
from webapp.auth.proof_of_work import check_proof, refuses_used_proofs
from webapp.auth.rate_limits import email_buckets
from webapp.auth.services import email_change, email_links, sessions
from webapp.auth.services.api_tokens import delete_tokens_statement
from webapp.auth.services.email_links import InvalidEmailLink, LinkToken
from webapp.auth.services.oauth_grants import delete_grants_statement
from webapp.auth.services.password_change import new_password_mail_cte
from webapp.auth.services.second_factor_setup import delete_unconfirmed_statement
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.jobs.kinds import JobKind, Priority, count_attempts
from webapp.jobs.writing import job_cte
from webapp.mail import EncryptedMail
from webapp.regions.catalogue import local_region
from webapp.web import rate_limits
from webapp.web.rate_limits import Bucket

#: The mail with the link; run by ``send_reset_mail`` in webapp/auth/jobs.py.
RESET_MAIL = JobKind(
    "reset_mail", EncryptedMail, Priority.URGENT, max_attempts=count_attempts(timedelta(hours=1))
)


def request_password_reset(email: str, device: Device, proof_bucket: Bucket | None = None) -> None:
    """Send a link to set another password, if there is an account with this address.

    Response and number of statements are the same whether there is one or not.

    proof_bucket: of a proof of work, which is asked for after many attempts.

    Raises TooManyTries, ProofOfWorkNeeded.
    """
    buckets = email_buckets("reset", email.lower(), device)
    with refuses_used_proofs():
        check_proof(
            rate_limits.count_attempt(buckets, single_use_bucket=proof_bucket), proof_bucket
        )
    # The region of the account is known only after the statement.
    token = LinkToken.create(local_region())
    statement = _insert_reset_link_statement(email.lower(), token)

    execute_write(statement)


def _insert_reset_link_statement(email: str, token: LinkToken) -> Select[tuple[UUID]]:
    """Return the statement that stores and mails a link for the account with this address."""
    users = table(User)
    owner = (
        select(users.c.region, users.c.id, users.c.email)
        .where(users.c.email == email, users.c.disabled_at.is_(None))
        .cte("owner")
    )
    link = email_links.insert_link_for_statement(
        owner, token, EmailLinkPurpose.RESET, current_app.config["RESET_LINK_S"]
    )
    audit_event = account_event_statement(AuditKind.RESET_ASKED, cte_key(owner), after=owner)
    link_mail = mail.mail_statement(
        "reset_password", cte_key(owner), kind=RESET_MAIL, after=owner, secret=token.secret
    )
    return select(owner.c.id).add_cte(link.cte("link"), as_cte(audit_event), job_cte(link_mail))


def reset_password(token: LinkToken, new_password: str) -> User:
    """Set another password with a link; return the account, which is signed out everywhere.

    That also confirms its address. Raises InvalidEmailLink, WeakPassword.
    """
    _, user = email_links.find_link(token, EmailLinkPurpose.RESET)
    passwords.check_strength(new_password, user.personal_words)
    statement = _reset_statement(user, token, passwords.hash_password(new_password))
    purposes = (EmailLinkPurpose.RESET, *email_change.PURPOSES)

    def work(session: Session) -> None:
        if not session.execute(statement).all():
            raise InvalidEmailLink
        session.execute(sessions.end_sessions_statement(user.key)).all()
        session.execute(delete_tokens_statement(user.key)).all()
        session.execute(delete_grants_statement(user.key)).all()
        session.execute(email_links.expire_links_statement(user.key, *purposes)).all()
        session.execute(delete_unconfirmed_statement(user.key)).all()
        if user.password_hash:  # without one, its identities are how the owner signs in
            session.execute(_unlink_identities_statement(user.key)).all()

    run_transaction(work)
    return user


def _reset_statement(
    user: User, token: LinkToken, password_hash: str
) -> ReturningUpdate[tuple[UUID]]:
    users = table(User)
    used_link = email_links.use_link_statement(token, EmailLinkPurpose.RESET).cte("used_link")
    audit_event = account_event_statement(
        AuditKind.PASSWORD_RESET, user.key, actor=user.key, after=used_link
    )
    return (
        update(users)
        .where(users.c.region == used_link.c.region, users.c.id == used_link.c.user_id)
        .values(
            password_hash=password_hash,
            email_confirmed_at=func.coalesce(users.c.email_confirmed_at, func.now()),
        )
        .returning(users.c.id)
        .add_cte(as_cte(audit_event), new_password_mail_cte(user, after=used_link))
    )


def _unlink_identities_statement(user_key: RowKey) -> ReturningDelete[tuple[UUID]]:
    """Return the statement that unlinks all accounts at other sites: they may be an intruder's.

    The owner can link theirs again.
    """
    identities = table(Identity)
    return (
        delete(identities)
        .where(key_condition(identities, user_key, id="user_id"))
        .returning(identities.c.id)
    )
