"""The cost of the live map: caches, round trips and indexes."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import text

from tests.bulk_rows import COUNTS
from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import VehicleFactory, find_city
from tests.fleet.large_fleet import insert_large_fleet
from tests.fleet.live_map.steps import MAP_URL, POSITION, box_around, get_map
from tests.visitor import Visitor
from webapp.fleet.enums import PUBLIC_STATES, FormFactor
from webapp.fleet.live_map import services
from webapp.fleet.live_map.queries import MAX_CHANGES
from webapp.fleet.live_map.services import TIME_STEP_S, MapCache, _round_down, read_map
from webapp.fleet.queries.filters import VehicleFilter
from webapp.regions.geography import Point


def test_a_response_costs_one_round_trip_and_can_be_cached_by_proxies(
    visitor: Visitor, rider: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    make_vehicle(at=POSITION)
    visitor.get("/city/new%20york")
    with rider.session_transaction() as session:
        session.permanent = True  # "stay signed in", whose cookie is renewed with each answer
    assert "Set-Cookie" in rider.get("/city/new%20york").headers
    round_trips()
    for browser in (visitor, rider):
        for url in (MAP_URL, f"{MAP_URL}&since=9999999999"):
            response = browser.get(url)
            assert round_trips() == 1
            assert response.headers["Cache-Control"] == "public, max-age=0"
            assert "Set-Cookie" not in response.headers
            assert "Cookie" not in response.headers.get("Vary", "")
    assert get_map(visitor)["vehicles"] == get_map(rider)["vehicles"]


def test_an_unchanged_map_is_answered_with_304(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_round_down", lambda at: 1_800_000_000)
    make_vehicle(at=POSITION)
    etag = visitor.get(MAP_URL).headers["ETag"]
    second_response = visitor.get(MAP_URL, headers={"If-None-Match": etag})
    assert second_response.status_code == 304
    assert second_response.data == b""
    make_vehicle(at=POSITION)
    assert visitor.get(MAP_URL, headers={"If-None-Match": etag}).status_code == 200


def test_times_are_rounded_so_that_maps_send_equal_requests() -> None:
    assert _round_down(datetime.fromtimestamp(1_800_000_009.9, UTC)) == 1_800_000_000


def test_a_bounding_box_is_read_once_while_the_cache_is_valid(
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    round_trips: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "movr_live", MapCache(3600))
    visitor.get(MAP_URL)
    round_trips()
    assert get_map(visitor)["number"] == 0
    assert round_trips() == 0
    make_vehicle(at=POSITION)
    assert get_map(visitor)["number"] == 0
    assert len(get_map(visitor, f"{MAP_URL}&show=all")["vehicles"]) == 1
    monkeypatch.setitem(app.extensions, "movr_live", MapCache(0))
    assert len(get_map(visitor)["vehicles"]) == 1


def test_updates_since_the_same_time_step_are_read_once(
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    round_trips: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "movr_live", MapCache(3600))
    since = _round_down(datetime.now(UTC)) - 2 * TIME_STEP_S
    vehicle = make_vehicle(at=POSITION)
    first = get_map(visitor, f"{MAP_URL}&since={since}")
    assert [vehicle[0] for vehicle in first["vehicles"]] == [str(vehicle.public_key)]
    round_trips()
    assert get_map(visitor, f"{MAP_URL}&since={since + TIME_STEP_S - 1}") == first
    assert round_trips() == 0
    visitor.get(f"{MAP_URL}&since={since - 1}")
    assert round_trips() == 1


#: The first if most vehicles of the type are in the box, the last if it is smaller than some cells.
MAP_INDEXES = {
    "ix_vehicles_list_by_type",
    "ix_vehicles_cell",
    "ix_vehicles_position",
    "ix_vehicles_type_range",
}
#: Of clusters: what was counted beforehand, what has changed since, and reservations that are over.
COUNT_INDEXES = {"pk_vehicle_cell_counts", "ix_vehicles_to_count", "ix_vehicles_reserved_until"}
#: Of an update: what was written since, and the reservations that have expired since.
CHANGES_INDEXES = {"ix_vehicles_changed", "ix_vehicles_reserved_until"}


def count_as_worker() -> None:
    """Count all vehicles, as the job does in slices."""
    with connect_to_fill_tables() as connection:
        connection.execute(
            text(
                "UPDATE vehicles SET counted_as = state || ' ' || form_factor, counted_cell = cell"
            )
        )
        connection.execute(text(COUNTS))


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_a_large_city_is_read_by_its_indexes(app: Flask) -> None:
    """Of 20,000 vehicles, a map reads the cells of its box, and an update the changed ones."""
    with app.app_context():
        insert_large_fleet(
            state="CASE n % 20 WHEN 1 THEN 'reserved' WHEN 3 THEN 'on_trip' ELSE 'available' END",
            # Half of the reservations have expired.
            reserved_until="CASE n % 20 WHEN 1 THEN now() + (n % 40 - 10) * interval '1 minute' END",
            changed_at="now() - n * interval '1 minute'",
        )
        count_as_worker()
        vacuum("vehicles", "vehicle_cell_counts")
        city = find_city()
        middle, since = Point(40.73, -73.99), int(datetime.now(UTC).timestamp())
        for vehicle_filter in (
            VehicleFilter(city),
            VehicleFilter(city, PUBLIC_STATES, FormFactor.OTHER),
        ):
            for size in (0.003, 0.05):
                near = box_around(middle, size)
                full_map_plan = explain_plan(lambda: read_map(vehicle_filter, near, None))  # noqa: B023
                assert full_map_plan.indexes <= MAP_INDEXES | COUNT_INDEXES, full_map_plan.indexes
                assert "Seq Scan" not in full_map_plan.nodes
                assert full_map_plan.most_rows < 700
                changes = explain_plan(lambda: read_map(vehicle_filter, near, since))  # noqa: B023
                assert changes.indexes <= {*MAP_INDEXES, *CHANGES_INDEXES}, changes.rows_read
                assert "Seq Scan" not in changes.nodes
                assert changes.most_rows < 700
            # An update does not count the 20,000 vehicles in the box; nor do clusters of those that
            # are available.
            wide = box_around(middle, 1.5)
            if vehicle_filter.is_by_counts:
                full_map_plan = explain_plan(lambda: read_map(vehicle_filter, wide, None))  # noqa: B023
                assert full_map_plan.table_rows < 10_000, full_map_plan.rows_read
            changes = explain_plan(lambda: read_map(vehicle_filter, wide, since))  # noqa: B023
            assert changes.most_rows <= MAX_CHANGES, changes.rows_read
        with connect_to_fill_tables() as connection:
            connection.execute(text("DELETE FROM vehicle_cell_counts"))
