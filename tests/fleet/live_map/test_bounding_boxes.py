"""The vehicles in a bounding box of the live map."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, text
from sqlalchemy.orm import Session

from tests.factories import VehicleFactory, find_city
from tests.fleet.live_map.steps import MAP_URL, POSITION, VEHICLES_URL, get_map, get_public_keys
from tests.visitor import Visitor
from webapp.db.transactions import execute_write, run_transaction
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.services import read_map
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.regions.geography import Point


def test_the_map_shows_the_vehicles_of_its_bounding_box(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    free = make_vehicle(at=(40.7306, -73.9866), brand="Okai", range_m=21_000)
    make_vehicle(at=(40.7306, -73.9866), state="non_operational")
    make_vehicle(at=(40.7306, -73.9866), state="on_trip")
    make_vehicle(at=(40.8, -73.9866))
    make_vehicle("boston", at=(40.7306, -73.9866))
    content = get_map(visitor)
    assert content["full"] is True
    assert content["number"] == 1
    assert content["vehicles"] == [
        [str(free.public_key), 40.7306, -73.9866, "scooter", "available", "Scooter", "", 10_000,
         False, None, True]
    ]  # fmt: skip
    assert content["prices"] == {"": "Free"}
    assert abs(content["at"] - datetime.now(UTC).timestamp()) < 60
    states = {vehicle[4] for vehicle in get_map(visitor, f"{MAP_URL}&show=all")["vehicles"]}
    assert states == {"available", "non_operational"}


def test_the_map_contains_no_permanent_identifier(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(at=POSITION)
    content = visitor.get(MAP_URL).text + visitor.get(f"{MAP_URL}&since=9999999999").text
    assert str(vehicle.public_id) in content
    assert str(vehicle.id) not in content
    assert vehicle.code not in content


def test_the_map_is_ordered_by_public_ids(visitor: Visitor, make_vehicle: VehicleFactory) -> None:
    vehicles = [make_vehicle(at=POSITION) for _ in range(6)]
    shown_keys = [vehicle[0] for vehicle in get_map(visitor, MAP_URL)["vehicles"]]
    assert shown_keys == sorted(str(vehicle.public_key) for vehicle in vehicles)


def test_the_filters_of_the_list_apply_to_the_map(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    at = POSITION
    red = make_vehicle(at=at, color="red", range_m=30_000)
    make_vehicle(at=at, color="red", range_m=1_000)
    make_vehicle(at=at, color="blue", range_m=30_000)
    make_vehicle(at=at, color="red", form_factor="car", range_m=30_000)
    url = f"{MAP_URL}&q=red&range=20&type=scooter_standing"
    assert get_public_keys(rider, url) == {str(red.public_key)}
    assert get_public_keys(rider, f"{url}&since=9999999999") == {str(red.public_key)}


def test_a_vehicle_with_an_expired_reservation_is_shown_as_available(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    now, at = datetime.now(UTC), POSITION
    expired = make_vehicle(at=at, state="reserved", reserved_until=now - timedelta(minutes=1))
    make_vehicle(at=at, state="reserved", reserved_until=now + timedelta(minutes=1))
    [vehicle] = get_map(visitor)["vehicles"]
    assert vehicle[0] == str(expired.public_key)
    assert vehicle[4] == "available"


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example((40.73, -73.99), 0.02, [(0.5, 0.0), (-0.5, -0.5)])
@given(
    st.sampled_from([(40.73, -73.99), (0.0, 180.0), (-16.8, -179.99), (89.5, 0.0), (60.0, 0.0)]),
    st.sampled_from([0.003, 0.02, 0.1, 0.4]),
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=8),
)
def test_a_bounding_box_anywhere_on_earth_finds_its_vehicles(
    app: Flask, middle: tuple[float, float], size: float, offsets: list[tuple[float, float]]
) -> None:
    points = [
        Point(
            max(-90.0, min(90.0, middle[0] + a * 2 * size)),
            wrap_longitude(middle[1] + b * 2 * size),
        )
        for a, b in offsets
    ]
    low, high = max(-90.0, middle[0] - size), min(90.0, middle[0] + size)
    west, east = wrap_longitude(middle[1] - size), wrap_longitude(middle[1] + size)
    public_ids = {uuid4(): point for point in points}
    rows = [vehicle_row(point, public_id=id_) for id_, point in public_ids.items()]

    def replace_fleet(session: Session) -> None:
        session.execute(delete(Vehicle))
        session.execute(insert(Vehicle), rows)

    with app.app_context():
        run_transaction(replace_fleet)
        new_york = find_city()
        bounding_box = BoundingBox.parse(f"{low},{west},{high},{east}")
        snapshot = read_map(VehicleFilter(new_york), bounding_box, None)
        tolerance = 1e-9  # of floats, at the edges
        expected = {
            id_
            for id_, point in public_ids.items()
            if low + tolerance < point.lat < high - tolerance
            and tolerance < (point.lon - west) % 360 < 2 * size - tolerance
        }
        possible = {
            id_
            for id_, point in public_ids.items()
            if low - 0.021 <= point.lat <= high + 0.021
            and (point.lon - west + 0.021) % 360 <= 2 * size + 0.042
        }
        listed_ids = {vehicle.public_id for vehicle in snapshot.vehicles}
        assert expected <= listed_ids <= possible
        assert snapshot.vehicle_count == len(listed_ids)


def vehicle_row(point: Point, **columns: Any) -> dict[str, Any]:
    place = {"lat": point.lat, "lon": point.lon, "cell": point.cell}
    type_ = {"form_factor": "other", "propulsion_type": "human"}
    return {"region": "us-east1", "city": "new york", "id": uuid4(), **type_, **place, **columns}


def wrap_longitude(lon: float) -> float:
    """Return the longitude between -180 and 180."""
    return (lon + 540) % 360 - 180


@pytest.mark.parametrize(
    "bbox",
    ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "inf,0,1,1", "2,0,1,1", "-91,0,1,1",
     "0,-181,1,1", "0,0,1,1e400", "1" * 5000, "0x1,0,1,1"],
)  # fmt: skip
def test_an_invalid_bounding_box_is_refused(visitor: Visitor, bbox: str) -> None:
    assert visitor.get(f"/city/paris/vehicles.json?bbox={bbox}").status_code == 400


@pytest.mark.parametrize(
    "filter_", ["type=dragon", "range=x", "show=no", "price=x", "q=" + "x" * 61]
)
def test_an_invalid_filter_is_refused(visitor: Visitor, filter_: str) -> None:
    assert visitor.get(f"{MAP_URL}&{filter_}").status_code == 400


@pytest.mark.parametrize(
    "since", ["", "x", "-1", "0", "1e400", "9" * 400, "nan", "2026-01-01", "-" + "9" * 400]
)
def test_an_invalid_since_parameter_is_accepted(visitor: Visitor, since: str) -> None:
    assert visitor.get(f"{MAP_URL}&since={since}").status_code == 200


def test_similar_bounding_boxes_are_rounded_to_the_same() -> None:
    assert BoundingBox.parse("40.7213,-74.0512,40.8001,-73.9399") == BoundingBox.parse(
        "40.7299,-74.0589,40.8099,-73.9301"
    )
    assert BoundingBox.parse("40.72,-74.05,40.81,-73.93") == (40.72, -74.05, 40.81, -73.93)
    assert BoundingBox.parse("40.7211,-74.0012,40.7243,-74.0003") == (
        40.721,
        -74.002,
        40.725,
        -74.0,
    )


# --- many vehicles ---------------------------------------------------------------------------


@pytest.fixture
def crowd(app: Flask, make_vehicle: VehicleFactory) -> None:
    """600 vehicles: 400 in one corner of a bounding box, 200 in the other."""
    rows = []
    for number in range(600):
        far = number % 3 == 0
        point = Point(40.601 + far * 0.2, -74.101 + far * 0.2 + number * 1e-6)
        rows.append(vehicle_row(point))
    with app.app_context():
        execute_write(insert(Vehicle).values(rows))


@pytest.mark.usefixtures("crowd")
def test_many_vehicles_are_returned_as_counts_by_position(
    visitor: Visitor, round_trips: Callable[[], int]
) -> None:
    visitor.get("/city/new%20york")
    round_trips()
    content = get_map(visitor, f"{VEHICLES_URL}?bbox=40.5,-74.2,40.9,-73.8")
    assert round_trips() == 1
    assert content["number"] == 600
    assert content["vehicles"] == []
    groups = sorted(content["groups"])
    assert [number for _, _, number, *_ in groups] == [400, 200]
    assert groups[0][:2] == pytest.approx([40.601, -74.101], abs=0.01)
    assert groups[1][:2] == pytest.approx([40.801, -73.901], abs=0.01)
    part = get_map(visitor, f"{VEHICLES_URL}?bbox=40.75,-74.0,40.85,-73.8")
    assert (part["number"], len(part["vehicles"]), part["groups"]) == (200, 200, [])
    everywhere = get_map(visitor, f"{VEHICLES_URL}?bbox=-90,-180,90,180")
    assert sum(group[2] for group in everywhere["groups"]) == 600


def test_a_group_names_a_place_where_one_of_its_vehicles_is(app: Flask, visitor: Visitor) -> None:
    """Its middle may be empty: a map that zoomed in there would show nothing."""
    corners = [Point(40.565, -74.235), Point(40.595, -74.205)]
    with app.app_context():
        execute_write(insert(Vehicle).values([vehicle_row(c) for c in corners for _ in range(300)]))
    [group] = get_map(visitor, f"{VEHICLES_URL}?bbox=40.4,-74.3,40.9,-73.8")["groups"]
    assert group[2] == 600
    assert tuple(group[:2]) not in corners
    assert tuple(group[3:]) in corners


def test_a_crowd_in_one_street_is_returned_as_several_groups(app: Flask, visitor: Visitor) -> None:
    """One number for all of them would say nothing: they fill the screen."""
    points = [Point(40.7001 + n % 24 * 0.0004, -74.0 + n // 24 * 0.0004) for n in range(576)]
    with app.app_context():
        execute_write(insert(Vehicle).values([vehicle_row(point) for point in points]))
    groups = get_map(visitor, f"{VEHICLES_URL}?bbox=40.7,-74.0,40.71,-73.99")["groups"]
    assert sum(group[2] for group in groups) == 576
    assert max(group[2] for group in groups) <= 30
    for lat, lon, _, *zoom in groups:
        assert 40.7 <= lat <= 40.71
        assert -74.0 <= lon <= -73.99
        assert min(abs(p.lat - zoom[0]) + abs(p.lon - zoom[1]) for p in points) < 0.001


@pytest.mark.slow
@pytest.mark.usefixtures("crowd")
def test_a_small_bounding_box_returns_each_vehicle_of_a_crowd(visitor: Visitor) -> None:
    copy = text(
        """INSERT INTO vehicles (region, id, city, form_factor, propulsion_type, brand, color, state,
             lat, lon, cell)
           SELECT region, gen_random_uuid(), city, form_factor, propulsion_type, brand, color, state,
             lat + 0.003, lon, cell FROM vehicles WHERE lat < 40.602"""
    )
    with visitor.application.app_context():
        for _ in range(2):  # 400 more, 300 m away from the first: in the same cell of the grid
            execute_write(copy)
    close = get_map(visitor, f"{VEHICLES_URL}?bbox=40.6,-74.102,40.602,-74.1")
    assert len(close["vehicles"]) == 400
