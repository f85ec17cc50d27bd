"""Rides and tasks of a vehicle, months ago."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from webapp.db.transactions import execute_write
from webapp.fleet.models import Vehicle
from webapp.rides.history import subtract_months

#: Rides of one vehicle: their city, days ago, price, currency and what was refunded.
RIDE = text(
    """WITH ride AS (
         INSERT INTO rides (region, id, city, vehicle_id, started_at, ended_at, price, currency)
         SELECT region, gen_random_uuid(), :city, id, CAST(:at AS timestamptz),
                CAST(:at AS timestamptz) + interval '1 hour', :price, :currency
         FROM vehicles WHERE id = :vehicle RETURNING *)
       INSERT INTO disputes (region, ride_id, city, state, refunded)
       SELECT region, id, city, 'answered', :refunded FROM ride WHERE :refunded > 0"""
)
TASK = text(
    """WITH task AS (
         INSERT INTO tasks (region, id, city, vehicle_id, kind, source, state, closed_at, minutes)
         SELECT region, gen_random_uuid(), city, id, 'repair', 'staff', :state,
                CAST(:at AS timestamptz), :minutes
         FROM vehicles WHERE id = :vehicle RETURNING *)
       INSERT INTO task_parts (region, task_id, number, name, count, cost, currency)
       SELECT region, id, 1, 'Bell', 2, 450, 'USD' FROM task UNION ALL
       SELECT region, id, 2, 'Brake pad', 1, NULL, 'USD' FROM task"""
)


def find_today() -> date:
    """Return the date in New York."""
    return datetime.now(ZoneInfo("America/New_York")).date()


def month_ago(months: int) -> datetime:
    """Return noon UTC of the 15th of a month, counted back from that of New York."""
    day = subtract_months(find_today(), months)
    return datetime(day.year, day.month, 15, 12, tzinfo=UTC)


def add_ride(
    vehicle: Vehicle, at: datetime, price: int | None, refunded: int = 0, city: str = "new york"
) -> None:
    values = {"price": price, "currency": price and "USD", "refunded": refunded, "city": city}
    execute_write(RIDE.bindparams(vehicle=vehicle.id, at=at, **values))


def add_task(vehicle: Vehicle, at: datetime, minutes: int | None, state: str = "done") -> None:
    execute_write(TASK.bindparams(vehicle=vehicle.id, at=at, minutes=minutes, state=state))
