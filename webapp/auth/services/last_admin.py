"""The last admin keeps the account: nobody else could make another person admin."""

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey, key_condition
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Role


class LastAdmin(DomainError):
    message = _l(
        "Nobody else is admin of all your cities. Make another person admin first, on the page of"
        " their account."
    )


def check_other_admin(session: Session, user_key: RowKey) -> None:
    """Raise LastAdmin if no other account is admin wherever this one is; a ``deletion_checks``."""
    if session.execute(last_admin_query(user_key)).first():
        raise LastAdmin


def last_admin_query(user_key: RowKey) -> Select[tuple[str]]:
    """Return the query of the role of an admin who is the last. It has no row for others."""
    other, other_user = aliased(RoleGrant), aliased(User)
    covers_cities = or_(other.cities.is_(None), other.cities.contains(RoleGrant.cities))
    is_other_admin = (
        exists()
        .where(other.region == other_user.region, other.user_id == other_user.id)
        .where(other.role == Role.ADMIN.value, other.user_id != user_key.id, covers_cities)
        .where(other_user.disabled_at.is_(None), other_user.deleted_at.is_(None))
    )
    return select(RoleGrant.role).where(
        key_condition(RoleGrant, user_key, id="user_id"),
        RoleGrant.role == Role.ADMIN.value,
        ~is_other_admin,
    )
