"""Changing the password of an account whose owner is signed in."""

from uuid import UUID

from sqlalchemy import CTE, Select, select, update

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth import passwords
from webapp.auth.models import User
from webapp.auth.services import email_change, sessions
from webapp.auth.services.api_tokens import delete_tokens_statement
from webapp.auth.services.email_links import expire_links_statement
from webapp.auth.services.oauth_grants import delete_grants_statement
from webapp.auth.services.reauthentication import WrongPassword, check_own_password
from webapp.auth.services.second_factor_setup import delete_unconfirmed_statement
from webapp.db.keys import key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.web.urls import public_url


def change_password(user: User, current_password: str, new_password: str) -> None:
    """Set another password; the account's other sessions end, its access tokens, and the
    access of apps.

    Raises WrongPassword, WeakPassword, TooManyTries.
    """
    try:
        check_own_password(user, current_password)
    except WrongPassword as error:
        error.field = "current"
        raise
    passwords.check_strength(new_password, user.personal_words)
    statement = _change_password_statement(user, passwords.hash_password(new_password))

    execute_write(statement, idempotent=True)


def _change_password_statement(user: User, password_hash: str) -> Select[tuple[UUID]]:
    users = table(User)
    changed = (
        update(users)
        .where(key_condition(users, user.key))
        .values(password_hash=password_hash)
        .returning(users.c.id)
        .cte("changed")
    )
    audit_event = account_event_statement(AuditKind.PASSWORD_CHANGED, user.key, after=changed)
    return select(changed.c.id).add_cte(
        sessions.end_sessions_statement(user.key, keep=user.login_session.key).cte("ended"),
        delete_tokens_statement(user.key).cte("deleted_tokens"),
        delete_grants_statement(user.key).cte("deleted_grants"),
        # Links to reset the password stay valid: an intruder who knows the present one could take
        # away the owner's way to recover the account.
        expire_links_statement(user.key, *email_change.PURPOSES).cte("expired"),
        delete_unconfirmed_statement(user.key).cte("deleted"),
        as_cte(audit_event),
        new_password_mail_cte(user, after=changed),
    )


def new_password_mail_cte(user: User, after: CTE) -> CTE:
    """Return the part of a statement that tells the owner by mail, if ``after`` has a row."""
    link = public_url("auth.account.index")
    return mail.mail_cte(
        "password_changed", user.recipient, region=user.region, after=after, link=link
    )
