"""The statement that follows a reservation that has expired."""

from uuid import UUID

from sqlalchemy import Select, func, select

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.favourites.services.waiting import end_waits_cte, free_vehicle_jobs_query
from webapp.fleet.models import Vehicle, stored_reserved_condition
from webapp.jobs.writing import insert_jobs_cte


def end_waits_of_expired_statement(vehicle_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that tells riders who wait for a vehicle that its reservation has
    expired. It returns their ids; no row while it is reserved, or when it is ridden."""
    vehicles = table(Vehicle)
    expired = (
        select(vehicles.c.region, vehicles.c.id.label("vehicle_id"))
        .where(
            key_condition(vehicles, vehicle_key),
            stored_reserved_condition(),
            vehicles.c.reserved_until <= func.now(),
        )
        .cte("expired")
    )
    waiting = end_waits_cte(expired)
    notices = insert_jobs_cte(free_vehicle_jobs_query(waiting))
    return select(waiting.c.rider_id).add_cte(notices)
