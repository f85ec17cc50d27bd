"""What each process keeps in memory is read once, also when many requests miss it together."""

from collections.abc import Callable, Iterator
from threading import Event, Lock
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.factories import find_city
from tests.threads import TIMEOUT_S, run_together
from webapp.db.cache import TimedCache
from webapp.extensions import db
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.services import MapCache, read_map
from webapp.fleet.pricing.cache import find_type_plan, plan_cache
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.zones.cache import city_zones, has_start_rules, zone_cache
from webapp.regions.catalogue import catalogue
from webapp.regions.data_regions import data_regions_cache, list_data_regions

READERS = 50


def _read_map() -> object:
    city = find_city("new york")
    return read_map(VehicleFilter(city), BoundingBox.parse("40.6,-74.1,40.8,-73.9"), None)


#: By name: what many requests read, and finds the cache that answers them.
CACHES: dict[str, tuple[Callable[[], object], Callable[[Flask], Any]]] = {
    "cities": (lambda: catalogue().all(), lambda app: catalogue().cache),
    "plans": (lambda: find_type_plan("new york", "bike", ""), lambda app: plan_cache().cache),
    "zones": (lambda: city_zones(find_city("new york")), lambda app: zone_cache().cache),
    "cities with rules": (
        lambda: has_start_rules("us-east1"),
        lambda app: zone_cache().cities_with_rules,
    ),
    "map": (_read_map, lambda app: app.extensions["movr_live"]),
    "regions of rows": (
        list_data_regions,
        lambda _: data_regions_cache(),
    ),
}


class HeldStatements:
    """Counts statements; the first waits until all readers have missed the cache."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self._may_go_on = Event()
        self._lock = Lock()
        self._misses = 0

    def hold(self, connection: Any, cursor: Any, sql: str, *_: Any) -> None:
        self.statements.append(sql)
        assert self._may_go_on.wait(TIMEOUT_S), "the readers wait for something else"

    def count_readers(self, clock: Callable[[], float]) -> Callable[[], float]:
        """Return a clock of the cache, which each reader asks before it looks for the value."""

        def tell_time() -> float:
            with self._lock:
                self._misses += 1
                if self._misses >= READERS:
                    self._may_go_on.set()
            return clock()

        return tell_time


@pytest.fixture
def held() -> Iterator[HeldStatements]:
    held = HeldStatements()
    engines = list(db.engines.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", held.hold)
    yield held
    for engine in engines:
        event.remove(engine, "before_cursor_execute", held.hold)


@pytest.fixture
def ready_app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application whose caches hold everything, the map for longer than a test takes."""
    monkeypatch.setitem(app.extensions, "movr_live", MapCache(3600))
    with app.app_context():
        for read, _ in CACHES.values():
            read()
        yield app


@pytest.mark.parametrize("name", CACHES)
def test_of_fifty_requests_that_miss_a_cache_one_reads_the_database(
    ready_app: Flask, held: HeldStatements, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, find_cache = CACHES[name]
    cache: TimedCache[Any, Any] = find_cache(ready_app)
    cache.clear()
    monkeypatch.setattr(cache, "clock", held.count_readers(cache.clock))
    results = run_together(ready_app, *[read] * READERS)
    assert len(held.statements) == 1, held.statements
    assert not [result for result in results if isinstance(result, Exception)]
