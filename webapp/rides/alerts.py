"""The alert about long rides on the board of a city."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Select, func, select

from webapp.db.types import table
from webapp.hooks import AlertCounter, AlertUnit
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def long_ride_condition(hours: int) -> ColumnElement[bool]:
    """Return the condition that a ride began more than so many hours ago."""
    return table(Ride).c.started_at < func.now() - timedelta(hours=hours)


def _long_rides_query(city: City, hours: int) -> Select[tuple[int]]:
    rides = table(Ride).c
    in_city = rides.region == city.region, rides.city == city.name
    is_long = long_ride_condition(hours)
    return select(func.count()).where(*in_city, rides.ended_at.is_(None), is_long)


LONG_RIDES = AlertCounter(
    "long_rides",
    _l("Long rides"),
    Permission.VIEW_RIDES,
    _long_rides_query,
    "rides.staff.index",
    lambda city, hours: {"city": city.name, "hours": str(hours)},
    3,
    AlertUnit.HOURS,
)
