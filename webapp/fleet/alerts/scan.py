"""Finding the alerts that no column of ``vehicles`` tells, and recording them (``VehicleAlert``).

The vehicles of a city are looked at in the order in which they changed, page by page; each run
goes on where the last one ended. When zones or settings change, it begins again with all.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.alerts.enums import IDLE_ON_STREET_STATES, AlertKind
from webapp.fleet.alerts.models import AlertScan
from webapp.fleet.alerts.scan_queries import PAGE, ScannedVehicle, page_query
from webapp.fleet.alerts.settings import find_threshold
from webapp.fleet.alerts.statements import (
    Finding,
    Scan,
    begin_scan_statement,
    delete_alerts_statement,
    record_alerts_statement,
    save_scan_statement,
)
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.rules import CityZones
from webapp.hooks import MIN_IN_A_ROW, ShortRide
from webapp.regions.geography import Point
from webapp.regions.models import City

#: So long a transaction takes at most: its changes have the time of its beginning, and are not seen
#: before its end. What has changed since is looked at again by the next run.
SETTLING_TIME = timedelta(minutes=1)


class ScanPosition(NamedTuple):
    """The last vehicle that was looked at."""

    changed_at: datetime
    vehicle_id: UUID


#: Before all vehicles.
START = ScanPosition(datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


def scan_city(city: City, *, all_vehicles: bool = False) -> None:
    """Record the alerts of the vehicles of a city that have changed since the last scan, and delete
    those that are over.

    all_vehicles: look at all, also at those that have not changed.
    """
    zones = city_zones(city, max_age_s=0)
    short = ShortRide(
        timedelta(seconds=current_app.config["SHORT_RIDE_MAX_S"]),
        current_app.config["SHORT_RIDE_MAX_M"],
    )
    version = f"{zones.make_version()} {short.duration.total_seconds():g} {short.distance_m}"
    scan = Scan(city, version)
    position = _begin_scan(scan)
    if all_vehicles:
        position = START
    while True:
        rows = db.session.execute(page_query(city, position, short)).all()
        vehicles = [ScannedVehicle._make(row) for row in rows]
        if not vehicles:
            return
        _record_alerts(scan, zones, vehicles)
        position = ScanPosition(vehicles[-1].changed_at, vehicles[-1].id)
        if not all_vehicles:
            saved = _choose_saved_position(position, vehicles[-1].read_at)
            if not execute_write(save_scan_statement(scan, *saved), idempotent=True):
                return  # another job goes on
        if len(vehicles) < PAGE:
            return


def _begin_scan(scan: Scan) -> ScanPosition:
    """Return where the last scan ended. If it had other settings, begin with all vehicles."""
    scans = table(AlertScan).c
    query = select(scans.changed_at, scans.vehicle_id).where(
        scans.region == scan.city.region,
        scans.city == scan.city.name,
        scans.settings_version == scan.settings_version,
    )
    if row := db.session.execute(query).one_or_none():
        return ScanPosition._make(row)
    execute_write(begin_scan_statement(scan, *START), idempotent=True)
    return START


def _choose_saved_position(position: ScanPosition, now: datetime) -> ScanPosition:
    settled = ScanPosition(now - SETTLING_TIME, UUID(int=0))
    return min(position, settled)


def _record_alerts(scan: Scan, zones: CityZones, vehicles: Sequence[ScannedVehicle]) -> None:
    """Write what is different from what is recorded. A vehicle that has changed meanwhile is left
    to the next scan."""
    to_record, to_delete = [], []
    for vehicle in vehicles:
        values = dict(_find_alerts(zones, vehicle))
        recorded: Mapping[str, int] = vehicle.recorded or {}
        to_record += [
            Finding(vehicle.id, kind, value, vehicle.changed_at)
            for kind, value in values.items()
            if recorded.get(kind) != value
        ]
        to_delete += [
            Finding(vehicle.id, kind, value, vehicle.changed_at)
            for kind, value in recorded.items()
            if kind not in values
        ]
    if to_record:
        kinds = (AlertKind.SHORT_RIDES, AlertKind.RESERVED_OFTEN)
        thresholds = {kind: find_threshold(scan.city.name, kind) for kind in kinds}
        execute_write(record_alerts_statement(scan, to_record, thresholds), idempotent=True)
    if to_delete:
        execute_write(delete_alerts_statement(scan, to_delete), idempotent=True)


def _find_alerts(zones: CityZones, vehicle: ScannedVehicle) -> Iterator[tuple[str, int]]:
    """Yield the kinds of alerts of a vehicle with their values."""
    if vehicle.state not in IDLE_ON_STREET_STATES:
        return
    if vehicle.short_ride_count >= MIN_IN_A_ROW:
        yield AlertKind.SHORT_RIDES.value, vehicle.short_ride_count
    if vehicle.reservation_count >= MIN_IN_A_ROW:
        yield AlertKind.RESERVED_OFTEN.value, vehicle.reservation_count
    if vehicle.lat is not None and vehicle.lon is not None:
        vehicle_type = vehicle.form_factor, vehicle.propulsion_type
        outside_m = zones.measure_outside_m(Point(vehicle.lat, vehicle.lon), vehicle_type) or 0
        if outside_m > zones.tolerance_m:
            yield AlertKind.OUTSIDE_AREA.value, round(outside_m)
