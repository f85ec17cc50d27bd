"""Calls of the services and queries of alerts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.migrations.sample_rows import AFTER, NEW_YORK, USER, VEHICLE
from tests.migrations.service_calls.calls import execute
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.alerts import settings, statements
from webapp.fleet.alerts.counters import VEHICLE_COUNTERS
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.queries import count_alert_query, list_alert_vehicles
from webapp.fleet.alerts.scan_queries import page_query
from webapp.fleet.alerts.settings import Mute
from webapp.fleet.board.counting import (
    correct_counts_statement,
    count_slice_statement,
    delete_empty_counts_statement,
)
from webapp.fleet.board.models import VehicleCellCount, VehicleCount
from webapp.fleet.board.queries import board_query
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.details import get_staff_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.hooks import ShortRide

BIKE = Vehicle(region=VEHICLE.region, id=VEHICLE.id, city="new york")
MUTE = Mute(timedelta(days=1), "It charges")
FOUND = [
    statements.Finding(VEHICLE.id, AlertKind.SHORT_RIDES.value, 3, AFTER[0]),
    statements.Finding(VEHICLE.id, AlertKind.OUTSIDE_AREA.value, 240, AFTER[0]),
]
SCAN = statements.Scan(NEW_YORK, "a 120 200")
EVERY = VehicleFilter(NEW_YORK, tuple(VehicleState), words="green")
SHORT = ShortRide(timedelta(minutes=2), 200)
KINDS = (AlertKind.BATTERY_LOW, AlertKind.IDLE, AlertKind.OUTSIDE_AREA)


def _list(kind: AlertKind, after: str | None = None) -> Any:
    return list_alert_vehicles(kind, EVERY, 5, after, with_owner=True)


ALERTS: dict[str, Callable[[], Any]] = {
    "look at the first vehicles for alerts": lambda: db.session.execute(
        page_query(NEW_YORK, None, SHORT)
    ),
    "look at the next vehicles for alerts": lambda: db.session.execute(
        page_query(NEW_YORK, (AFTER[0], VEHICLE.id), SHORT)
    ),
    "the board of two cities, by state and type": lambda: db.session.execute(
        board_query([(NEW_YORK, []), (NEW_YORK, [])])
    ),
    "count vehicles for the board": execute(lambda: count_slice_statement(NEW_YORK, 200)),
    "correct the counts of vehicles": execute(
        lambda: correct_counts_statement(table(VehicleCount), NEW_YORK)
    ),
    "correct the counts of cells": execute(
        lambda: correct_counts_statement(table(VehicleCellCount), NEW_YORK)
    ),
    "delete the counts of empty cells": execute(lambda: delete_empty_counts_statement(NEW_YORK)),
    "record alerts": execute(
        lambda: statements.record_alerts_statement(SCAN, FOUND, {AlertKind.SHORT_RIDES: 3})
    ),
    "delete alerts that are over": execute(lambda: statements.delete_alerts_statement(SCAN, FOUND)),
    "begin to look at all vehicles for alerts": execute(
        lambda: statements.begin_scan_statement(SCAN, AFTER[0], VEHICLE.id)
    ),
    "keep how far the job of alerts has come": execute(
        lambda: statements.save_scan_statement(SCAN, AFTER[0], VEHICLE.id)
    ),
    "mute an alert of a city": lambda: settings.change_alert(
        NEW_YORK, VEHICLE_COUNTERS[0], settings.UNCHANGED, 20, MUTE
    ),
    "change the threshold of an alert": lambda: settings.change_threshold(
        NEW_YORK, VEHICLE_COUNTERS[0], settings.UNCHANGED, 20
    ),
    "mute an alert for a vehicle": lambda: settings.mute_vehicle_alert(BIKE, AlertKind.IDLE, MUTE),
    **{
        f"how many vehicles an alert counts: {kind}": lambda kind=kind: db.session.scalar(  # type: ignore[misc]
            count_alert_query(kind, NEW_YORK, 5)
        )
        for kind in KINDS
    },
    **{
        f"the vehicles of an alert: {kind}": lambda kind=kind: _list(kind)  # type: ignore[misc]
        for kind in KINDS
    },
    "more vehicles of an alert": lambda: _list(AlertKind.OUTSIDE_AREA, f"300~{VEHICLE.id}"),
    "a vehicle with its alerts, for staff": lambda: get_staff_vehicle_details(
        USER, VEHICLE, settings.alerts_column("us-east1")
    ),
}
