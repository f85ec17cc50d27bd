"""The statements that record alerts and delete them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    DateTime,
    String,
    Uuid,
    Values,
    and_,
    case,
    column,
    delete,
    exists,
    func,
    select,
    values,
)
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert

from webapp.db.inserts import insert
from webapp.db.types import table
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.models import AlertScan, VehicleAlert
from webapp.fleet.models import Vehicle
from webapp.regions.models import City


class Finding(NamedTuple):
    """An alert about a vehicle as it was when it was read."""

    vehicle_id: UUID
    kind: str
    value: int
    changed_at: datetime


def record_alerts_statement(
    region: str, findings: Sequence[Finding]
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that records alerts of vehicles that have not changed since they were
    read."""
    alerts, vehicles, found = table(VehicleAlert), table(Vehicle).c, _values(findings)
    row = select(
        vehicles.region, vehicles.id, found.c.kind, vehicles.city, found.c.value, func.now()
    ).where(
        vehicles.region == region,
        vehicles.id == found.c.vehicle_id,
        vehicles.changed_at == found.c.changed_at,
    )
    names = ["region", "vehicle_id", "kind", "city", "value", "since"]
    statement = insert(alerts).from_select(names, row)
    stays = alerts.c.kind == AlertKind.OUTSIDE_AREA.value
    return statement.on_conflict_do_update(
        index_elements=["region", "vehicle_id", "kind"],
        set_={
            "city": statement.excluded.city,
            "value": statement.excluded.value,
            "since": case((stays, alerts.c.since), else_=func.now()),
        },
    ).returning(alerts.c.vehicle_id)


def delete_alerts_statement(
    region: str, findings: Sequence[Finding]
) -> ReturningDelete[tuple[UUID]]:
    """Return the statement that deletes alerts of vehicles that have not changed since they were
    read."""
    alerts, vehicles, over = table(VehicleAlert), table(Vehicle).c, _values(findings)
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
        .where(alerts.c.region == region, alerts.c.vehicle_id.in_(ids), is_unchanged)
        .returning(alerts.c.vehicle_id)
    )


def delete_alerts_cte(vehicles: CTE) -> CTE:
    """Return the part of a statement that deletes the alerts of vehicles that leave the street; the
    hook ``retirement_parts``."""
    alerts = table(VehicleAlert)
    is_of_vehicle = and_(alerts.c.region == vehicles.c.region, alerts.c.vehicle_id == vehicles.c.id)
    deleted = delete(alerts).where(is_of_vehicle).returning(alerts.c.vehicle_id)
    return deleted.cte("deleted_alerts")


def save_scan_statement(
    city: City, basis: str, changed_at: datetime, vehicle_id: UUID
) -> ReturningInsert[tuple[str]]:
    """Return the statement that keeps how far a scan has come."""
    scans = table(AlertScan)
    row = {"basis": basis, "changed_at": changed_at, "vehicle_id": vehicle_id}
    return (
        insert(scans)
        .values(region=city.region, city=city.name, **row)
        .on_conflict_do_update(index_elements=["region", "city"], set_=row)
        .returning(scans.c.city)
    )


def _values(findings: Sequence[Finding]) -> Values:
    return values(
        column("vehicle_id", Uuid),
        column("kind", String),
        column("value", BigInteger),
        column("changed_at", DateTime(timezone=True)),
        name="found",
    ).data([tuple(finding) for finding in findings])
