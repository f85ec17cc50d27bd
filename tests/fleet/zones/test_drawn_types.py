"""Zones that staff draw for some types of vehicles."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, find_city
from tests.fleet.zones.areas import AREA, NO_PARKING, SERVICE, SQUARE, at, new_zone
from tests.fleet.zones.conftest import ImportZones, ReadZones, WriteTypes
from tests.fleet.zones.steps import SQUARE_AREA, ZONES, send_form
from tests.fleet.zones.zone_files import feature, gbfs, rule
from tests.surface.site import parse_forms
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.fleet.enums import VehicleType
from webapp.fleet.gbfs_publishing.zone_parts import split_zones
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.models import CityZoneRules, Zone
from webapp.fleet.zones.rules import CityZones
from webapp.regions.models import City

SCOOTER, BIKE, MOPED = (
    ("scooter_standing", "electric"),
    ("bicycle", "human"),
    ("moped", "electric"),
)
SCOOTER_ID = "movr:scooter_standing.electric"
NO_END = {"vehicle_type_ids": [SCOOTER_ID], "ride_end_allowed": False}
SERVICE_RULE = {
    "vehicle_type_ids": [SCOOTER_ID], "ride_start_allowed": True, "ride_end_allowed": True
}  # fmt: skip
CITY = City(name="flat", lat=0.0, lon=0.0)


def make_zones(*zones: Zone, types: dict[str, VehicleType] | None = None) -> CityZones:
    """types: those of a feed, by id."""
    listed = None if types is None else [[id_, *type_] for id_, type_ in types.items()]
    city_rules = CityZoneRules(city="flat", version=UUID(int=1), rules=[], vehicle_types=listed)
    return CityZones(CITY, zones, 25, city_rules)


def can_park(zones: CityZones, vehicle_type: VehicleType | None, east: float = 0) -> bool:
    return zones.check_parking(at(east, 0), vehicle_type).allowed


def test_a_zone_without_parking_for_scooters_lets_bikes_park() -> None:
    zones = make_zones(new_zone(NO_PARKING, SQUARE, rules=[NO_END]))
    assert [can_park(zones, each) for each in (SCOOTER, BIKE, None)] == [False, True, False]
    assert not can_park(zones, ("scooter_standing", ""))


def test_outside_of_a_service_area_for_scooters_only_scooters_may_not_park() -> None:
    zones = make_zones(new_zone(SERVICE, SQUARE, rules=[SERVICE_RULE]))
    assert [can_park(zones, each) for each in (SCOOTER, BIKE)] == [True, True]
    assert [can_park(zones, each, 500) for each in (SCOOTER, BIKE)] == [False, True]
    outside = [zones.measure_outside_m(at(500, 0), each) for each in (SCOOTER, BIKE)]
    assert outside == [pytest.approx(300, abs=1), None]


@pytest.mark.parametrize("types", [None, {}, {"s": SCOOTER, "b": BIKE}, {"s": SCOOTER}])
def test_a_zone_of_staff_holds_also_for_vehicles_of_a_feed(
    types: dict[str, VehicleType] | None,
) -> None:
    """Whether the feed lists its types or not, and whether its own rules name them."""
    slow = {"vehicle_type_ids": ["s"], "maximum_speed_kph": 6}
    feed_zone = new_zone(SERVICE, AREA, rules=[slow], position=5)
    zones = make_zones(new_zone(NO_PARKING, SQUARE, rules=[NO_END]), feed_zone, types=types)
    assert [can_park(zones, each) for each in (SCOOTER, BIKE, MOPED)] == [False, True, True]
    speeds = [zones.find_rule_at(at(0, 0), each).maximum_speed_kph for each in (SCOOTER, BIKE)]
    assert speeds == [6, None if types else 6]


def test_published_zones_say_what_holds_for_each_type() -> None:
    zones = make_zones(new_zone(NO_PARKING, SQUARE, rules=[NO_END]))
    (part,) = split_zones(zones, [SCOOTER, BIKE], datetime.now(UTC))
    assert [each.ride_end_allowed for each in part.rules] == [False, True]


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("ada", roles={"admin": ["new york"]}))


@pytest.mark.parametrize(
    ("kind", "stored_kind", "values"),
    [
        ("no_parking", "no_parking", {"ride_end_allowed": False}),
        ("no_ride", "no_ride", {"ride_end_allowed": False, "ride_through_allowed": False}),
        ("service_area", "service_area", {"ride_start_allowed": True, "ride_end_allowed": True}),
        ("slow", "slow", {}),
        ("special", "no_parking", {"ride_end_allowed": False, "ride_start_allowed": True}),
    ],
)
def test_a_zone_is_drawn_for_types_and_its_form_shows_them(
    app: Flask,
    admin: Visitor,
    read_zones: ReadZones,
    kind: str,
    stored_kind: str,
    values: dict[str, bool],
) -> None:
    typed = {"area": SQUARE_AREA, "kind": kind, "types-scooter": "y", "max_speed_kph": "9"}
    if kind == "special":
        typed |= {"start": "yes", "end": "no"}
    response = send_form(admin, f"{ZONES}/new", **typed)
    assert response.status_code == 303
    (zone,) = read_zones()
    expected = {"vehicle_type_ids": [SCOOTER_ID], "maximum_speed_kph": 9, **values}
    assert (zone.kind, zone.rules) == (stored_kind, [expected])
    (event,) = read_audit_events(app, AuditKind.ZONE_CHANGED)
    assert event.details["after"]["vehicle_types"] == ["scooter_standing electric"]
    assert "<dt>For</dt><dd>Scooter</dd>" in admin.get(f"{ZONES}/{zone.zone_id}").text
    path = f"{ZONES}/{zone.zone_id}/edit"
    form = next(f for f in parse_forms(admin.get(path).text, path) if "kind" in f.fields)
    boxes = {name for name in form.fields if name.startswith("types-")}
    assert (form.fields["kind"], boxes) == (kind, {"types-scooter"})
    assert admin.post(path, data={**form.fields, "types-scooter": ""}).status_code == 303


def test_pages_say_for_which_types_a_zone_is(admin: Visitor, visitor: Visitor) -> None:
    values = {"area": SQUARE_AREA, "kind": "service_area", "types-scooter": "y", "name": "Harbour"}
    assert send_form(admin, f"{ZONES}/new", **values).status_code == 303
    page = visitor.get("/city/new%20york/zones").text
    assert "<strong>Scooter:</strong> You can end a ride here." in page
    assert "<strong>Scooter:</strong> You can&#39;t end a ride here." in page  # elsewhere
    layer = visitor.get("/city/new%20york/zones.json?type=bicycle.human").get_json()
    assert (layer["zones"], layer["outside"]) == ([], None)


def test_zones_for_all_vehicles_are_told_once_beside_those_for_some(
    app: Flask, admin: Visitor, visitor: Visitor
) -> None:
    values: list[dict[str, str]] = [
        {"kind": "special", "end": "no", "name": "Park"},
        {"kind": "no_parking", "types-scooter": "y", "name": "Harbour"},
    ]
    for each in values:
        send_form(admin, f"{ZONES}/new", area=SQUARE_AREA, **each)
    page = visitor.get("/city/new%20york/zones").text
    assert "<strong>Scooter:</strong> You can&#39;t end a ride here." in page
    assert "<p>You can&#39;t end a ride here.</p>" in page
    with app.app_context():
        assert not can_park_in(city_zones(find_city()), BIKE)


def can_park_in(zones: CityZones, vehicle_type: VehicleType) -> bool:
    ((west, south), *_rest) = zones.zones[0].coordinates[0][0]
    inside = find_city().centre._replace(lat=south + 0.001, lon=west + 0.001)
    return zones.check_parking(inside, vehicle_type).allowed


def test_an_import_keeps_rules_of_staff_for_types(
    admin: Visitor, import_zones: ImportZones, write_types: WriteTypes, read_zones: ReadZones
) -> None:
    values = {"area": SQUARE_AREA, "kind": "no_parking", "types-scooter": "y", "name": "Harbour"}
    send_form(admin, f"{ZONES}/new", **values)
    write_types(x=SCOOTER)
    assert import_zones(gbfs(feature(name="Mall", rules=[rule()]))).exit_code == 0
    assert {zone.name for zone in read_zones()} == {"Harbour", "Mall"}
