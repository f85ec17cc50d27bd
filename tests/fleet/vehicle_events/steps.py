"""Reading the events of vehicles."""

from typing import NamedTuple

from sqlalchemy import select

from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.replay import ReplayCounts, replay_region


class Event(NamedTuple):
    """What a test looks at."""

    state: str
    event_types: str
    cause: str


def read_vehicle_events(vehicle_key: RowKey) -> list[VehicleEvent]:
    """Return the events of a vehicle in their order. Needs an application context."""
    query = (
        select(VehicleEvent)
        .where(VehicleEvent.region == vehicle_key.region, VehicleEvent.vehicle_id == vehicle_key.id)
        .order_by(VehicleEvent.number)
    )
    events = list(db.session.scalars(query))
    db.session.expunge_all()
    return events


def list_events(vehicle_key: RowKey) -> list[Event]:
    """Return the states, types and causes of the events of a vehicle."""
    return [
        Event(event.state, " ".join(event.event_types), event.cause)
        for event in read_vehicle_events(vehicle_key)
    ]


def find_problems(region: str = "us-east1") -> list[str]:
    """Replay all events of a region; return what is wrong."""
    results = replay_region(region)
    return [result.problem for result in results if not isinstance(result, ReplayCounts)]
