"""Who may change which notices: those of a city with the permission there, those of all cities with
the permission in all."""

from flask_login import current_user
from sqlalchemy import ColumnElement

from webapp.auth.models import User
from webapp.db.types import table
from webapp.notices.models import Notice
from webapp.web.roles import Permission


def may_change_notices_of(city_name: str | None) -> bool:
    """Tell whether the viewer may change the notices of a city, or those for all cities (None)."""
    cities = current_user.cities_with_permission(Permission.CHANGE_NOTICES)
    return cities is None or city_name in cities


def may_change_condition(staff: User) -> ColumnElement[bool]:
    """Return the condition that a member of staff may change a notice."""
    return staff.permitted_city_condition(Permission.CHANGE_NOTICES, table(Notice).c.city)
