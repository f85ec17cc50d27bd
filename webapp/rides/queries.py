"""Reading one ride, and the conditions that select a rider's rides."""

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.rides.models import Ride


def rider_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Select the rides of a rider."""
    return key_condition(table(Ride), rider_key, "rider_region", "rider_id")


def own_ride_condition(rider_key: RowKey, ride_key: RowKey) -> ColumnElement[bool]:
    """Select the ride at a key if it is the rider's own."""
    return and_(key_condition(table(Ride), ride_key), rider_condition(rider_key))


def own_open_ride_condition(rider_key: RowKey, ride_key: RowKey) -> ColumnElement[bool]:
    """Select the ride at a key if it is the rider's own and open; for statements that write.

    Not ``ended_at IS NULL``: PostgreSQL would take a partial index of the open rides, of which only
    the region is given, read all open rides of the region, and conflict with their riders.
    """
    is_open = func.num_nulls(table(Ride).c.ended_at) == 1
    return and_(own_ride_condition(rider_key, ride_key), is_open)


def find_ride(rider_key: RowKey, ride_key: RowKey, *options: ORMOption) -> Ride:
    """Return the rider's ride with its vehicle, plan and dispute.

    options: load what else belongs to it.

    When its city has moved to another region, the ride is found by its id alone: one more
    statement, which asks all regions. So links and open pages stay valid.

    Raises NotFound, also for another rider's ride.
    """
    for query in ride_queries(rider_key, ride_key):
        ride = db.session.scalars(query.options(*options)).unique().one_or_none()
        if ride:
            return ride
    raise NotFound


def ride_queries(rider_key: RowKey, ride_key: RowKey) -> list[Select[tuple[Ride]]]:
    """Return the query of the rider's ride at its key, and the one by its id in any region."""
    ride_query = (
        select(Ride)
        .where(rider_condition(rider_key), Ride.id == ride_key.id)
        .options(
            joinedload(Ride.vehicle, innerjoin=True),
            joinedload(Ride.plan),
            joinedload(Ride.dispute),
        )
    )
    return [ride_query.where(Ride.region == ride_key.region), ride_query]
