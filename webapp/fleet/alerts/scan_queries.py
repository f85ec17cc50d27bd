"""What the scan for alerts reads."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    case,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.sql.selectable import LateralFromClause

from webapp.db.types import table
from webapp.fleet.alerts.enums import IDLE_ON_STREET_STATES
from webapp.fleet.alerts.models import VehicleAlert
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.enums import EventType, VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.hooks import ShortRide, get_hooks
from webapp.regions.models import City

#: How many vehicles one statement reads.
PAGE = 500
#: How many events of a vehicle: enough for ``MAX_IN_A_ROW`` rides, each after some reservations.
MAX_EVENTS = 50
#: With these staff say that a vehicle can be ridden: what was before does not count any more.
RESET_ACTIONS = (
    VehicleAction.RETURN_TO_SERVICE,
    VehicleAction.DEPLOY,
    VehicleAction.SWAP_BATTERY,
)


class ScannedVehicle(NamedTuple):
    """A vehicle, with what alerts follow from."""

    id: UUID
    changed_at: datetime
    state: str
    lat: float | None
    lon: float | None
    form_factor: str
    propulsion_type: str
    #: Since its last ride, and since staff have last put it on the street.
    reservation_count: int
    #: How many of its last rides in a row were short.
    short_ride_count: int
    #: The values of the alerts that are recorded, by kind; 0 for one of another city, where the
    #: vehicle was before.
    recorded: dict[str, int] | None
    #: The time by the database's clock.
    read_at: datetime


def page_query(
    city: City, after: tuple[datetime, UUID] | None, short: ShortRide
) -> Select[Any]:  # Any: the columns of a ScannedVehicle
    """Return the query for the next vehicles of a city, in the order in which they changed."""
    page = _changed_subquery(city, after)
    events = _events_lateral(page)
    vehicles = (
        select(page, events.c.back_on_street_at, events.c.reservation_count)
        .join_from(page, events, true())
        .subquery("scanned")
    )
    row = vehicles.c
    alerts = table(VehicleAlert).c
    value = case((alerts.city == city.name, alerts.value), else_=0)
    recorded = (
        select(func.jsonb_object_agg(alerts.kind, value))
        .where(alerts.region == row.region, alerts.vehicle_id == row.id)
        .scalar_subquery()
    )
    is_on_street = row.state.in_([state.value for state in IDLE_ON_STREET_STATES])
    short_rides = get_hooks().vehicle_ride_columns.count_short_rides(vehicles, short)
    return select(
        row.id,
        row.changed_at,
        row.state,
        row.lat,
        row.lon,
        row.form_factor,
        row.propulsion_type,
        row.reservation_count,
        case((is_on_street, short_rides), else_=0),
        recorded,
        func.now(),
    ).order_by(row.changed_at, row.id)


def _changed_subquery(city: City, after: tuple[datetime, UUID] | None) -> Subquery:
    names = ("region", "id", "changed_at", "state", "lat", "lon", "form_factor", "propulsion_type")
    vehicles = table(Vehicle).c
    query = select(*(vehicles[name] for name in names)).where(
        vehicles.region == city.region, vehicles.city == city.name
    )
    if after:
        query = query.where(
            vehicles.changed_at >= after[0],  # for the index, which ends with it
            tuple_(vehicles.changed_at, vehicles.id) > after,
        )
    return query.order_by(vehicles.changed_at, vehicles.id).limit(PAGE).subquery("changed")


def _events_lateral(vehicles: Subquery) -> LateralFromClause:
    """Return when staff have last put a vehicle on the street (``back_on_street_at``), and how
    often it was reserved since then and since its last ride."""
    events = table(VehicleEvent).c
    last = (
        select(events.number, events.occurred_at, events.event_types, events.action)
        .where(events.region == vehicles.c.region, events.vehicle_id == vehicles.c.id)
        .order_by(events.number.desc())
        .limit(MAX_EVENTS)
        .correlate(vehicles)
        .subquery()
    )
    event = last.c
    resets = event.action.in_([action.value for action in RESET_ACTIONS])
    is_ride = _has_type(event.event_types, EventType.TRIP_START)
    resets_count = or_(is_ride, func.coalesce(resets, False))
    numbered = select(
        case((resets, event.occurred_at)).label("back_on_street_at"),
        _has_type(event.event_types, EventType.RESERVATION_START).label("is_reservation"),
        func.bool_or(resets_count).over(order_by=event.number.desc()).label("is_before"),
    ).subquery()
    is_counted = numbered.c.is_reservation & ~numbered.c.is_before
    return (
        select(
            func.max(numbered.c.back_on_street_at).label("back_on_street_at"),
            func.count().filter(is_counted).label("reservation_count"),
        )
        .select_from(numbered)
        .lateral("events")
    )


def _has_type(event_types: ColumnElement[list[str]], event_type: EventType) -> ColumnElement[bool]:
    return event_types.contains([event_type.value])
