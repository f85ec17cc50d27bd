"""The mail to riders who wait until a vehicle is available."""

from datetime import timedelta
from typing import Any

from sqlalchemy import CTE, Select, delete, update

from webapp.audit.writing import cte_key
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.favourites.models import SavedVehicle
from webapp.jobs.kinds import JobKind, KeyPayload, Priority, count_attempts
from webapp.jobs.writing import jobs_from_rows_query, key_payload

#: The mail; run by ``send_free_vehicle_mail`` in webapp/fleet/favourites/jobs.py.
VEHICLE_FREE = JobKind(
    "vehicle_free", KeyPayload, Priority.URGENT, max_attempts=count_attempts(timedelta(hours=1))
)


def end_waits_cte(ended: CTE) -> CTE:
    """Return the part of a statement that ends the waiting for the vehicles of ``ended``.

    ended: has the columns ``region`` and ``vehicle_id``.

    The rows are the riders who waited, ``rider_region`` and ``rider_id``, each with the vehicle,
    ``region`` and ``vehicle_id``: for ``free_vehicle_jobs_query``.
    """
    saved = table(SavedVehicle)
    return (
        update(saved)
        .where(
            saved.c.region == ended.c.region,
            saved.c.vehicle_id == ended.c.vehicle_id,
            saved.c.waiting_at.is_not(None),
        )
        .values(waiting_at=None)
        .returning(saved.c.region, saved.c.vehicle_id, saved.c.rider_region, saved.c.rider_id)
        .cte("waiting")
    )


def end_saves_cte(ended: CTE, rider_key: RowKey) -> CTE:
    """Return the part of a statement that ends the saves of the vehicles of ``ended``, but not
    those of their rider: the lists of others would show where the ride has ended.

    ended: has the columns ``region`` and ``vehicle_id``.

    The rows are those of ``end_waits_cte``, and ``waiting_at``, which is not NULL for riders who
    waited.
    """
    saved = table(SavedVehicle)
    return (
        delete(saved)
        .where(
            saved.c.region == ended.c.region,
            saved.c.vehicle_id == ended.c.vehicle_id,
            ~key_condition(saved, rider_key, "rider_region", "rider_id"),
        )
        .returning(
            saved.c.region,
            saved.c.vehicle_id,
            saved.c.rider_region,
            saved.c.rider_id,
            saved.c.waiting_at,
        )
        .cte("ended_saves")
    )


def free_vehicle_jobs_query(waiting: CTE) -> Select[Any]:
    """Return a job for each rider who waits, for ``insert_jobs_cte``: it tells them by mail that a
    vehicle is available.

    waiting: has the columns of ``end_waits_cte``.
    """
    return jobs_from_rows_query(
        VEHICLE_FREE,
        key_payload(waiting, "vehicle_id"),
        rows=waiting,
        region=waiting.c.region,
        account_key=cte_key(waiting, "rider_id", region="rider_region"),
    )
