"""Where a ride may end."""

from math import cos, radians, sin

import pytest
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.fleet.zones.areas import (
    AREA,
    NO_PARKING,
    NO_RIDE,
    SERVICE,
    SLOW,
    SQUARE,
    at,
    box,
    make_city_zones,
    new_zone,
)
from webapp.fleet.zones import rules
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import ParkingCheck
from webapp.regions.geography import METRES_PER_DEGREE, Point, distance_m
from webapp.regions.map_projection import Projection

#: The mappers of SQLAlchemy need all models.
pytestmark = pytest.mark.usefixtures("app")

# --- where a ride may end --------------------------------------------------------------------


def test_without_zones_a_ride_ends_anywhere() -> None:
    for rows in ([], [new_zone(SLOW, SQUARE)]):
        assert make_city_zones(*rows).check_parking(at(0, 0)) == ParkingCheck(allowed=True)


def test_a_ride_ends_inside_the_service_area() -> None:
    zones = make_city_zones(new_zone(SERVICE, AREA))
    assert zones.check_parking(at(900, 900)).allowed
    outside = zones.check_parking(at(1500, 0))
    assert (outside.allowed, outside.zone) == (False, None)
    assert outside.nearest
    assert distance_m(outside.nearest, at(1000, 0)) < 2


def test_a_ride_ends_in_each_of_two_service_areas() -> None:
    zones = make_city_zones(new_zone(SERVICE, AREA), new_zone(SERVICE, box(2000, 0, 3000, 1000)))
    assert zones.check_parking(at(2500, 500)).allowed
    assert not zones.check_parking(at(1500, 500)).allowed


@pytest.mark.parametrize("kind", [NO_PARKING, NO_RIDE])
def test_a_ride_does_not_end_in_a_zone_that_forbids_it(kind: ZoneKind) -> None:
    park = new_zone(kind, SQUARE, name="Park", fee=500)
    for rows in ([park], [park, new_zone(SERVICE, AREA)]):
        check = make_city_zones(*rows).check_parking(at(100, 0))
        assert not check.allowed
        assert check.zone == rules.ForbiddingZone(kind, "Park", 500)
        assert check.nearest
        assert distance_m(check.nearest, at(200, 0)) < 2
        assert make_city_zones(*rows).check_parking(check.nearest).allowed
        assert make_city_zones(*rows).check_parking(at(300, 0)).allowed


def test_a_zone_without_a_name_is_named_by_its_kind() -> None:
    check = make_city_zones(new_zone(NO_PARKING, SQUARE)).check_parking(at(0, 0))
    assert check.zone
    assert str(check.zone.name) == "No parking"


def test_a_hole_in_a_zone_is_outside_the_zone() -> None:
    zones = make_city_zones(
        new_zone(NO_PARKING, SQUARE, box(-100, -100, 100, 100)), new_zone(SERVICE, AREA)
    )
    assert zones.check_parking(at(0, 0)).allowed
    assert not zones.check_parking(at(150, 0)).allowed


def test_there_is_no_nearest_place_where_nothing_is_allowed() -> None:
    check = make_city_zones(new_zone(SERVICE, SQUARE), new_zone(NO_PARKING, AREA)).check_parking(
        at(0, 0)
    )
    assert (check.allowed, check.nearest) == (False, None)


# --- near an edge ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("east", "allowed"), [(-10, True), (0, True), (10, True), (24.9, True), (25.2, False)]
)
def test_a_ride_ends_within_the_tolerance_outside_the_service_area(
    east: float, allowed: bool
) -> None:
    zones = make_city_zones(new_zone(SERVICE, AREA))
    assert zones.check_parking(at(1000 + east, 0)).allowed is allowed
    assert zones.check_parking(at(0, -1000 - east)).allowed is allowed


@pytest.mark.parametrize(("depth", "allowed"), [(-1, True), (1, True), (24.9, True), (25.2, False)])
def test_a_ride_ends_within_the_tolerance_inside_a_no_parking_zone(
    depth: float, allowed: bool
) -> None:
    zones = make_city_zones(new_zone(NO_PARKING, SQUARE), new_zone(SERVICE, AREA))
    assert zones.check_parking(at(200 - depth, 0)).allowed is allowed


def test_the_tolerance_is_a_setting(app: Flask) -> None:
    assert app.config["EDGE_TOLERANCE_M"] == 15
    assert (
        make_city_zones(new_zone(SERVICE, AREA), tolerance_m=50).check_parking(at(1049, 0)).allowed
    )
    assert (
        not make_city_zones(new_zone(SERVICE, AREA), tolerance_m=0)
        .check_parking(at(1001, 0))
        .allowed
    )


def test_the_edge_between_two_forbidden_zones_is_not_allowed() -> None:
    """Even if the file leaves a narrow gap between them."""
    for gap in (0, 0.3):
        east = box(gap, -200, 200, 200)
        zones = make_city_zones(
            new_zone(NO_PARKING, box(-200, -200, 0, 200)), new_zone(NO_RIDE, east)
        )
        check = zones.check_parking(at(-5, 0))
        assert not check.allowed
        assert check.nearest
        assert distance_m(check.nearest, at(0, 0)) > 190


def test_the_edge_between_a_forbidden_zone_and_the_service_area_is_not_allowed() -> None:
    zones = make_city_zones(
        new_zone(SERVICE, AREA), new_zone(NO_PARKING, box(800, -1000, 1000.2, 1000))
    )
    assert not zones.check_parking(at(1010, 0)).allowed


# --- overlaps --------------------------------------------------------------------------------
# After the three examples of GBFS 3.0: A and B overlap, and A comes first.

A, B = box(-300, -100, 100, 100), box(-100, -100, 300, 100)
IN_A, IN_BOTH, IN_B, ELSEWHERE = at(-200, 0), at(0, 0), at(200, 0), at(600, 0)


def check_points(*rows: Zone) -> list[bool]:
    """Return whether a ride may end in A, in both, in B, and elsewhere."""
    zones = make_city_zones(*rows)
    return [zones.check_parking(p).allowed for p in (IN_A, IN_BOTH, IN_B, ELSEWHERE)]


def test_of_two_overlapping_zones_the_one_with_the_lower_position_applies() -> None:
    service, forbidden = new_zone(SERVICE, A, position=0), new_zone(NO_PARKING, B, position=1)
    assert check_points(service, forbidden) == [True, True, False, False]
    assert check_points(forbidden, service) == [True, True, False, False]


def test_a_slow_zone_has_no_effect_on_parking() -> None:
    slow, forbidden = new_zone(SLOW, A, position=0), new_zone(NO_PARKING, B, position=1)
    assert check_points(slow, forbidden) == [True, False, False, True]


def test_a_forbidding_zone_applies_before_a_service_area_with_a_higher_position() -> None:
    forbidden, service = new_zone(NO_PARKING, A, position=0), new_zone(SERVICE, B, position=1)
    assert check_points(forbidden, service) == [False, False, True, False]


def test_of_two_zones_with_one_position_the_one_that_forbids_more_applies() -> None:
    rows = [new_zone(SERVICE, A), new_zone(NO_PARKING, A, name="p"), new_zone(NO_RIDE, A, name="r")]
    for order in (rows, rows[::-1]):
        check = make_city_zones(*order).check_parking(IN_A)
        assert check.zone
        assert check.zone.kind == NO_RIDE


def test_of_many_zones_inside_each_other_the_innermost_applies() -> None:
    """Every second one allows it."""
    sides = range(100, 1000, 100)
    rows = [
        new_zone(
            SLOW,
            box(-side, -side, side, side),
            position=side,
            rules=[{"ride_end_allowed": side % 200 == 0}],
        )
        for side in sides
    ]
    zones = make_city_zones(*rows)
    for side in sides:
        check = zones.check_parking(at(side - 50, 0))
        assert check.allowed == (side % 200 == 0)
        if check.nearest:
            assert zones.check_parking(check.nearest).allowed
            assert distance_m(at(side - 50, 0), check.nearest) == pytest.approx(50.5, abs=0.2)


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_zones_that_forbid_it_to_types_that_are_one_here_the_first_names_its_fee(
    order: tuple[str, str],
) -> None:
    rows = [
        new_zone(
            NO_PARKING,
            SQUARE,
            position=position,
            fee=fee,
            rules=[{"vehicle_type_ids": [type_id], "ride_end_allowed": False}],
        )
        for position, (type_id, fee) in enumerate(zip(order, (100, 200), strict=True))
    ]
    zone = make_city_zones(*rows).check_parking(at(0, 0)).zone
    assert zone
    assert zone.fee == 100


def test_the_fee_is_that_of_the_zone_that_applies() -> None:
    cheap, dear = (
        new_zone(NO_PARKING, A, position=1, fee=100),
        new_zone(NO_PARKING, B, position=2, fee=900),
    )
    fees = [
        p.zone and p.zone.fee
        for p in map(make_city_zones(dear, cheap).check_parking, (IN_A, IN_BOTH, IN_B))
    ]
    assert fees == [100, 100, 900]


# --- properties ------------------------------------------------------------------------------

#: Without a deadline, the tests also pass on a busy machine.
NO_DEADLINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

sides = st.integers(60, 900)
places = st.integers(-800, 800)
kinds = st.sampled_from([SERVICE, NO_PARKING, NO_RIDE])
rectangles = st.builds(
    lambda kind, x, y, wide, high, position: new_zone(
        kind, box(x, y, x + wide, y + high), position=position
    ),
    kinds, places, places, sides, sides, st.integers(0, 3),
)  # fmt: skip


@pytest.mark.slow
@NO_DEADLINE
@given(st.lists(rectangles, min_size=1, max_size=6), places, places)
def test_the_nearest_place_is_allowed_without_tolerance(
    rows: list[Zone], east: int, north: int
) -> None:
    check = make_city_zones(*rows).check_parking(at(east, north))
    assume(check.nearest)
    assert check.nearest
    strict = make_city_zones(*rows, tolerance_m=0)
    assert strict.check_parking(check.nearest).allowed
    assert not strict.check_parking(at(east, north)).allowed


@pytest.mark.slow
@NO_DEADLINE
@given(st.lists(rectangles, min_size=1, max_size=6), places, places, st.integers(0, 359))
def test_a_refused_place_is_farther_from_an_edge_than_the_tolerance(
    rows: list[Zone], east: int, north: int, angle: int
) -> None:
    """No place within the tolerance is allowed, and the nearest one is not within it."""
    point = at(east, north)
    check = make_city_zones(*rows).check_parking(point)
    assume(not check.allowed)
    assert check.nearest is None or distance_m(point, check.nearest) > 24
    near = at(east + 20 * sin(radians(angle)), north + 20 * cos(radians(angle)))
    parking = make_city_zones(*rows, tolerance_m=0).check_parking(near)
    assert not parking.allowed or is_gap(rows, near)


def is_gap(rows: list[Zone], point: Point) -> bool:
    """Whether a place is so narrow that it counts as an error of the file."""
    width = 1.5
    around = [(width, 0), (-width, 0), (0, width), (0, -width)]
    strict = make_city_zones(*rows, tolerance_m=0)
    moved = (
        Point(point.lat + n / METRES_PER_DEGREE, point.lon + e / METRES_PER_DEGREE)
        for e, n in around
    )
    return not all(strict.check_parking(p).allowed for p in moved)


@NO_DEADLINE
@given(st.floats(-80, 80), st.floats(-179.9, 179.9), st.integers(0, 359))
def test_the_projection_keeps_metres_everywhere_on_earth(
    lat: float, lon: float, angle: int
) -> None:
    centre = Point(lat, lon)
    projection = Projection(centre)
    flat = projection.project_point(centre)
    result = projection.unproject_point(
        type(flat)(800 * sin(radians(angle)), 800 * cos(radians(angle)))
    )
    assert distance_m(centre, result) == pytest.approx(800, rel=0.002)
    assert -180 <= result.lon <= 180
