"""Which vehicles of a city an alert is about: for the board, lists, the map, and rules of tasks.

An alert is made of parts; each is a range of an index.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, and_, func, literal_column, or_, select

from webapp.db.types import table
from webapp.fleet.alerts.enums import ALERT_STATES, BATTERY_STATES, MAX_LOW_BATTERY, AlertKind
from webapp.fleet.alerts.models import VehicleAlertMute
from webapp.fleet.models import Vehicle
from webapp.hooks import AlertUnit
from webapp.regions.models import City

#: The threshold where a city has set none, and its unit.
THRESHOLDS = {
    AlertKind.BATTERY_LOW: (20, AlertUnit.PERCENT),
    AlertKind.NO_CONTACT: (6, AlertUnit.HOURS),
    AlertKind.IDLE: (7, AlertUnit.DAYS),
    AlertKind.OUT_OF_SERVICE: (3, AlertUnit.DAYS),
}


class AlertLimit(NamedTuple):
    """From when on an alert is about a vehicle."""

    #: Of ``BATTERY_LOW``: below how many percent.
    value: int = 0
    #: For how long the vehicle has been in its state.
    duration: timedelta = timedelta()


class AlertPart(NamedTuple):
    """Some of the vehicles of an alert."""

    conditions: list[ColumnElement[bool]]
    #: What the list is ordered by: the worst first. (Any: a time or a number)
    order: ColumnElement[Any]
    #: Since when a vehicle has been so.
    since: ColumnElement[datetime]


def make_limit(kind: AlertKind, threshold: int) -> AlertLimit:
    """Return the limit of an alert on the board. threshold: in its unit (``THRESHOLDS``)."""
    match THRESHOLDS[kind][1]:
        case AlertUnit.HOURS:
            return AlertLimit(duration=timedelta(hours=threshold))
        case AlertUnit.DAYS:
            return AlertLimit(duration=timedelta(days=threshold))
        case _:
            return AlertLimit(threshold)


def alert_parts(kind: AlertKind, city: City, limit: AlertLimit) -> Iterator[AlertPart]:
    """Yield the parts of an alert."""
    vehicles = table(Vehicle).c
    since = vehicles.state_changed_at
    usual = [vehicles.region == city.region, vehicles.city == city.name, _unmuted_condition(kind)]
    if limit.duration:
        usual.append(since < func.now() - limit.duration)
    if kind is AlertKind.BATTERY_LOW:
        is_low = [
            # As in the condition of the index.
            vehicles.battery_percent < literal_column(str(MAX_LOW_BATTERY), Integer),
            vehicles.state.in_([state.value for state in BATTERY_STATES]),
            vehicles.battery_percent < limit.value,
        ]
        yield AlertPart([*usual, *is_low], vehicles.battery_percent, since)
        return
    for state in ALERT_STATES[kind]:
        yield AlertPart([*usual, vehicles.state == state.value], since, since)


def alert_condition(kind: AlertKind, city: City, limit: AlertLimit) -> ColumnElement[bool]:
    """Return the condition that an alert is about a vehicle."""
    return or_(*(and_(*part.conditions) for part in alert_parts(kind, city, limit)))


def _unmuted_condition(kind: AlertKind) -> ColumnElement[bool]:
    mutes, vehicles = table(VehicleAlertMute).c, table(Vehicle).c
    is_muted = (
        select(mutes.until)
        .where(
            mutes.region == vehicles.region,
            mutes.vehicle_id == vehicles.id,
            mutes.kind == kind.value,
            mutes.until > func.now(),
        )
        .correlate(table(Vehicle))
        .exists()
    )
    return ~is_muted
