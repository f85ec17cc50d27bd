"""Which vehicles of a city an alert is about: for the board, lists, the map, and rules of tasks.

An alert is made of parts; each is a range of an index.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Integer, and_, func, literal_column, or_, select

from webapp.db.types import table
from webapp.fleet.alerts.enums import (
    ALERT_STATES,
    IDLE_ON_STREET_STATES,
    MAX_LOW_BATTERY,
    RECORDED_KINDS,
    AlertKind,
)
from webapp.fleet.alerts.models import VehicleAlert, VehicleAlertMute
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.hooks import AlertUnit
from webapp.regions.models import City

#: The threshold where a city has set none, and its unit.
THRESHOLDS = {
    AlertKind.BATTERY_LOW: (20, AlertUnit.PERCENT),
    AlertKind.NO_CONTACT: (6, AlertUnit.HOURS),
    AlertKind.IDLE: (7, AlertUnit.DAYS),
    AlertKind.OUT_OF_SERVICE: (3, AlertUnit.DAYS),
    AlertKind.SHORT_RIDES: (3, AlertUnit.RIDES),
    AlertKind.RESERVED_OFTEN: (3, AlertUnit.RESERVATIONS),
    AlertKind.OUTSIDE_AREA: (100, AlertUnit.METRES),
}


class AlertThreshold(NamedTuple):
    """From when on an alert is about a vehicle."""

    #: Of ``BATTERY_LOW``: below how many percent. Of ``RECORDED_KINDS``: from which value on.
    value: int = 0
    #: For how long the vehicle has been so.
    duration: timedelta = timedelta()


class AlertPart(NamedTuple):
    """Some of the vehicles of an alert."""

    #: ``vehicles`` or ``vehicle_alerts``: the table with the index.
    source: FromClause
    #: Of rows of the source.
    conditions: list[ColumnElement[bool]]
    #: What the list is ordered by: the worst first. (Any: a time or a number)
    order: ColumnElement[Any]
    #: Since when a vehicle has been so.
    since: ColumnElement[datetime]
    is_descending: bool = False
    #: The state that all of the vehicles are in. None: there are several.
    state: VehicleState | None = None

    @property
    def tables(self) -> FromClause:
        """The source with the vehicles, for a query of vehicles."""
        vehicles, source = table(Vehicle), self.source
        return vehicles if source is vehicles else source.join(vehicles, self.same_vehicle)

    @property
    def same_vehicle(self) -> ColumnElement[bool]:
        """The condition that a row of ``vehicle_alerts`` is about a vehicle."""
        vehicles, alerts = table(Vehicle).c, self.source.c
        return and_(alerts.region == vehicles.region, alerts.vehicle_id == vehicles.id)


def make_threshold(kind: AlertKind, threshold: int) -> AlertThreshold:
    """Return the threshold of an alert on the board. threshold: in its unit (``THRESHOLDS``)."""
    match THRESHOLDS[kind][1]:
        case AlertUnit.HOURS:
            return AlertThreshold(duration=timedelta(hours=threshold))
        case AlertUnit.DAYS:
            return AlertThreshold(duration=timedelta(days=threshold))
        case _:
            return AlertThreshold(threshold)


def alert_parts(
    kind: AlertKind, cities: Sequence[City], threshold: AlertThreshold
) -> Iterator[AlertPart]:
    """Yield the parts of an alert. cities: of one region."""
    if kind in RECORDED_KINDS:
        yield _recorded_part(kind, cities, threshold)
        return
    vehicles = table(Vehicle)
    columns = vehicles.c
    common = _common_conditions(
        kind, cities, threshold, vehicles, columns.id, columns.state_changed_at
    )
    if kind is AlertKind.BATTERY_LOW:
        is_low = [
            # As in the condition of the index.
            columns.battery_percent < literal_column(str(MAX_LOW_BATTERY), Integer),
            columns.state.in_([state.value for state in IDLE_ON_STREET_STATES]),
            columns.battery_percent < threshold.value,
        ]
        order = columns.battery_percent
        yield AlertPart(vehicles, [*common, *is_low], order, columns.state_changed_at)
        return
    for state in ALERT_STATES[kind]:
        conditions = [*common, columns.state == state.value]
        since = columns.state_changed_at
        yield AlertPart(vehicles, conditions, since, since, state=state)


def alert_condition(
    kind: AlertKind, cities: Sequence[City], threshold: AlertThreshold
) -> ColumnElement[bool]:
    """Return the condition that an alert is about a vehicle. cities: of one region."""
    vehicles = table(Vehicle)
    return or_(
        *(
            and_(*part.conditions)
            if part.source is vehicles
            else select(part.source)
            .where(part.same_vehicle, *part.conditions)
            .correlate(vehicles)
            .exists()
            for part in alert_parts(kind, cities, threshold)
        )
    )


def _recorded_part(kind: AlertKind, cities: Sequence[City], threshold: AlertThreshold) -> AlertPart:
    alerts = table(VehicleAlert)
    columns = alerts.c
    conditions = [
        *_common_conditions(kind, cities, threshold, alerts, columns.vehicle_id, columns.since),
        columns.kind == kind.value,
        columns.value >= threshold.value,
    ]
    return AlertPart(alerts, conditions, columns.value, columns.since, is_descending=True)


def _common_conditions(
    kind: AlertKind,
    cities: Sequence[City],
    threshold: AlertThreshold,
    source: FromClause,
    vehicle_id: ColumnElement[Any],
    since: ColumnElement[datetime],
) -> list[ColumnElement[bool]]:
    """Return the conditions of all alerts. Any: SQLAlchemy types columns of a table so."""
    mutes = table(VehicleAlertMute).c
    is_muted = (
        select(mutes.until)
        .where(
            mutes.region == source.c.region,
            mutes.vehicle_id == vehicle_id,
            mutes.kind == kind.value,
            mutes.until > func.now(),
        )
        .correlate(source)
        .exists()
    )
    column = source.c.city
    is_in: ColumnElement[bool] = column.in_([city.name for city in cities])
    if len(cities) == 1:  # for the order of the index
        is_in = column == cities[0].name
    common = [source.c.region == cities[0].region, is_in, ~is_muted]
    return [*common, since < func.now() - threshold.duration] if threshold.duration else common
