"""The pages on which staff draw zones."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.zones.areas import NO_PARKING, SERVICE
from tests.fleet.zones.conftest import (
    DrawZone,
    FindCityZones,
    MakeZone,
    ReadVersions,
    ReadZones,
)
from tests.fleet.zones.steps import SMALLER_AREA, SQUARE_AREA, ZONES, send_form
from tests.fleet.zones.zone_files import NEW_YORK, feature, square
from tests.surface.site import parse_forms
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.fleet.zones.drawn_areas import round_coordinates
from webapp.road_units import KM_PER_MILE, find_typed_number


def test_the_vehicles_inside_are_shown_before_anything_is_saved(
    admin: Visitor,
    draw: DrawZone,
    make_vehicle: VehicleFactory,
    read_versions: ReadVersions,
) -> None:
    corner = NEW_YORK.lat + 0.001, NEW_YORK.lon + 0.001
    for state in ("available", "non_operational"):
        make_vehicle(at=corner, state=state)
    make_vehicle(at=(NEW_YORK.lat + 0.009, NEW_YORK.lon + 0.009))
    make_vehicle(at=(NEW_YORK.lat - 0.001, NEW_YORK.lon))
    zone_id = draw()
    page = f"{ZONES}/{zone_id}/edit"
    (form,) = [each for each in parse_forms(admin.get(page).text, page) if "area" in each.fields]
    fields = {**form.fields, "area": SMALLER_AREA, "name": "Park"}
    del fields["submit"]
    preview = admin.post(page, data=fields, content_type="multipart/form-data").text
    assert "2 vehicles stand in this area now" in preview
    assert "Available: 1 · Out of service: 1" in preview
    assert "Vehicles that this change adds: 0, takes out: 1." in preview
    assert 'value="Park"' in preview
    assert len(read_versions()) == 1


def test_staff_see_the_zones_of_their_cities(admin: Visitor, make_zone: MakeZone) -> None:
    zone = make_zone(NO_PARKING, name="Park", fee=500)
    page = admin.get("/fleet/zones?city=new+york").text
    assert "Zones of New York" in page
    assert "0.12 km²" in page
    assert "$5.00" in page
    assert f"/fleet/zones/new%20york/{zone.id}/edit" in page
    assert "Draw a zone" in admin.get("/fleet/zones?city=seattle").text
    assert admin.get("/fleet/zones?city=paris").status_code == 404
    assert "the next import may replace it" in admin.get(f"{ZONES}/{zone.id}").text


def test_a_zone_is_drawn_with_a_hole_and_holds_at_once(
    app: Flask,
    admin: Visitor,
    draw: DrawZone,
    new_york_zones: FindCityZones,
) -> None:
    hole = square(0.004, 0.004, 0.002)[0]
    with_hole = {"type": "Polygon", "coordinates": [square()[0], hole]}
    zone_id = draw(name="Park", fee="7.50", area=json.dumps(with_hole), why="Crowded")
    (zone,) = new_york_zones().zones
    assert (zone.name, zone.kind, zone.fee, zone.version) == ("Park", "no_parking", 750, 1)
    assert (zone.zone_id, len(zone.coordinates[0])) == (zone_id, 2)
    lat, lon = NEW_YORK.lat + 0.001, NEW_YORK.lon + 0.001
    assert not new_york_zones().check_parking(NEW_YORK._replace(lat=lat, lon=lon)).allowed
    inside_hole = NEW_YORK._replace(lat=NEW_YORK.lat + 0.005, lon=NEW_YORK.lon + 0.005)
    assert new_york_zones().check_parking(inside_hole).allowed
    (event,) = read_audit_events(app, AuditKind.ZONE_CHANGED)
    assert (event.subject, event.city) == (f"zone {zone_id}", "new york")
    assert event.details["before"] is None
    assert (event.details["after"]["points"], event.details["why"]) == (8, "Crowded")
    page = admin.get(f"{ZONES}/{zone_id}").text
    assert "Crowded" in page
    assert "Version 1" in page


def test_the_form_of_a_new_zone_is_one_zone(admin: Visitor, new_york_zones: FindCityZones) -> None:
    path = f"{ZONES}/new"
    form = next(f for f in parse_forms(admin.get(path).text, path) if "nonce" in f.fields)
    data = {**form.fields, "area": SQUARE_AREA, "kind": "slow", "name": "Bridge"}
    assert [admin.post(path, data=data).status_code for _ in range(2)] == [303, 303]
    again = admin.post(path, data={**data, "name": "Tunnel"})
    assert again.status_code == 409
    assert "This form was saved before" in again.text
    assert [zone.name for zone in new_york_zones().zones] == ["Bridge"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"fee": "5,000.00"}, "no thousands separators"), ({"fee": "-1"}, "Enter at least"),
        ({"max_speed_kph": "fast"}, "Enter a whole number from 1 to 200, or nothing."),
        ({"max_speed_kph": "0"}, "Enter a whole number from 1 to 200, or nothing."),
        ({"name": "x" * 121}, "Use at most"),
        ({"kind": "slow", "fee": "5"}, "Only where rides may not end."),
        ({"kind": "special"}, "Say what differs here"),
        ({"kind": "lake"}, "Choose an option from the list."),
        ({"effective_from": "2020-01-01T00:00"}, "This time is over."),
        ({"effective_from": "2999-01-01T00:00"}, "Choose a time within the next year."),
        ({"effective_from": "soon"}, "Enter a date and a time"),
        ({"area": ""}, "Draw the zone on the map"), ({"area": "POLYGON ((0 0))"}, "This is not GeoJSON"),
        ({"area": '{"type": "Point", "coordinates": [1, 2]}'}, "This is not GeoJSON"),
    ],
    ids=str,
)  # fmt: skip
def test_invalid_input_is_refused_beside_the_field(
    admin: Visitor, new_york_zones: FindCityZones, values: dict[str, str], words: str
) -> None:
    typed = {"area": SQUARE_AREA, "kind": "no_parking", "name": "Park", **values}
    response = send_form(admin, f"{ZONES}/new", **typed)
    assert response.status_code == 422
    assert words in response.text
    fields = next(f for f in parse_forms(response.text, "") if "nonce" in f.fields).fields
    kept = {"area": typed["area"], "name": typed["name"]}
    assert {name: fields[name] for name in kept} == kept
    assert new_york_zones().zones == []


def test_a_file_counts_instead_of_the_text_and_is_shown_if_it_is_wrong(admin: Visitor) -> None:
    def send(content: bytes) -> Any:
        file = (BytesIO(content), "zone.geojson")
        return send_form(admin, f"{ZONES}/new", area="", area_file=file, kind="slow")

    crossing = {"type": "Polygon", "coordinates": [[[*NEW_YORK[::-1]]]]}
    response = send(json.dumps(crossing).encode())
    assert response.status_code == 422
    assert "A part needs at least three points" in response.text
    assert send(b"\xff\xfe").status_code == 422
    assert send(json.dumps(feature()).encode()).status_code == 303


def test_a_long_outline_fits_in_the_form_and_one_that_is_too_long_is_named(admin: Visitor) -> None:
    def outline(points: int) -> str:
        side = 0.01 / points
        lon, lat = NEW_YORK.lon, NEW_YORK.lat
        stairs = [
            [round(lon + side * ((n + 1) // 2), 6), round(lat - side * (n // 2), 6)]
            for n in range(points - 1)
        ]
        ring = [*stairs, [lon + 0.02, lat + 0.01], stairs[0]]
        return json.dumps({"type": "Polygon", "coordinates": [ring]})

    response = send_form(admin, f"{ZONES}/new", area=outline(5_001), kind="slow")
    assert "A zone has at most 5000 points." in response.text
    assert send_form(admin, f"{ZONES}/new", area=outline(5_000), kind="slow").status_code == 303


def test_a_special_rule_is_kept_in_words(
    admin: Visitor, draw: DrawZone, new_york_zones: FindCityZones
) -> None:
    page = f"{ZONES}/{draw(kind='special', start='no', end='yes', max_speed_kph='8')}"
    zones = new_york_zones()
    assert not zones.allows_start(
        NEW_YORK._replace(lat=NEW_YORK.lat + 0.005, lon=NEW_YORK.lon + 0.005)
    )
    assert zones.zones[0].rules == [
        {"ride_start_allowed": False, "ride_end_allowed": True, "maximum_speed_kph": 8}
    ]
    assert "You can end a ride here, but not start one. Maximum 8 km/h" in admin.get(page).text
    fields = parse_forms(admin.get(f"{page}/edit").text, page)[-1].fields
    assert [fields[n] for n in ("kind", "start", "end", "through")] == ["special", "no", "yes", ""]


@pytest.mark.parametrize(
    ("stored_kph", "shown", "typed", "kph"),
    [("40", "25", "15", 24), ("25", "15.5", "15,5", 25), ("25", "15.5", "15.5", 25)],
)
def test_who_reads_miles_types_mph_and_what_is_not_changed_stays(
    app: Flask,
    make_user: UserFactory,
    draw: DrawZone,
    read_zones: ReadZones,
    stored_kph: str,
    shown: str,
    typed: str,
    kph: int,
) -> None:
    page = f"{ZONES}/{draw(kind='slow', max_speed_kph=stored_kph)}/edit"
    admin = new_browser(app).sign_in(make_user("max", roles=["admin"], units="mi-12"))
    text = admin.get(page).text
    assert "Maximum speed, mph" in text
    fields = parse_forms(text, page)[-1].fields
    assert fields["max_speed_kph"] == shown
    wrong = admin.post(page, data={**fields, "max_speed_kph": "125"})
    assert "Enter a number from 1 to 124, or nothing." in wrong.text
    with app.app_context():  # the number means what the page said
        execute_write(update(table(User)).values(units="km-24"))
    assert admin.post(page, data={**fields, "max_speed_kph": typed}).status_code == 303
    assert [zone.max_speed_kph for zone in read_zones()] == [kph]


def test_each_whole_number_of_mph_is_shown_as_it_was_typed() -> None:
    assert all(
        find_typed_number(round(mph * KM_PER_MILE), KM_PER_MILE) == mph for mph in range(1, 125)
    )
    assert all(
        round(find_typed_number(kph, KM_PER_MILE) * KM_PER_MILE) == kph for kph in range(1, 201)
    )


def test_the_zones_of_another_city_cannot_be_touched(
    admin: Visitor, make_zone: MakeZone, read_zones: ReadZones
) -> None:
    zone = make_zone(SERVICE, city="paris", name="Parc")
    for city in ("paris", "new%20york"):
        for page in ("", "/edit", "/remove", "/versions/1/restore"):
            assert admin.get(f"/fleet/zones/{city}/{zone.id}{page}").status_code == 404
            if page:
                response = admin.send(f"/fleet/zones/{city}/{zone.id}{page}", why="x")
                assert response.status_code == 404
    assert admin.get("/fleet/zones/paris/new").status_code == 404
    assert [zone.name for zone in read_zones()] == ["Parc"]


def test_the_outlines_of_a_part_of_the_map_are_exact(admin: Visitor, draw: DrawZone) -> None:
    zone_id = draw(name="Park")
    lat, lon = NEW_YORK
    here, there = f"{lat},{lon},{lat + 1},{lon + 1}", f"{lat + 1},{lon},{lat + 2},{lon + 1}"
    (outline,) = admin.get(f"{ZONES}/outlines.json?bbox={here}").get_json()["zones"]
    assert outline["geometry"]["coordinates"] == round_coordinates([square()])
    for query in (f"bbox={there}", f"bbox={here}&except={zone_id}"):
        assert admin.get(f"{ZONES}/outlines.json?{query}").get_json()["zones"] == []
    for wrong in ("", "1,2,3", "a,b,c,d", "nan,0,0,0,0"):
        assert admin.get(f"{ZONES}/outlines.json?bbox={wrong}").status_code == 400
    assert admin.get(f"/fleet/zones/paris/outlines.json?bbox={here}").status_code == 404


def test_a_change_costs_five_round_trips(
    admin: Visitor, draw: DrawZone, round_trips: Callable[[], int]
) -> None:
    page = f"{ZONES}/{draw()}"
    form = parse_forms(admin.get(f"{page}/edit").text, page)[-1].fields
    round_trips()
    admin.post(f"{page}/edit", data={**form, "name": "Green"})
    assert round_trips() == 5
