"""``flask rides remind``: one mail to the rider of each long ride, who may have left it open."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import CTE, Select, func, or_, select, update

from webapp.audit.writing import cte_key
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.jobs.kinds import JobKind, KeyPayload, Priority
from webapp.jobs.writing import derive_job_id, insert_jobs_cte, jobs_from_rows_query, key_payload
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.rides.services.batches import run_in_every_city

#: Rides that one statement marks; it writes the jobs of their mails, too.
BATCH_SIZE = 100


#: The mail; run by ``send_reminder`` in webapp/rides/jobs.py.
REMINDER = JobKind("ride_reminder", KeyPayload, Priority.URGENT)


def remind_all(region: str | None = None) -> int:
    """Mail the riders of all long rides that have had no reminder; return how many.

    region: only its rides.

    Each ride has one reminder, even when several processes do this at the same time.
    """
    return run_in_every_city(_remind_batch, region)


def _remind_batch(city: City) -> int:
    statement = remind_statement(city, datetime.now(UTC))
    return len(execute_write(statement, idempotent=True))


def remind_statement(city: City, reminded_at: datetime) -> Select[tuple[UUID]]:
    """Return the statement that marks some long rides as reminded, and mails their riders. It
    returns the ids of the rides.

    reminded_at: now, by this machine's clock. By it, to the microsecond, a second attempt after a
        lost answer finds the rides that the first one marked.
    """
    ride = _mark_rides_cte(city, reminded_at)
    notices = jobs_from_rows_query(
        REMINDER,
        key_payload(ride),
        rows=ride,
        region=ride.c.region,
        account_key=cte_key(ride, "rider_id", region="rider_region"),
        job_id=derive_job_id(REMINDER, ride.c.id),
    )
    return select(ride.c.id).add_cte(insert_jobs_cte(notices))


def _mark_rides_cte(city: City, reminded_at: datetime) -> CTE:
    rides = table(Ride)
    ids = long_rides_query(city, reminded_at).with_only_columns(Ride.id)
    names = ("region", "id", "rider_region", "rider_id")
    return (
        update(rides)
        .where(rides.c.region == city.region, rides.c.id.in_(ids), rides.c.ended_at.is_(None))
        .values(reminded_at=reminded_at)
        .returning(*(rides.c[name] for name in names))
        .cte("reminded")
    )


def long_rides_query(city: City, reminded_at: datetime) -> Select[tuple[Ride]]:
    """Return the query of some long rides that have had no reminder, or one at ``reminded_at``."""
    limit = timedelta(seconds=current_app.config["RIDE_REMIND_S"])
    return (
        select(Ride)
        .where(
            Ride.region == city.region,
            Ride.city == city.name,
            Ride.ended_at.is_(None),
            Ride.started_at < func.now() - limit,
            or_(Ride.reminded_at.is_(None), Ride.reminded_at == reminded_at),
        )
        .order_by(Ride.started_at, Ride.id)
        .limit(BATCH_SIZE)
    )
