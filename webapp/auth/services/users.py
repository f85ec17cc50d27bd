"""Finding accounts."""

from sqlalchemy import ColumnElement, select

from webapp.auth.models import User
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
