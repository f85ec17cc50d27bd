"""Rides as their rider sees them. What changes them has a file for each act: starting.py,
ending.py, pausing.py, reservations/."""

from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import joinedload

from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.reads import stale_reads
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.rides.models import Ride


def ride_of(rider: RowKey, key: RowKey, *more: Any) -> Ride:
    """Return the rider's ride with its vehicle, plan and dispute; raises NotFound, for another's
    too.

    more: options that load what else belongs to it.

    A ride whose city has moved to another region is found there, at the price of asking them all
    once: pages that were open and links that were kept go on working.
    """
    whole = (joinedload(Ride.plan), joinedload(Ride.dispute), *more)
    of_rider = _of(rider).where(Ride.id == key.id).options(*whole)
    for statement in (of_rider.where(Ride.region == key.region), of_rider):
        ride: Ride | None = db.session.scalars(statement).unique().one_or_none()
        if ride:
            return ride
    raise NotFound


def history(rider: RowKey, after: Cursor | None) -> Page[Ride]:
    """Return one page of the rider's rides with their vehicles, newest first, from all regions.

    It may be a few seconds old, but not for a rider who has just started or ended one.
    """
    statement = _of(rider).order_by(Ride.started_at.desc(), Ride.id.desc()).limit(page_size() + 1)
    if after:
        statement = statement.where(tuple_(Ride.started_at, Ride.id) < after)
    rides = list(db.session.scalars(statement, bind_arguments=stale_reads()))
    return make_page(rides, lambda ride: (ride.started_at, ride.id))


def _of(rider: RowKey) -> Any:
    return (
        select(Ride)
        .where(Ride.rider_region == rider.region, Ride.rider_id == rider.id)
        .options(joinedload(Ride.vehicle, innerjoin=True))
    )
