"""What changes among the available vehicles of a city, for programs that watch it.

A process reads the changes of a city once, for all who watch it, and only while somebody does. What
they get is the difference between two answers to somebody who polls: it tells nothing besides.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Condition, Lock
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from flask import Flask, current_app
from msgspec import Meta

from webapp.api.values import Answer, Key, Position, encode
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.anonymity import make_anonymous_copy
from webapp.fleet.live_map.change_queries import (
    COLUMNS,
    MAX_CHANGED_ROWS,
    available_vehicles_query,
    changed_vehicles_query,
)
from webapp.fleet.live_map.services import NOT_READ
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.vehicle_columns import VehicleRow
from webapp.regions.models import City

#: So many differences of a city are kept, and none with more vehicles: who comes back later, or
#: misses such a one, reads all vehicles again.
MAX_KEPT, MAX_VEHICLES = 100, 1_000
#: What nobody has watched for so long is forgotten, seconds.
FORGET_AFTER_S = 300.0
#: All vehicles are read anew after so long: a row that has left the city is no change of it.
READ_ALL_AFTER = timedelta(minutes=30)
#: Nobody has seen a difference that is so much younger than the last one, milliseconds.
MAX_AHEAD_MS = 60_000


class WatchedVehicle(Answer):
    """An available vehicle as everybody may see it, without texts: they depend on the language."""

    id: Key
    form_factor: Annotated[str, Meta(description="As in GBFS.")]
    propulsion_type: Annotated[str, Meta(description="As in GBFS.")]
    position: Position | None
    range_m: int | None


class VehicleChanges(Answer):
    """What has changed since the event before."""

    changed: Annotated[
        list[WatchedVehicle], Meta(description="Vehicles that are new, or as they are now.")
    ]
    removed: Annotated[list[Key], Meta(description="Vehicles that are not available any more.")]


class Difference(NamedTuple):
    """A ``VehicleChanges``, and when it was read: milliseconds since 1970 by the database."""

    at: int
    content: bytes


class CityChanges:
    """The last changes of a city. Safe for threads."""

    def __init__(self, city: City, now_s: float) -> None:
        #: When somebody last began to read, by the clock of ``Watchers``.
        self.tried_at_s = now_s
        #: Who has seen an earlier moment only, milliseconds, reads all vehicles again.
        self.begin = 0
        self.vehicle_filter = VehicleFilter(city)
        self._read_at: datetime | None = None
        self._all_read_at = datetime.min.replace(tzinfo=UTC)
        #: By their lasting ids, which nobody sees.
        self._vehicles: dict[str, WatchedVehicle] = {}
        self._kept: deque[Difference] = deque()
        self._condition = Condition()

    @property
    def at(self) -> int:
        """The moment up to which changes were read, milliseconds since 1970; 0: none were."""
        return _milliseconds(self._read_at) if self._read_at else 0

    def covers(self, since: int) -> bool:
        """Tell whether all that has changed since a moment is known."""
        return self.at > 0 and self.begin <= since <= self.at + MAX_AHEAD_MS

    def wait(self, since: int, timeout_s: float) -> list[Difference]:
        """Return what has changed since a moment, when there is something, or [] after a time."""
        with self._condition:
            self._condition.wait_for(lambda: self._has_after(since), timeout_s)
            return [each for each in self._kept if each.at > since]

    def _has_after(self, since: int) -> bool:
        return (bool(self._kept) and self._kept[-1].at > since) or not self.covers(since)

    def read(self) -> None:
        """Read what has changed, in one statement. One thread at a time."""
        if self._read_at is None or self._read_at - self._all_read_at > READ_ALL_AFTER:
            self._read_all()
            return
        read_at, rows = self._execute(changed_vehicles_query(self.vehicle_filter, self._read_at))
        if len(rows) > MAX_CHANGED_ROWS:
            self._read_all()
            return
        vehicles = {row[1]: _make_vehicle(self._city, row) for *row, matches in rows if matches}
        gone = {row[1] for *row, matches in rows if not matches}
        self._keep(read_at, vehicles, gone)

    def _read_all(self) -> None:
        read_at, rows = self._execute(available_vehicles_query(self.vehicle_filter))
        vehicles = {row[1]: _make_vehicle(self._city, row) for row in rows}
        self._all_read_at = read_at
        if self._read_at is None:
            self._vehicles, self._read_at, self.begin = vehicles, read_at, _milliseconds(read_at)
        else:
            self._keep(read_at, vehicles, self._vehicles.keys() - vehicles.keys())

    def _execute(self, query: Any) -> tuple[datetime, Sequence[Any]]:
        """Return the time and the rows. Any: values of JSON."""
        arguments = self.vehicle_filter.bind_arguments()
        read_at, rows = db.session.execute(query, bind_arguments=arguments).one()
        return read_at, rows or ()

    @property
    def _city(self) -> City:
        return self.vehicle_filter.city

    def _keep(
        self, read_at: datetime, vehicles: dict[str, WatchedVehicle], gone: Iterable[str]
    ) -> None:
        """Keep the difference to what was read before."""
        before = self._vehicles
        changed = {key: new for key, new in vehicles.items() if before.get(key) != new}
        old = [before.pop(key) for key in {*gone, *changed} if key in before]
        before |= changed
        removed = {each.id for each in old} - {each.id for each in changed.values()}
        with self._condition:
            self._read_at = read_at
            if len(changed) + len(removed) > MAX_VEHICLES:
                self._kept.clear()
                self.begin = self.at
            elif changed or removed:
                # In no order that lasts over a ride.
                news = sorted(changed.values(), key=lambda each: each.id)
                content = encode(VehicleChanges(changed=news, removed=sorted(removed)))
                self._kept.append(Difference(self.at, content))
                if len(self._kept) > MAX_KEPT:
                    self.begin = self._kept.popleft().at
            self._condition.notify_all()


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _make_vehicle(city: City, row: Sequence[Any]) -> WatchedVehicle:
    """Return a vehicle. row: ``COLUMNS``, from JSON (Any)."""
    values = {**NOT_READ, **dict(zip(COLUMNS, row, strict=True)), "brand": "", "state": ""}
    exact = VehicleRow(region=city.region, city=city.name, **values)
    point = exact.point
    return WatchedVehicle(
        id=str(RowKey(city.region, UUID(row[0]))),
        form_factor=exact.form_factor,
        propulsion_type=exact.propulsion_type,
        position=Position(lat=point.lat, lon=point.lon) if point else None,
        range_m=make_anonymous_copy(exact).range_m,
    )


class Watchers:
    """The cities that somebody watches in this process, and how many may do so at once.

    At most one thread reads the database for them, one city after the other: watchers take no
    connection that riders wait for, but one.
    """

    def __init__(self, max_watchers: int, max_by_address: int, poll_s: float) -> None:
        self.max_watchers = max_watchers
        self.max_by_address = max_by_address
        self.poll_s = poll_s
        #: Seconds from any moment on; tests put their own here.
        self.clock: Callable[[], float] = time.monotonic
        #: How many watch, by address.
        self._counts: Counter[str] = Counter()
        self._cities: dict[str, CityChanges] = {}
        self._lock = Lock()
        self._reading = Lock()

    @property
    def count(self) -> int:
        """How many watch."""
        return self._counts.total()

    def enter(self, address: str) -> bool:
        """Count one more who watches; tell whether there is room: for all, and for that address,
        so that nobody takes the room of all others."""
        with self._lock:
            has_room = (
                self.count < self.max_watchers and self._counts[address] < self.max_by_address
            )
            if has_room:
                self._counts[address] += 1
            return has_room

    def leave(self, address: str) -> None:
        """Count one less."""
        with self._lock:
            self._counts -= Counter([address])  # also forgets addresses without any

    def find(self, city: City) -> CityChanges:
        """Return the changes of a city, and forget those of cities that nobody watches any more."""
        now_s = self.clock()
        with self._lock:
            for name, changes in list(self._cities.items()):
                if changes.tried_at_s < now_s - FORGET_AFTER_S:
                    del self._cities[name]
            return self._cities.setdefault(city.name, CityChanges(city, now_s - self.poll_s))

    def read_if_due(self, changes: CityChanges) -> None:
        """Read what has changed in a city, unless that was done just now, or another thread reads.

        Until something was read, each thread waits for the one that reads.
        """
        if self._is_due(changes) and self._reading.acquire(blocking=not changes.at):
            try:
                if self._is_due(changes):
                    changes.tried_at_s = self.clock()
                    changes.read()
            finally:
                self._reading.release()

    def _is_due(self, changes: CityChanges) -> bool:
        return self.clock() >= changes.tried_at_s + self.poll_s


def init_app(app: Flask) -> None:
    app.extensions["movr_watchers"] = Watchers(
        app.config["EVENT_STREAMS_PER_PROCESS"],
        app.config["EVENT_STREAMS_PER_ADDRESS"],
        app.config["LIVE_MAX_AGE_S"],
    )


def get_watchers() -> Watchers:
    """Return those of the current application."""
    watchers: Watchers = current_app.extensions["movr_watchers"]
    return watchers
