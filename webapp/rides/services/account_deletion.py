"""Rides, their paths and disputes when their rider's account is deleted."""

from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import SLICE, execute_in_slices, set_null_in_slices
from webapp.db.types import table
from webapp.regions.catalogue import list_city_regions
from webapp.riders.services.account_deletion import RideNotEnded
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import OpenRide, Ride, RidePath
from webapp.rides.queries import rider_condition
from webapp.rides.reminders.models import RideReminder


def check_no_open_ride(session: Session, rider_key: RowKey) -> None:
    """Raise RideNotEnded if the rider has an open ride."""
    open_rides = table(OpenRide)
    is_of_rider = key_condition(open_rides, rider_key, id="rider_id")
    if session.scalar(select(open_rides.c.ride_id).where(is_of_rider)):
        raise RideNotEnded


def anonymise_rides_in_slices(rider_key: RowKey) -> None:
    """Remove a person from rides and disputes, and delete the paths and reminders; the hook
    ``deletion_slices``. The rides stay for the ledger."""
    is_assignee = key_condition(table(Dispute), rider_key, "assignee_region", "assignee_id")
    is_author = key_condition(table(DisputeMessage), rider_key, "author_region", "author_id")
    for region in list_city_regions():
        execute_in_slices(anonymise_rides_statement(rider_key, region))
        set_null_in_slices(DisputeMessage, region, is_author, "author_region", "author_id")
        set_null_in_slices(Dispute, region, is_assignee, "assignee_region", "assignee_id")


def anonymise_rides_statement(rider_key: RowKey, region: str) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that removes the rider from some rides and deletes their paths and
    reminders: they could not be found later."""
    rides = table(Ride)
    chosen = (
        select(rides.c.id)
        .where(rides.c.region == region, rider_condition(rider_key))
        .limit(SLICE)
        .cte("chosen")
    )
    parts = [
        delete(part)
        .where(part.c.region == region, part.c.ride_id.in_(select(chosen.c.id)))
        .returning(part.c.ride_id)
        .cte(f"deleted_{part.name}")
        for part in (table(RidePath), table(RideReminder))
    ]
    return (
        update(rides)
        .where(rides.c.region == region, rides.c.id.in_(select(chosen.c.id)))
        .values(rider_region=None, rider_id=None)
        .returning(rides.c.id)
        .add_cte(*parts)
    )
