"""Finding accounts."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from webapp.auth.models import User
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.translations import lazy_gettext as _l


class UnknownUser(DomainError):
    status = 404
    message = _l("There is no account with that name.")


def find_user(name: str) -> User | None:
    """Return the account of that username or e-mail address, in upper or lower case, or None."""
    return db.session.scalars(select(User).where(name_condition(name))).unique().one_or_none()


def get_user(name: str) -> User:
    """Return the account of that username or e-mail address; raises UnknownUser."""
    user = find_user(name)
    if user is None:
        raise UnknownUser
    return user


def name_condition(name: str) -> ColumnElement[bool]:
    """Return the condition that an account has this username or e-mail address."""
    column = User.email if "@" in name else User.username
    return column == name.lower()


def open_account_query(name: str) -> Select[tuple[str, UUID]]:
    """Return the query for the key of the account of that username or e-mail address, if it is
    open."""
    users = table(User).c
    is_open = users.disabled_at.is_(None) & users.deleted_at.is_(None)
    return select(users.region, users.id).where(name_condition(name), is_open).limit(1)


def find_open_account(name: str) -> User | None:
    """Return the account of that username or e-mail address, or None; None also if it is closed."""
    user = find_user(name)
    return None if user is None or user.disabled_at or user.deleted_at else user
