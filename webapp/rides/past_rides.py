"""Whether somebody has ridden in a city, for statements of other features."""

from sqlalchemy import ColumnElement, exists

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.regions.models import City
from webapp.rides.models import Ride


def has_ridden_condition(rider_key: RowKey, city: City) -> ColumnElement[bool]:
    """Return the condition that a ride of a rider has ended in a city. It asks all regions: while
    the city moves to another one, its rides are in both."""
    rides = table(Ride)
    return exists().where(
        key_condition(rides, rider_key, "rider_region", "rider_id"),
        rides.c.city == city.name,
        rides.c.ended_at.is_not(None),
    )
