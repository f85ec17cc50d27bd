"""Vehicles with a history, and what the rollups say of it."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from io import StringIO
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import insert, select, text

from tests.explain import connect_to_fill_tables, vacuum
from tests.factories import VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.numbers.enums import Metric, Period
from webapp.numbers.models import Rollup
from webapp.regions.models import City
from webapp.rides.models import Ride

_MANY_RIDES = """
    INSERT INTO rides
        (region, id, city, vehicle_id, rider_region, rider_id, started_at, ended_at)
    SELECT :region, gen_random_uuid(), 'new york', :vehicle, :region, :rider, at, at
    FROM (SELECT now() - n * interval '1 hour' AS at FROM generate_series(1, 20000) n) AS rides"""


class Event(NamedTuple):
    """An event that is to be written."""

    occurred_at: datetime
    state: str
    event_types: Sequence[str] = ()


def make_history(make_vehicle: VehicleFactory, events: Sequence[Event], **columns: Any) -> None:
    """Make a vehicle with these events, which ends in the state of the last one."""
    vehicle = make_vehicle(state=events[-1].state, event_count=len(events), **columns)
    rows = [
        {
            "region": vehicle.region,
            "vehicle_id": vehicle.id,
            "city": vehicle.city,
            "number": number,
            "occurred_at": event.occurred_at,
            "recorded_at": event.occurred_at,
            "state": event.state,
            "event_types": list(event.event_types),
            "cause": "unknown",
        }
        for number, event in enumerate(events, start=1)
    ]
    with db.engines["write"].begin() as connection:
        connection.execute(insert(table(VehicleEvent)), rows)


def add_rides(rider: User, vehicle: Vehicle, rides: list[dict[str, Any]]) -> None:
    """Write rides of a vehicle."""
    row = {
        "region": vehicle.region, "city": vehicle.city, "vehicle_id": vehicle.id,
        "rider_region": rider.region, "rider_id": rider.id, "currency": "USD",
    }  # fmt: skip
    with db.engines["write"].begin() as connection:
        connection.execute(insert(table(Ride)), [{**row, "id": uuid4(), **ride} for ride in rides])


def add_many_rides(rider: User, vehicle: Vehicle) -> None:
    """Write a ride of a vehicle for each of the last 20,000 hours, and update the statistics."""
    values = {"region": vehicle.region, "vehicle": vehicle.id, "rider": rider.id}
    with connect_to_fill_tables() as connection:
        connection.execute(text(_MANY_RIDES), values)
    vacuum("rides", "vehicles")


def read_rollups(city: City, period: Period = Period.HOUR) -> dict[tuple[str, ...], int]:
    """Return the values of all rollups of a city, by start, metric, dimension and form factor."""
    rollups = table(Rollup).c
    query = select(
        rollups.started_at, rollups.metric, rollups.dimension, rollups.form_factor, rollups.value
    )
    rows = db.session.execute(query.where(rollups.city == city.name, rollups.period == period))
    return {(f"{at.astimezone(UTC):%m-%d %H:%M}", *key): value for at, *key, value in rows}


def total(city: City, metric: Metric, period: Period = Period.HOUR) -> Counter[str]:
    """Return the sums of a metric over all time, by its dimension."""
    sums = Counter[str]()
    for (_start, name, dimension, _form), value in read_rollups(city, period).items():
        if name == metric:
            sums[dimension] += value
    return sums


def clock(text: str, day: datetime) -> datetime:
    """Return the moment of a day with this time."""
    hour, minute = map(int, text.split(":"))
    return day + timedelta(hours=hour, minutes=minute)


def read_figures(page: str) -> dict[str, str]:
    """Return the figures of the page by their labels."""
    found = re.findall(r"<dt>([^<]+)</dt>\s*<dd><strong[^>]*>([^<]+)<", page)
    return {unescape(label): unescape(value) for label, value in found}


def read_file(visitor: Visitor, query: str) -> list[dict[str, str]]:
    """Return the rows of the file of numbers."""
    return list(csv.DictReader(StringIO(visitor.get(f"/fleet/numbers.csv?{query}").text)))
