"""Who may see the profile of a rider, and what of it."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, or_, true

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.riders.models import Profile
from webapp.web.roles import Permission


class Visibility(NamedTuple):
    """What riders who are signed in see of a profile; by default nothing."""

    shown_to_riders: bool = False
    shows_last_active: bool = False
    shows_ride_count: bool = False


def find_visibility(profile: Profile | None) -> Visibility:
    """Return what the rider has chosen. None: the profile was never saved."""
    if profile is None:
        return Visibility()
    return Visibility(profile.shown_to_riders, profile.shows_last_active, profile.shows_ride_count)


def may_see_profile_condition(viewer: User, user_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that somebody may see a profile: their own, one that is shown to riders
    and whose account is open, and as staff those of riders of their cities."""
    cities = viewer.cities_with_permission(Permission.VIEW_RIDERS)
    if viewer.id == user_key.id or cities is None:
        return true()
    is_shown = and_(
        exists().where(key_condition(Profile, user_key, id="user_id"), Profile.shown_to_riders),
        exists().where(key_condition(User, user_key), User.disabled_at.is_(None)),
    )
    is_of_staff = exists().where(key_condition(User, user_key), User.city.in_(sorted(cities)))
    return or_(is_shown, is_of_staff) if cities else is_shown
