"""Zones: where a ride may end, what the maps show, and what admins change."""

import re
from collections.abc import Callable
from math import cos, radians, sin
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from tests.auth.steps import trail
from tests.conftest import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.zones import rules
from webapp.fleet.zones.cache import city_zones, zone_cache
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones, ParkingCheck
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import METRES_PER_DEGREE, Point, distance_m
from webapp.regions.models import City

#: Rows can be made once all models are there.
pytestmark = pytest.mark.usefixtures("app")

#: Where degrees are square.
CENTRE = Point(0.0, 0.0)
SERVICE, NO_PARKING, NO_RIDE, SLOW = (
    ZoneKind.SERVICE_AREA,
    ZoneKind.NO_PARKING,
    ZoneKind.NO_RIDE,
    ZoneKind.SLOW,
)


def at(east: float, north: float, centre: Point = CENTRE) -> Point:
    """Return the point so many metres from the centre."""
    return Point(centre.lat + north / METRES_PER_DEGREE, centre.lon + east / METRES_PER_DEGREE)


def box(west: float, south: float, east: float, north: float, centre: Point = CENTRE) -> Any:
    """Return the ring of a rectangle, in metres from the centre."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[at(*corner, centre).lon, at(*corner, centre).lat] for corner in corners]


def zone(kind: ZoneKind, *rings: Any, position: int = 0, **columns: Any) -> Zone:
    told: dict[str, Any] = {"name": "", "fee": None, "max_speed_kph": None, **columns}
    return Zone(
        id=uuid4(), city="flat", kind=kind.value, position=position, coordinates=[list(rings)], **told
    )  # fmt: skip


def of(*rows: Zone, tolerance_m: float = 25) -> CityZones:
    city = City(name="flat", lat=CENTRE.lat, lon=CENTRE.lon)
    return CityZones(city, rows, tolerance_m)


AREA = box(-1000, -1000, 1000, 1000)
SQUARE = box(-200, -200, 200, 200)

# --- where a ride may end --------------------------------------------------------------------


def test_without_zones_a_ride_ends_anywhere_and_needs_no_point() -> None:
    for rows in ([], [zone(SLOW, SQUARE)]):
        assert of(*rows).check_parking(at(0, 0)) == ParkingCheck(allowed=True)
        assert of(*rows).check_parking(None) == ParkingCheck(allowed=True)


def test_where_there_are_rules_somebody_must_say_where_it_stands() -> None:
    parking = of(zone(NO_PARKING, SQUARE)).check_parking(None)
    assert parking == ParkingCheck(allowed=False, needs_point=True)


def test_a_ride_ends_inside_the_service_area() -> None:
    there = of(zone(SERVICE, AREA))
    assert there.check_parking(at(900, 900)).allowed
    outside = there.check_parking(at(1500, 0))
    assert (outside.allowed, outside.zone) == (False, None)
    assert outside.nearest
    assert distance_m(outside.nearest, at(1000, 0)) < 2


def test_two_service_areas_are_both_good() -> None:
    there = of(zone(SERVICE, AREA), zone(SERVICE, box(2000, 0, 3000, 1000)))
    assert there.check_parking(at(2500, 500)).allowed
    assert not there.check_parking(at(1500, 500)).allowed


@pytest.mark.parametrize("kind", [NO_PARKING, NO_RIDE])
def test_a_ride_does_not_end_where_a_zone_forbids_it(kind: ZoneKind) -> None:
    park = zone(kind, SQUARE, name="Park", fee=500)
    for rows in ([park], [park, zone(SERVICE, AREA)]):
        parking = of(*rows).check_parking(at(100, 0))
        assert not parking.allowed
        assert parking.zone == rules.ForbiddingZone(kind, "Park", 500)
        assert parking.nearest
        assert distance_m(parking.nearest, at(200, 0)) < 2
        assert of(*rows).check_parking(parking.nearest).allowed
        assert of(*rows).check_parking(at(300, 0)).allowed


def test_a_zone_without_a_name_is_called_what_it_is() -> None:
    parking = of(zone(NO_PARKING, SQUARE)).check_parking(at(0, 0))
    assert parking.zone
    assert str(parking.zone.name) == "No parking"


def test_a_hole_in_a_zone_is_outside_of_it() -> None:
    there = of(zone(NO_PARKING, SQUARE, box(-100, -100, 100, 100)), zone(SERVICE, AREA))
    assert there.check_parking(at(0, 0)).allowed
    assert not there.check_parking(at(150, 0)).allowed


def test_where_nothing_is_allowed_there_is_no_nearest_place() -> None:
    parking = of(zone(SERVICE, SQUARE), zone(NO_PARKING, AREA)).check_parking(at(0, 0))
    assert (parking.allowed, parking.nearest) == (False, None)


# --- near an edge, the benefit of the doubt is the rider's ------------------------------------


@pytest.mark.parametrize(
    ("east", "allowed"), [(-10, True), (0, True), (10, True), (24.9, True), (25.2, False)]
)
def test_a_little_outside_of_the_service_area_is_inside(east: float, allowed: bool) -> None:
    there = of(zone(SERVICE, AREA))
    assert there.check_parking(at(1000 + east, 0)).allowed is allowed
    assert there.check_parking(at(0, -1000 - east)).allowed is allowed


@pytest.mark.parametrize(("deep", "allowed"), [(-1, True), (1, True), (24.9, True), (25.2, False)])
def test_a_little_inside_a_no_parking_zone_is_outside(deep: float, allowed: bool) -> None:
    there = of(zone(NO_PARKING, SQUARE), zone(SERVICE, AREA))
    assert there.check_parking(at(200 - deep, 0)).allowed is allowed


def test_the_tolerance_is_a_setting(app: Flask) -> None:
    assert app.config["EDGE_TOLERANCE_M"] == 15
    assert of(zone(SERVICE, AREA), tolerance_m=50).check_parking(at(1049, 0)).allowed
    assert not of(zone(SERVICE, AREA), tolerance_m=0).check_parking(at(1001, 0)).allowed


def test_the_edge_between_two_forbidden_zones_is_no_way_out() -> None:
    """Even where the drawings leave a gap that is narrower than anybody can stand in."""
    for gap in (0, 0.3):
        east = box(gap, -200, 200, 200)
        there = of(zone(NO_PARKING, box(-200, -200, 0, 200)), zone(NO_RIDE, east))
        parking = there.check_parking(at(-5, 0))
        assert not parking.allowed
        assert parking.nearest
        assert distance_m(parking.nearest, at(0, 0)) > 190


def test_a_forbidden_zone_beside_the_service_areas_edge_leaves_no_way_between() -> None:
    there = of(zone(SERVICE, AREA), zone(NO_PARKING, box(800, -1000, 1000.2, 1000)))
    assert not there.check_parking(at(1010, 0)).allowed


# --- overlaps: the lowest position decides ----------------------------------------------------
# After the three examples of GBFS 3.0: A and B overlap, and A comes first.

A, B = box(-300, -100, 100, 100), box(-100, -100, 300, 100)
IN_A, IN_BOTH, IN_B, ELSEWHERE = at(-200, 0), at(0, 0), at(200, 0), at(600, 0)


def allowed(*rows: Zone) -> list[bool]:
    there = of(*rows)
    return [there.check_parking(p).allowed for p in (IN_A, IN_BOTH, IN_B, ELSEWHERE)]


def test_the_first_of_two_that_say_different_things_decides() -> None:
    service, forbidden = zone(SERVICE, A, position=0), zone(NO_PARKING, B, position=1)
    assert allowed(service, forbidden) == [True, True, False, False]
    assert allowed(forbidden, service) == [True, True, False, False]


def test_one_that_says_nothing_about_ending_decides_nothing_about_it() -> None:
    slow, forbidden = zone(SLOW, A, position=0), zone(NO_PARKING, B, position=1)
    assert allowed(slow, forbidden) == [True, False, False, True]


def test_where_the_forbidding_one_is_first_it_decides() -> None:
    forbidden, service = zone(NO_PARKING, A, position=0), zone(SERVICE, B, position=1)
    assert allowed(forbidden, service) == [False, False, True, False]


def test_of_two_with_one_position_the_one_that_forbids_more_decides() -> None:
    rows = [zone(SERVICE, A), zone(NO_PARKING, A, name="p"), zone(NO_RIDE, A, name="r")]
    for some in (rows, rows[::-1]):
        parking = of(*some).check_parking(IN_A)
        assert parking.zone
        assert parking.zone.kind == NO_RIDE


def test_the_fee_is_of_the_zone_that_decides() -> None:
    cheap, dear = zone(NO_PARKING, A, position=1, fee=100), zone(NO_PARKING, B, position=2, fee=900)
    fees = [
        p.zone and p.zone.fee for p in map(of(dear, cheap).check_parking, (IN_A, IN_BOTH, IN_B))
    ]
    assert fees == [100, 100, 900]


# --- properties ------------------------------------------------------------------------------

#: The tests pass on a busy machine too.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

sides = st.integers(60, 900)
places = st.integers(-800, 800)
kinds = st.sampled_from([SERVICE, NO_PARKING, NO_RIDE])
rectangles = st.builds(
    lambda kind, x, y, wide, high, position: zone(
        kind, box(x, y, x + wide, y + high), position=position
    ),
    kinds, places, places, sides, sides, st.integers(0, 3),
)  # fmt: skip


@UNHURRIED
@given(st.lists(rectangles, min_size=1, max_size=6), places, places)
def test_the_nearest_place_is_allowed_without_any_tolerance(
    rows: list[Zone], east: int, north: int
) -> None:
    parking = of(*rows).check_parking(at(east, north))
    assume(parking.nearest)
    assert parking.nearest
    strict = of(*rows, tolerance_m=0)
    assert strict.check_parking(parking.nearest).allowed
    assert not strict.check_parking(at(east, north)).allowed


@UNHURRIED
@given(st.lists(rectangles, min_size=1, max_size=6), places, places, st.integers(0, 359))
def test_whoever_is_refused_stands_deeper_than_the_tolerance(
    rows: list[Zone], east: int, north: int, angle: int
) -> None:
    """No place within reach is one where ending is clearly allowed; and the nearest is none."""
    here = at(east, north)
    parking = of(*rows).check_parking(here)
    assume(not parking.allowed)
    assert parking.nearest is None or distance_m(here, parking.nearest) > 24
    near = at(east + 20 * sin(radians(angle)), north + 20 * cos(radians(angle)))
    in_reach = of(*rows, tolerance_m=0).check_parking(near)
    assert not in_reach.allowed or _is_a_gap(rows, near)


def _is_a_gap(rows: list[Zone], point: Point) -> bool:
    """Whether a place is narrower than two hairs: so much stays unsure where zones meet."""
    hair = 1.5
    around = [(hair, 0), (-hair, 0), (0, hair), (0, -hair)]
    strict = of(*rows, tolerance_m=0)
    moved = (
        Point(point.lat + n / METRES_PER_DEGREE, point.lon + e / METRES_PER_DEGREE)
        for e, n in around
    )
    return not all(strict.check_parking(p).allowed for p in moved)


@UNHURRIED
@given(st.floats(-80, 80), st.floats(-179.9, 179.9), st.integers(0, 359))
def test_a_metre_is_a_metre_wherever_the_city_lies(lat: float, lon: float, angle: int) -> None:
    centre = Point(lat, lon)
    projection = rules.Projection(centre)
    flat = projection.project_point(centre)
    there = projection.unproject_point(
        type(flat)(800 * sin(radians(angle)), 800 * cos(radians(angle)))
    )
    assert distance_m(centre, there) == pytest.approx(800, rel=0.002)
    assert -180 <= there.lon <= 180


# --- the copy that every process keeps --------------------------------------------------------


@pytest.fixture
def make_zone(app: Flask) -> Callable[..., Zone]:
    """Write a zone of New York: ``make_zone(NO_PARKING, name="Park")``."""

    def make(kind: ZoneKind, side: float = 200, city: str = "new york", **columns: Any) -> Zone:
        with app.app_context():
            home = catalogue().find(city)
            assert home
            ring = box(-side, -side, side, side, home.centre)
            row = {"id": uuid4(), "city": city, "kind": kind.value, "name": "", "position": 0}
            row |= {"coordinates": [[ring]], **columns}
            with db.engines["write"].begin() as connection:
                connection.execute(insert(Zone).values(row))
            zone_cache().forget()
            found = db.session.get(Zone, row["id"])
            assert found
            return found

    return make


def test_zones_are_read_once_and_again_when_they_are_old(
    app: Flask, make_zone: Any, round_trips: Any
) -> None:
    make_zone(NO_PARKING)
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        kept = city_zones(city)
        round_trips()
        assert city_zones(city) is kept
        assert round_trips() == 0
        assert city_zones(city, max_age_s=0) is kept  # nothing has changed: no coordinates travel
        assert round_trips() == 1


def test_a_change_by_another_process_is_seen(app: Flask, make_zone: Any) -> None:
    made = make_zone(NO_PARKING)
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        kept = city_zones(city)
        with db.engines["write"].begin() as connection:
            connection.execute(update(Zone).where(Zone.id == made.id).values(fee=700))
        assert city_zones(city) is kept
        newer = city_zones(city, max_age_s=0)
    assert [row.fee for row in newer.zones] == [700]
    assert newer.version != kept.version


def test_shapes_are_made_ready_once_however_often_they_are_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Zone] = []
    plain = rules.zone_area
    monkeypatch.setattr(rules, "zone_area", lambda row: made.append(row) or plain(row))
    there = of(zone(SERVICE, AREA), zone(NO_PARKING, SQUARE))
    for number in range(500):
        there.check_parking(at(5 * number, 0))
    assert len(made) == 2


# --- pages -----------------------------------------------------------------------------------


def test_the_rules_are_there_in_words(visitor: Visitor, make_zone: Any) -> None:
    make_zone(NO_PARKING, name="<Park>", fee=500)
    make_zone(SLOW, name="Bridge", max_speed_kph=10)
    page = visitor.get("/city/new%20york/zones").text
    assert "No parking: &lt;Park&gt;" in page
    assert "$5.00 to end a ride here" in page
    assert "10 km/h at most" in page
    assert "Rides end wherever you stop" in visitor.get("/city/paris/zones").text
    assert visitor.get("/city/atlantis/zones").status_code == 404


def test_a_long_list_of_zones_is_paged(visitor: Visitor, make_zone: Any) -> None:
    for number in range(7):
        make_zone(SLOW, name=f"Zone {number}", position=number)
    first = visitor.get("/city/new%20york/zones").text
    assert "Zone 4" in first
    assert "Zone 5" not in first
    more = re.search(r'href="(/city/new%20york/zones\?after=[^"]+)"', first)
    assert more
    second = visitor.get(more[1]).text
    assert "Zone 5" in second
    assert "Zone 4" not in second
    assert visitor.get("/city/new%20york/zones?after=x").status_code == 404


def test_the_map_gets_the_zones_and_the_words_to_show(visitor: Visitor, make_zone: Any) -> None:
    make_zone(SERVICE, side=2000)
    make_zone(NO_PARKING, name="Park", fee=500)
    answer = visitor.get("/city/new%20york/zones.json")
    picture = answer.json
    assert [z["properties"]["kind"] for z in picture["zones"]] == ["service_area", "no_parking"]
    assert picture["zones"][1]["properties"]["words"] == [
        "No parking: Park",
        "$5.00 to end a ride here",
    ]
    assert [entry["label"] for entry in picture["legend"]] == ["Service area", "No parking"]
    assert picture["outside"]["type"] == "Polygon"
    assert len(picture["outside"]["coordinates"]) == 2


def test_a_map_that_has_the_zones_hears_only_that_they_hold(
    visitor: Visitor, make_zone: Any, round_trips: Any
) -> None:
    make_zone(NO_PARKING)
    path = "/city/new%20york/zones.json"
    first = visitor.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=60"
    known = {"If-None-Match": first.headers["ETag"]}
    round_trips()
    again = visitor.get(path, headers=known)
    assert (again.status_code, again.data, round_trips()) == (304, b"", 0)
    both = visitor.get(path, headers={**known, "If-Match": '"another"'})
    assert (both.status_code, both.data) == (304, b"")
    assert both.headers["Cache-Control"] == "public, max-age=60"
    make_zone(SLOW)
    assert visitor.get(path, headers=known).status_code == 200


def test_maps_of_a_city_with_zones_draw_them_and_others_ask_for_none(
    visitor: Visitor, make_zone: Any, make_vehicle: Any
) -> None:
    make_zone(NO_PARKING)
    data = 'data-zones="/city/new%20york/zones.json"'
    vehicle = f"/vehicles/{make_vehicle().public_key}"
    for path in ("/city/new%20york", vehicle):
        page = visitor.get(path).text
        assert data in page
        assert 'href="/city/new%20york/zones"' in page
    assert "data-zones" not in visitor.get("/city/paris").text


# --- admins ----------------------------------------------------------------------------------


@pytest.fixture
def admin(app: Flask, make_user: Callable[..., User]) -> Visitor:
    """An admin of New York and Seattle."""
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(make_user("ada", roles={"admin": ["new york", "seattle"]}))


def test_admins_see_the_zones_of_their_cities(admin: Visitor, make_zone: Any) -> None:
    made = make_zone(NO_PARKING, name="Park", fee=500)
    page = admin.get("/fleet/zones?city=new+york").text
    assert "Zones of New York" in page
    assert "0.12 km²" in page
    assert "$5.00" in page
    assert f"/fleet/zones/new%20york/{made.id}/edit" in page
    assert "flask zones import FILE.geojson" in page
    assert "flask zones import" in admin.get("/fleet/zones?city=seattle").text
    assert admin.get("/fleet/zones?city=paris").status_code == 404


def test_an_admin_changes_a_zone(app: Flask, admin: Visitor, make_zone: Any, row: Any) -> None:
    made = make_zone(NO_PARKING, name="Park")
    page = f"/fleet/zones/new%20york/{made.id}/edit"
    assert 'value="Park"' in admin.get(page).text
    answer = admin.send(page, name="Green", fee="7.50", max_speed_kph="15")
    assert (answer.status_code, answer.location) == (303, "/fleet/zones?city=new+york")
    now = row(Zone, (made.id,))
    assert (now.name, now.fee, now.max_speed_kph) == ("Green", 750, 15)
    (told,) = [one for one in trail(app) if one.kind == AuditKind.ZONE_CHANGED]
    assert (told.subject, told.details) == (
        "city new york",
        {"zone": str(made.id), "what": "changed"},
    )
    assert "Green" in admin.get("/fleet/zones?city=new+york").text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [("fee", "5,000.00", "Write it like 1000.00"), ("fee", "-1", "That is too little"),
     ("fee", "0.001", "There is no coin for that"), ("max_speed_kph", "fast", "That is not a whole number."),
     ("max_speed_kph", "0", "A whole number from 1 to 200."), ("name", "x" * 121, "That is too long")],
)  # fmt: skip
def test_what_cannot_be_is_told_beside_the_field(
    admin: Visitor, make_zone: Any, row: Any, field: str, typed: str, words: str
) -> None:
    made = make_zone(NO_PARKING, name="Park", fee=500)
    answer = admin.send(f"/fleet/zones/new%20york/{made.id}/edit", **{field: typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert typed in answer.text
    assert row(Zone, (made.id,)).fee == 500


def test_an_admin_removes_a_zone_once(app: Flask, admin: Visitor, make_zone: Any, row: Any) -> None:
    made = make_zone(NO_PARKING)
    for _ in "twice":
        assert admin.send(f"/fleet/zones/new%20york/{made.id}/remove").status_code == 303
    assert row(Zone, (made.id,)) is None
    assert [one.details["what"] for one in trail(app) if one.kind == AuditKind.ZONE_CHANGED] == [
        "removed"
    ]


def test_another_citys_zone_is_out_of_reach(admin: Visitor, make_zone: Any, row: Any) -> None:
    made = make_zone(NO_PARKING, city="paris", name="Parc")
    for city in ("paris", "new%20york"):
        assert admin.get(f"/fleet/zones/{city}/{made.id}/edit").status_code == 404
        assert admin.send(f"/fleet/zones/{city}/{made.id}/edit", name="x").status_code == 404
        assert admin.send(f"/fleet/zones/{city}/{made.id}/remove").status_code == 404
    assert row(Zone, (made.id,)).name == "Parc"


def test_changes_are_one_statement(admin: Visitor, make_zone: Any, round_trips: Any) -> None:
    made = make_zone(NO_PARKING)
    token = {"csrf_token": admin.token()}
    round_trips()
    admin.post(f"/fleet/zones/new%20york/{made.id}/edit", data={**token, "name": "Green"})
    assert round_trips() == 2  # who is asking, and the change with its event
    admin.post(f"/fleet/zones/new%20york/{made.id}/remove", data=token)
    assert round_trips() == 2
