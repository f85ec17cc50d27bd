"""The rules of accounts."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.auth import passwords
from webapp.auth.models import Grant, Role, User
from webapp.database import run_transaction, stale_reads, violated_constraint
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.keys import RowKey
from webapp.regions import City


class UsernameTaken(DomainError):
    message = _l("Somebody has this username already. Choose another.")


class EmailTaken(DomainError):
    message = _l("There is an account with this e-mail address already. Sign in instead.")


class UnknownUser(DomainError):
    status = 404
    message = _l("There is no account of that name.")


@dataclass(frozen=True)
class Registration:
    """What a person tells about themselves to open an account."""

    city: City
    first_name: str
    last_name: str
    username: str
    email: str
    password: str


def register(told: Registration) -> User:
    """Open an account in the region of its home city and return it.

    Raises UsernameTaken or EmailTaken: the database decides, so two at once cannot both win.
    """
    columns = {
        "region": told.city.region,
        "id": uuid4(),
        "city": told.city.name,
        "first_name": told.first_name,
        "last_name": told.last_name,
        "username": told.username.lower(),
        "email": told.email.lower(),
        "password_hash": passwords.hash_password(told.password),
    }

    def work(session: Session) -> User:
        user = User(**columns, grants=[])  # none to load when the session is gone
        session.add(user)
        session.flush()
        return user

    try:
        return run_transaction(work, one_statement=True)
    except IntegrityError as error:
        raise _taken(error) from None


def _taken(error: IntegrityError) -> Exception:
    taken = {"uq_users_username": UsernameTaken, "uq_users_email": EmailTaken}
    fact = taken.get(violated_constraint(error))
    return fact() if fact else error


def authenticate(name: str, password: str) -> User | None:
    """Return the account of that username or e-mail address if the password fits, else None."""
    user = find_user(name)
    return (
        user if passwords.verify(password, user.password_hash if user else None) and user else None
    )


def find_user(name: str) -> User | None:
    """Return the account of that username or e-mail address, in any case, or None."""
    column = User.email if "@" in name else User.username
    return db.session.scalars(select(User).where(column == name.lower())).unique().one_or_none()


def user_at(key: RowKey, *, may_be_stale: bool = False) -> User | None:
    """Return the account at that key, or None.

    may_be_stale: a traveller's account, which lives far from here, may be some seconds old.

    An account whose owner has moved to another region is found there, at the price of asking them
    all once; the cookie is written anew then.
    """
    is_far = key.region != current_app.config["REGION"]
    at_home = (User.region == key.region) & (User.id == key.id)
    attempts = [
        (at_home, stale_reads() if may_be_stale and is_far else {}),
        (User.id == key.id, {}),
    ]
    for where, source in attempts:
        found = db.session.scalars(select(User).where(where), bind_arguments=source)
        if user := found.unique().one_or_none():
            return user
    return None


def grant(user: RowKey, role: Role) -> None:
    """Give a role to an account; once more changes nothing."""
    run_transaction(
        lambda session: add_grant(session, user, role), idempotent=True, one_statement=True
    )


def add_grant(session: Session, user: RowKey, role: Role) -> None:
    """Give a role within a transaction that does more.

    A grant that is there already is written again: to PostgreSQL, ON CONFLICT DO NOTHING has not
    read the row, so somebody who withdraws the role at the same time would not be noticed.
    """
    values: dict[str, Any] = {"region": user.region, "user_id": user.id, "role": role.value}
    statement = insert(Grant).values(values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["region", "user_id", "role"], set_={"role": statement.excluded.role}
        )
    )


def withdraw(user: RowKey, role: Role) -> None:
    """Take a role from an account; once more changes nothing."""
    statement = delete(Grant).where(
        Grant.region == user.region, Grant.user_id == user.id, Grant.role == role.value
    )
    run_transaction(lambda session: session.execute(statement), idempotent=True, one_statement=True)
