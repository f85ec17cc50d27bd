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
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert
from sqlalchemy.types import TypeEngine

from webapp.db.inserts import insert
from webapp.db.types import table
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.models import AlertScan, VehicleAlert
from webapp.fleet.models import Vehicle
from webapp.hooks import RetirementPart
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


def record_alerts_statement(
    region: str, findings: Sequence[Finding]
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that records alerts of vehicles that have not changed since they were
    read."""
    alerts, vehicles, found = table(VehicleAlert), table(Vehicle).c, _found_rows(findings)
    is_unchanged = and_(
        vehicles.region == region,
        vehicles.id == found.c.vehicle_id,
        vehicles.changed_at == found.c.changed_at,
    )
    row = select(
        vehicles.region, vehicles.id, found.c.kind, vehicles.city, found.c.value, func.now()
    ).join_from(found, table(Vehicle), is_unchanged)
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
        .where(alerts.c.region == region, alerts.c.vehicle_id.in_(ids), is_unchanged)
        .returning(alerts.c.vehicle_id)
    )


def delete_alerts_cte(vehicles: CTE) -> CTE:
    """Return the part of a statement that deletes the alerts of vehicles that leave the street."""
    alerts = table(VehicleAlert)
    is_of_vehicle = and_(alerts.c.region == vehicles.c.region, alerts.c.vehicle_id == vehicles.c.id)
    deleted = delete(alerts).where(is_of_vehicle).returning(alerts.c.vehicle_id)
    return deleted.cte("deleted_alerts")


def delete_alerts_part(retired: CTE) -> RetirementPart:
    """Return the part that deletes those of retired vehicles; the hook ``retirement_parts``."""
    return RetirementPart(delete_alerts_cte(retired))


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
