"""The rules of being a rider: the profile, moving house, and leaving."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, lazyload

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import (
    anonymise_person_statements,
    as_cte,
    audit_event_statement,
    audit_subject,
)
from webapp.auth.models import User
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.regions.models import City
from webapp.riders.models import Profile


class StillRiding(DomainError):
    message = _l("You are on a ride. End it first.")


@dataclass(frozen=True)
class Told:
    """What riders tell about themselves."""

    city: City
    first_name: str
    last_name: str
    about: str


def profile_of(key: RowKey) -> tuple[User, str]:
    """Return an account and what it tells about itself; raises NotFound."""
    statement = (
        select(User, Profile.about)
        .outerjoin(Profile, (Profile.region == User.region) & (Profile.user_id == User.id))
        .where(User.region == key.region, User.id == key.id)
        .options(lazyload("*"))
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1] or ""


def save_profile(user: RowKey, told: Told) -> RowKey:
    """Save the profile; return the account's key, which is another after a move between regions.

    The row moves with its owner; what points to it follows by ON UPDATE CASCADE.
    Raises NotFound when the account has just been deleted.
    """
    moved = RowKey(told.city.region, user.id)
    account = (
        update(User)
        # Where it was or where it goes: an attempt whose answer was lost may have moved it.
        .where(User.region.in_(sorted({user.region, moved.region})), User.id == user.id)
        .values(city=told.city.name, first_name=told.first_name, last_name=told.last_name)
        .returning(User.id)
        .execution_options(synchronize_session=False)
    )
    if moved != user:  # a key that is written is checked by all that points to it
        account = account.values(region=moved.region)
    profile = insert(table(Profile)).values(region=moved.region, user_id=moved.id, about=told.about)
    profile = profile.on_conflict_do_update(
        index_elements=["region", "user_id"], set_={"about": told.about}
    )
    saved = audit_event_statement(
        AuditKind.PROFILE_SAVED, actor=moved, subject=audit_subject("account", moved)
    )
    profile = profile.add_cte(as_cte(saved))

    def work(session: Session) -> None:
        if not session.scalar(account):
            raise NotFound
        session.execute(profile)

    run_transaction(work, idempotent=True)
    return moved


def delete_account(user: User) -> None:
    """Delete the account; a last mail says so. Rides and what was done stay for the books, without
    the person. Once more changes nothing.

    Raises StillRiding, NotFound, and what ``on_account_deletion`` raises.
    """
    # Said before anything else is, for its words; the foreign key of open_rides holds it.
    if getattr(user, "open_ride", None):
        raise StillRiding
    elsewhere = select(User.id).where(User.id == user.id)
    key, told = user.key, {"to": user.email, "name": user.first_name}

    def work(session: Session) -> None:
        for on_deletion in get_hooks().on_account_deletion:
            on_deletion(session, key)
        if not session.execute(deleting(key)).all() and session.scalar(elsewhere):
            raise NotFound  # it has just moved to another region: nothing here was done
        for statement in anonymise_person_statements(key):
            session.execute(statement)
        mail.send_after_commit(session, template="account_deleted", **told)

    try:
        run_transaction(work, idempotent=True)
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_open_rides_users"):
            raise StillRiding from None
        raise


def deleting(user: RowKey) -> Any:
    """Return the statement that deletes an account, and all that goes with it by its keys."""
    users = table(User)
    gone = (
        delete(users)
        .where(users.c.region == user.region, users.c.id == user.id)
        .returning(users.c.id)
        .cte("gone")
    )
    audit_event = audit_event_statement(
        AuditKind.DELETED, actor=user, subject=audit_subject("account", user), after=gone
    )
    return select(gone.c.id).add_cte(as_cte(audit_event))


def riders_of(city: City, after: Cursor | None) -> Page[User]:
    """Return one page of the accounts whose home is the city, newest first. For staff."""
    statement = (
        select(User)
        .where(User.region == city.region, User.city == city.name)
        .options(lazyload("*"))
        .order_by(User.created_at.desc(), User.id.desc())
        .limit(page_size() + 1)
    )
    if after:
        statement = statement.where(tuple_(User.created_at, User.id) < after)
    rows = list(db.session.scalars(statement))
    return make_page(rows, lambda user: (user.created_at, user.id))
