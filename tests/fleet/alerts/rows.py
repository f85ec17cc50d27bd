"""Rows of alerts, as the job writes them."""

from datetime import timedelta

from sqlalchemy import func, insert

from webapp.db.transactions import execute_write
from webapp.fleet.alerts.models import VehicleAlert
from webapp.fleet.models import Vehicle


def insert_alert(vehicle: Vehicle, kind: str, value: int, hours: float = 0) -> None:
    """Insert an alert that a vehicle has for so many hours; needs an application context."""
    row = {"region": vehicle.region, "vehicle_id": vehicle.id, "city": vehicle.city}
    since = func.now() - timedelta(hours=hours)
    execute_write(insert(VehicleAlert).values(**row, kind=kind, value=value, since=since))
