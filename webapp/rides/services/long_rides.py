"""``flask rides remind``: one mail to the rider of each long ride, who may have left it open."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, select

from webapp.audit.writing import cte_key
from webapp.db.transactions import execute_write
from webapp.jobs.kinds import JobKind, KeyPayload, Priority
from webapp.jobs.writing import derive_job_id, insert_jobs_cte, jobs_from_rows_query, key_payload
from webapp.regions.models import City
from webapp.rides.services.batches import mark_long_rides_cte, run_in_every_city

#: The mail; run by ``send_long_ride_mail`` in webapp/rides/jobs.py.
LONG_RIDE = JobKind("long_ride", KeyPayload, Priority.URGENT)


def ask_riders(region: str | None = None) -> int:
    """Ask the riders of all long rides by mail whether these have ended; return how many.

    region: only its rides.

    Each is asked once, even when several processes do this at the same time.
    """
    return run_in_every_city(_ask_batch, region)


def _ask_batch(city: City) -> int:
    statement = ask_riders_statement(city, datetime.now(UTC))
    return len(execute_write(statement, idempotent=True))


def ask_riders_statement(city: City, asked_at: datetime) -> Select[tuple[UUID]]:
    """Return the statement that marks some long rides, and asks their riders by mail. It
    returns the ids of the rides.

    asked_at: as ``marked_at`` of ``long_rides_query``.
    """
    length = timedelta(seconds=current_app.config["RIDE_REMIND_S"])
    ride = mark_long_rides_cte(city, "reminded_at", asked_at, length)
    notices = jobs_from_rows_query(
        LONG_RIDE,
        key_payload(ride),
        rows=ride,
        region=ride.c.region,
        account_key=cte_key(ride, "rider_id", region="rider_region"),
        job_id=derive_job_id(LONG_RIDE, ride.c.id),
    )
    return select(ride.c.id).add_cte(insert_jobs_cte(notices))
