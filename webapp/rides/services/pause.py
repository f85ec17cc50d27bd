"""Pausing a ride: the vehicle stays the rider's, and the price goes on."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.regions.catalogue import catalogue
from webapp.regions.enums import CityFeature
from webapp.regions.features import check_feature, feature_condition
from webapp.rides.models import Ride
from webapp.rides.queries import find_ride, own_open_ride_condition


def pause_ride(rider_key: RowKey, ride_key: RowKey) -> None:
    """Pause the rider's open ride. Nothing changes when it is paused or has ended.

    Raises NotFound when it is not the rider's.
    """
    rides = table(Ride).c
    may_pause = feature_condition(rides.city, CityFeature.PAUSES)
    is_running, values = and_(rides.paused_at.is_(None), may_pause), {"paused_at": func.now()}
    ride = _change_pause(rider_key, ride_key, AuditKind.RIDE_PAUSED, is_running, values)
    if ride and not ride.paused_at and not ride.ended_at and (city := catalogue().find(ride.city)):
        check_feature(city, CityFeature.PAUSES)


def resume_ride(rider_key: RowKey, ride_key: RowKey) -> None:
    """Go on with the rider's paused ride. Nothing changes when it is not paused or has ended.

    Raises NotFound when it is not the rider's.
    """
    rides = table(Ride).c
    pause_s = cast(func.extract("epoch", func.now() - rides.paused_at), Integer)
    values = {
        "paused_at": None,
        "paused_s": rides.paused_s + pause_s,
        "resumed_at": func.now(),
    }
    is_paused = rides.paused_at.is_not(None)
    _change_pause(rider_key, ride_key, AuditKind.RIDE_RESUMED, is_paused, values)


def _change_pause(
    rider_key: RowKey,
    ride_key: RowKey,
    kind: AuditKind,
    condition: ColumnElement[bool],
    values: Mapping[str, object],
) -> Ride | None:
    """Change the ride; return it as it is if the condition does not hold."""
    statement = change_pause_statement(rider_key, ride_key, kind, condition, values)
    if execute_write(statement, idempotent=True):
        return None
    ride = find_ride(rider_key, ride_key)
    if ride.key != ride_key:  # its city has moved to another region
        statement = change_pause_statement(rider_key, ride.key, kind, condition, values)
        if execute_write(statement, idempotent=True):
            return None
    return ride


def change_pause_statement(
    rider_key: RowKey,
    ride_key: RowKey,
    kind: AuditKind,
    condition: ColumnElement[bool],
    values: Mapping[str, object],
) -> Select[tuple[UUID]]:
    """Return the statement that sets values of the rider's open ride where a condition holds, with
    its audit event. It returns the ride's id."""
    rides = table(Ride)
    changed = (
        update(rides)
        .where(own_open_ride_condition(rider_key, ride_key), condition)
        .values(**values)
        .returning(rides.c.id)
        .cte("changed")
    )
    audit_event = audit_event_statement(
        kind, actor=rider_key, subject=audit_subject("ride", ride_key), after=changed
    )
    return select(changed.c.id).add_cte(as_cte(audit_event))
