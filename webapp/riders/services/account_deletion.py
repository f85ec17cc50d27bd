"""Deleting an account for good.

One with few rows is deleted in one transaction. One with many ends in a short transaction: from
then on nobody finds the account or signs in to it, and its address is free. A job deletes the rest
in slices (webapp/riders/jobs.py).
"""

from collections.abc import Callable
from uuid import UUID

from flask import current_app
from sqlalchemy import CTE, Select, and_, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, anonymise_person_statements, as_cte
from webapp.auth.models import EmailLink, Identity, RecoveryCode, RoleGrant, SecondFactor, User
from webapp.auth.passkeys.models import Passkey
from webapp.db.errors import violated_constraint
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import Base, db
from webapp.hooks import get_hooks
from webapp.jobs.kinds import JobKind, KeyPayload
from webapp.jobs.writing import job_statement
from webapp.mail import mail_statement
from webapp.riders.data_exports.conditions import (
    has_many_parts_condition,
)
from webapp.riders.models import Profile
from webapp.riders.personal_data import count_rows_query
from webapp.riders.phones.models import PhoneNumber
from webapp.riders.photos.models import ProfilePhoto
from webapp.translations import lazy_gettext as _l

#: Deletes what is left of an account that has ended; run by webapp/riders/jobs.py. Not a job for
#: the account, which would be deleted with it.
ACCOUNT_DELETION = JobKind("account_deletion", KeyPayload, max_run_s=4 * 3600)
#: What gives access to an account or says who its owner is: few rows, which go when it ends.
PERSON_MODELS = (
    EmailLink, Identity, Passkey, PhoneNumber, Profile, ProfilePhoto, RecoveryCode, RoleGrant,
    SecondFactor,
)  # fmt: skip


class RideNotEnded(DomainError):
    message = _l("You are on a ride. End it first.")


def delete_account(user: User) -> None:
    """Delete the account and mail its owner. Idempotent.

    Rides, ledger entries and audit events stay, without the person.
    Raises RideNotEnded, NotFound, and what the hooks of ``deletion_checks`` and
    ``on_account_deletion`` raise.
    """
    # Checked first, because a hook might refuse with a less helpful message. The foreign key of
    # open_rides prevents the deletion in any case. Module rides adds ``open_ride`` to User.
    if getattr(user, "open_ride", None):
        raise RideNotEnded
    user_key = user.key
    notice = mail_statement(
        "account_deleted",
        user.recipient._replace(account_key=None),
        region=user.region,
    )
    if _has_few_rows(user_key):
        _delete_at_once(user_key, notice)
    else:
        _end_account(user_key, notice)


def _has_few_rows(user_key: RowKey) -> bool:
    max_rows: int = current_app.config["ACCOUNT_DELETION_MAX_ROWS_AT_ONCE"]
    row_count = count_rows_query(user_key, max_rows + 1).scalar_subquery()
    is_small = and_(row_count <= max_rows, ~has_many_parts_condition(user_key))
    return bool(db.session.scalar(select(is_small)))


# --- in one transaction -------------------------------------------------------------------------


def _delete_at_once(user_key: RowKey, notice: Insert) -> None:
    def work(session: Session) -> None:
        _run_checks(session, user_key)
        delete_user(session, user_key, audit_event=_make_deletion_event)
        for statement in anonymise_person_statements(user_key):
            session.execute(statement)
        session.execute(notice)

    try:
        run_transaction(work, idempotent=True)
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_open_rides_users"):
            raise RideNotEnded from None
        raise


def _run_checks(session: Session, user_key: RowKey) -> None:
    for check in get_hooks().deletion_checks:
        check(session, user_key)


def delete_user(
    session: Session,
    user_key: RowKey,
    *,
    audit_event: Callable[[RowKey, CTE], Insert] | None = None,
) -> None:
    """Delete an account, with the rows that no slice has deleted before.

    Raises NotFound if it has just moved, and what the hooks of ``on_account_deletion`` raise.
    """
    users = table(User)
    for on_deletion in get_hooks().on_account_deletion:
        on_deletion(session, user_key)
    deleted = (
        delete(users).where(key_condition(users, user_key)).returning(users.c.id).cte("deleted")
    )
    statement = select(deleted.c.id)
    if audit_event:
        statement = statement.add_cte(as_cte(audit_event(user_key, deleted)))
    in_any_region = select(users.c.id).where(users.c.id == user_key.id)
    if not session.execute(statement).all() and session.scalar(in_any_region):
        raise NotFound  # the account has just moved to another region


def _make_deletion_event(user_key: RowKey, after: CTE) -> Insert:
    return account_event_statement(AuditKind.DELETED, user_key, actor=user_key, after=after)


# --- in slices ----------------------------------------------------------------------------------


def _end_account(user_key: RowKey, notice: Insert) -> None:
    end_statement = end_account_statement(user_key)
    job = job_statement(ACCOUNT_DELETION, KeyPayload(*user_key), region=user_key.region)
    deleted_at_query = select(User.deleted_at).where(User.id == user_key.id)

    def work(session: Session) -> None:
        _run_checks(session, user_key)
        if session.execute(end_statement).all():
            session.execute(job)
            session.execute(notice)
        elif (row := session.execute(deleted_at_query).one_or_none()) and row.deleted_at is None:
            raise NotFound  # the account has just moved to another region

    run_transaction(work, idempotent=True)


def end_account_statement(user_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that ends an account: its row stays without the person, and what gives
    access to it goes. No row: it has ended already, or is not there."""
    users = table(User)
    ended = (
        update(users)
        .where(key_condition(users, user_key), users.c.deleted_at.is_(None))
        .values(
            username=f"~{user_key.id.hex[:29]}",  # no username that people choose has a ~
            email=f"{user_key.id}@deleted.invalid",
            first_name="",
            last_name="",
            password_hash="",
            email_confirmed_at=None,
            disabled_at=func.coalesce(users.c.disabled_at, func.now()),
            deleted_at=func.now(),
        )
        .returning(users.c.id)
        .cte("ended")
    )
    return select(ended.c.id).add_cte(
        as_cte(_make_deletion_event(user_key, ended)),
        *(_delete_person_cte(model, user_key, ended) for model in PERSON_MODELS),
    )


def _delete_person_cte(model: type[Base], user_key: RowKey, ended: CTE) -> CTE:
    rows = table(model)
    is_own = key_condition(rows, user_key, id="user_id")
    deletion = delete(rows).where(is_own, exists(select(ended.c.id)))
    return deletion.returning(rows.c.user_id).cte(f"deleted_{rows.name}")
