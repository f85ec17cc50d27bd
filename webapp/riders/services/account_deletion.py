"""Deleting an account for good."""

from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, anonymise_person_statements, as_cte
from webapp.auth.models import User
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.hooks import get_hooks
from webapp.mail import Recipient, mail_statement
from webapp.translations import lazy_gettext as _l


class RideNotEnded(DomainError):
    message = _l("You are on a ride. End it first.")


def delete_account(user: User) -> None:
    """Delete the account and mail its owner. Idempotent.

    Rides, ledger entries and audit events stay, without the person.
    Raises RideNotEnded, NotFound, and what the hooks of ``on_account_deletion`` raise.
    """
    # Checked first, because a hook might refuse with a less helpful message. The foreign key of
    # open_rides prevents the deletion in any case. Module rides adds ``open_ride`` to User.
    if getattr(user, "open_ride", None):
        raise RideNotEnded
    user_key = user.key
    notice = mail_statement(
        "account_deleted", Recipient(user.email, user.first_name), region=user.region
    )
    in_any_region = select(User.id).where(User.id == user_key.id)

    def work(session: Session) -> None:
        for on_deletion in get_hooks().on_account_deletion:
            on_deletion(session, user_key)
        is_deleted = session.execute(_delete_user_statement(user_key)).all()
        if not is_deleted and session.scalar(in_any_region):
            raise NotFound  # the account has just moved to another region
        for statement in anonymise_person_statements(user_key):
            session.execute(statement)
        session.execute(notice)

    try:
        run_transaction(work, idempotent=True)
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_open_rides_users"):
            raise RideNotEnded from None
        raise


def _delete_user_statement(user_key: RowKey) -> Select[tuple[UUID]]:
    """Delete the account with the rows that its foreign keys cascade to; write the audit event."""
    users = table(User)
    deleted = (
        delete(users).where(key_condition(users, user_key)).returning(users.c.id).cte("deleted")
    )
    audit_event = account_event_statement(
        AuditKind.DELETED, user_key, actor=user_key, after=deleted
    )
    return select(deleted.c.id).add_cte(as_cte(audit_event))
