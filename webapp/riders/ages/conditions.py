"""The condition under which somebody may ride in a city: they have said to be old enough."""

from sqlalchemy import ColumnElement, exists, func, select

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City


def has_minimum_ages(region: str) -> bool:
    """Tell whether a city of a region has a minimum age. It asks the database at most every
    CITIES_MAX_AGE_S."""
    return any(city.minimum_age for city in catalogue().all() if city.region == region)


def is_old_enough_condition(user_key: RowKey, city_name: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that somebody is old enough for the city of that name, or that it has no
    minimum age."""
    cities, users = table(City), table(User)
    old_enough_for = select(users.c.old_enough_for).where(key_condition(users, user_key))
    return ~exists().where(
        cities.c.name == city_name,
        cities.c.minimum_age > func.coalesce(old_enough_for.scalar_subquery(), 0),
    )
