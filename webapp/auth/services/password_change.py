"""Changing the password of an account whose owner is signed in."""

from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth import passwords
from webapp.auth.models import User
from webapp.auth.services import email_change, sessions
from webapp.auth.services.email_links import expire_links_statement
from webapp.auth.services.reauthentication import WrongPassword, check_own_password
from webapp.auth.services.second_factor_setup import delete_unconfirmed_statement
from webapp.db.keys import key_condition
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.web.urls import public_url


def change_password(user: User, current_password: str, new_password: str) -> None:
    """Set another password; the account's other sessions end.

    Raises WrongPassword, WeakPassword, TooManyTries.
    """
    try:
        check_own_password(user, current_password)
    except WrongPassword as error:
        error.field = "current"
        raise
    passwords.check_strength(new_password, user.personal_words)
    statement = _change_password_statement(user, passwords.hash_password(new_password))

    def work(session: Session) -> None:
        session.execute(statement).all()
        notify_of_new_password(session, user)

    run_transaction(work, one_statement=True, idempotent=True)


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
        # Links to reset the password stay valid: an intruder who knows the present one could take
        # away the owner's way to recover the account.
        expire_links_statement(user.key, *email_change.PURPOSES).cte("expired"),
        delete_unconfirmed_statement(user.key).cte("deleted"),
        as_cte(audit_event),
    )


def notify_of_new_password(session: Session, user: User) -> None:
    """Tell the owner by mail, once the transaction is committed."""
    mail.send_after_commit(
        session,
        to=user.email,
        template="password_changed",
        name=user.first_name,
        link=public_url("auth.account.index"),
    )
