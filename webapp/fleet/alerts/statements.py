"""The statements that record alerts and delete them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import starmap
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    DateTime,
    String,
    TableValuedAlias,
    Uuid,
    and_,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert, ReturningUpdate
from sqlalchemy.types import TypeEngine

from webapp.db.inserts import insert
from webapp.db.types import table
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.models import AlertScan, VehicleAlert
from webapp.fleet.models import Vehicle
from webapp.hooks import StatementPart
from webapp.regions.models import City


class Finding(NamedTuple):
    """An alert about a vehicle as it was when it was read."""

    vehicle_id: UUID
    kind: str
    value: int
    changed_at: datetime


#: The types of a Finding.
_TYPES: Mapping[str, TypeEngine[Any]] = {
    "vehicle_id": Uuid(),
    "kind": String(),
    "value": BigInteger(),
    "changed_at": DateTime(timezone=True),
}


class Scan(NamedTuple):
    """A scan of a city. What it writes counts only while no other one with other settings runs."""

    city: City
    settings_version: str

    @property
    def runs_condition(self) -> ColumnElement[bool]:
        scans = table(AlertScan).c
        return exists().where(
            scans.region == self.city.region,
            scans.city == self.city.name,
            scans.settings_version == self.settings_version,
        )


def record_alerts_statement(
    scan: Scan, findings: Sequence[Finding], thresholds: Mapping[AlertKind, int]
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that records alerts of vehicles that have not changed since they were
    read.

    thresholds: of rides and reservations in a row, from which value on an alert counts. It counts
    since then, as long as the value grows.
    """
    alerts, vehicles, found = table(VehicleAlert), table(Vehicle).c, _found_rows(findings)
    is_unchanged = and_(
        vehicles.region == scan.city.region,
        vehicles.id == found.c.vehicle_id,
        vehicles.changed_at == found.c.changed_at,
    )
    row = select(
        vehicles.region, vehicles.id, found.c.kind, vehicles.city, found.c.value, func.now()
    )
    row = row.join_from(found, table(Vehicle), is_unchanged).where(scan.runs_condition)
    names = ["region", "vehicle_id", "kind", "city", "value", "since"]
    statement = insert(alerts).from_select(names, row)
    threshold = case(
        *((alerts.c.kind == kind.value, value) for kind, value in thresholds.items()), else_=0
    )
    stays = or_(
        alerts.c.kind == AlertKind.OUTSIDE_AREA.value,
        and_(alerts.c.value >= threshold, statement.excluded.value >= alerts.c.value),
    )
    return statement.on_conflict_do_update(
        index_elements=["region", "vehicle_id", "kind"],
        set_={
            "city": statement.excluded.city,
            "value": statement.excluded.value,
            "since": case((stays, alerts.c.since), else_=func.now()),
        },
    ).returning(alerts.c.vehicle_id)


def delete_alerts_statement(
    scan: Scan, findings: Sequence[Finding]
) -> ReturningDelete[tuple[UUID]]:
    """Return the statement that deletes alerts of vehicles that have not changed since they were
    read."""
    alerts, vehicles, over = table(VehicleAlert), table(Vehicle).c, _found_rows(findings)
    is_unchanged = exists().where(
        over.c.vehicle_id == alerts.c.vehicle_id,
        over.c.kind == alerts.c.kind,
        vehicles.region == alerts.c.region,
        vehicles.id == alerts.c.vehicle_id,
        vehicles.changed_at == over.c.changed_at,
    )
    ids = sorted({finding.vehicle_id for finding in findings})
    return (
        delete(alerts)
        .where(
            alerts.c.region == scan.city.region,
            alerts.c.vehicle_id.in_(ids),
            is_unchanged,
            scan.runs_condition,
        )
        .returning(alerts.c.vehicle_id)
    )


def delete_alerts_cte(vehicles: CTE) -> CTE:
    """Return the part of a statement that deletes the alerts of vehicles that leave the street."""
    alerts = table(VehicleAlert)
    is_of_vehicle = and_(alerts.c.region == vehicles.c.region, alerts.c.vehicle_id == vehicles.c.id)
    deleted = delete(alerts).where(is_of_vehicle).returning(alerts.c.vehicle_id)
    return deleted.cte("deleted_alerts")


def delete_alerts_part(retired: CTE) -> StatementPart:
    """Return the part that deletes those of retired vehicles; the hook ``retirement_parts``."""
    return StatementPart(delete_alerts_cte(retired))


def begin_scan_statement(
    scan: Scan, changed_at: datetime, vehicle_id: UUID
) -> ReturningInsert[tuple[str]]:
    """Return the statement that begins a scan of all vehicles, which ends others of the city."""
    scans = table(AlertScan)
    row = {
        "settings_version": scan.settings_version,
        "changed_at": changed_at,
        "vehicle_id": vehicle_id,
    }
    return (
        insert(scans)
        .values(region=scan.city.region, city=scan.city.name, **row)
        .on_conflict_do_update(index_elements=["region", "city"], set_=row)
        .returning(scans.c.city)
    )


def save_scan_statement(
    scan: Scan, changed_at: datetime, vehicle_id: UUID
) -> ReturningUpdate[tuple[str]]:
    """Return the statement that keeps how far a scan has come. No row: another one has other
    settings, or has come farther."""
    scans = table(AlertScan)
    position = tuple_(literal(changed_at), literal(vehicle_id))
    return (
        update(scans)
        .where(
            scans.c.region == scan.city.region,
            scans.c.city == scan.city.name,
            scans.c.settings_version == scan.settings_version,
            tuple_(scans.c.changed_at, scans.c.vehicle_id) < position,
        )
        .values(changed_at=changed_at, vehicle_id=vehicle_id)
        .returning(scans.c.city)
    )


def _found_rows(findings: Sequence[Finding]) -> TableValuedAlias:
    """Return findings as rows; they are sent as one array for each column."""
    columns = zip(*findings, strict=True)
    arrays: list[ColumnElement[Any]] = [  # Any: of several types
        cast(literal(list(values), ARRAY(type_)), ARRAY(type_))
        for type_, values in zip(_TYPES.values(), columns, strict=True)
    ]
    return (
        func.unnest(*arrays).table_valued(*starmap(column, _TYPES.items())).render_derived("found")
    )
