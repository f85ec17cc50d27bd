"""Staff draw, change, remove and restore zones."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.zones.areas import NO_PARKING, SERVICE
from tests.fleet.zones.conftest import ImportZones, MakeZone, ReadZones
from tests.fleet.zones.steps import send_form
from tests.fleet.zones.zone_files import NEW_YORK, feature, gbfs, rule, square
from tests.surface.site import parse_forms
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.drawn_areas import round_coordinates
from webapp.fleet.zones.models import ZoneVersion
from webapp.fleet.zones.rules import CityZones
from webapp.road_units import KM_PER_MILE, find_typed_number

ZONES = "/fleet/zones/new%20york"
SQUARE = json.dumps({"type": "Polygon", "coordinates": square()})
SMALLER = json.dumps({"type": "Polygon", "coordinates": square(side=0.004)})


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    """An admin of New York and Seattle."""
    return new_browser(app).sign_in(make_user("ada", roles={"admin": ["new york", "seattle"]}))


@pytest.fixture
def draw(admin: Visitor) -> Callable[..., UUID]:
    """Draw a zone on its page: ``draw(name="Park")``."""

    def draw(**values: str) -> UUID:
        values = {"area": SQUARE, "kind": "no_parking", **values}
        response = send_form(admin, f"{ZONES}/new", **values)
        assert response.status_code == 303
        return UUID(response.location.rpartition("/")[2])

    return draw


def test_the_vehicles_inside_are_shown_before_anything_is_saved(
    admin: Visitor,
    draw: Callable[..., UUID],
    make_vehicle: VehicleFactory,
    read_versions: Callable[[], list[ZoneVersion]],
) -> None:
    corner = NEW_YORK.lat + 0.001, NEW_YORK.lon + 0.001
    for state in ("available", "non_operational"):
        make_vehicle(at=corner, state=state)
    make_vehicle(at=(NEW_YORK.lat + 0.009, NEW_YORK.lon + 0.009))
    make_vehicle(at=(NEW_YORK.lat - 0.001, NEW_YORK.lon))
    zone_id = draw()
    page = f"{ZONES}/{zone_id}/edit"
    (form,) = [each for each in parse_forms(admin.get(page).text, page) if "area" in each.fields]
    fields = {**form.fields, "area": SMALLER, "name": "Park"}
    del fields["submit"]
    preview = admin.post(page, data=fields, content_type="multipart/form-data").text
    assert "2 vehicles stand in this area now" in preview
    assert "Available: 1 · Out of service: 1" in preview
    assert "Vehicles that this change adds: 0, takes out: 1." in preview
    assert 'value="Park"' in preview
    assert len(read_versions()) == 1


@pytest.fixture
def read_versions(app: Flask) -> Callable[[], list[ZoneVersion]]:
    def read() -> list[ZoneVersion]:
        with app.app_context():
            order = ZoneVersion.created_at, ZoneVersion.number
            return list(db.session.scalars(select(ZoneVersion).order_by(*order)))

    return read


@pytest.fixture
def new_york_zones(app: Flask) -> Callable[[], CityZones]:
    def read() -> CityZones:
        with app.app_context():
            return city_zones(find_city(), max_age_s=0)

    return read


def local_time(moment: datetime) -> str:
    """Return a moment by the clocks of New York, as the form has it."""
    return moment.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%dT%H:%M")


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
    draw: Callable[..., UUID],
    new_york_zones: Callable[[], CityZones],
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


def test_the_form_of_a_new_zone_is_one_zone(
    admin: Visitor, new_york_zones: Callable[[], CityZones]
) -> None:
    path = f"{ZONES}/new"
    form = next(f for f in parse_forms(admin.get(path).text, path) if "nonce" in f.fields)
    data = {**form.fields, "area": SQUARE, "kind": "slow", "name": "Bridge"}
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
    admin: Visitor, new_york_zones: Callable[[], CityZones], values: dict[str, str], words: str
) -> None:
    typed = {"area": SQUARE, "kind": "no_parking", "name": "Park", **values}
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


def test_a_change_keeps_the_version_before_it(
    app: Flask,
    admin: Visitor,
    draw: Callable[..., UUID],
    new_york_zones: Callable[[], CityZones],
    read_versions: Callable[[], list[ZoneVersion]],
) -> None:
    page = f"{ZONES}/{draw(name='Park')}"
    assert send_form(admin, f"{page}/edit", area=SMALLER, why="Smaller now").status_code == 303
    assert [zone.version for zone in new_york_zones().zones] == [2]
    first, second = read_versions()
    assert (first.number, second.number, second.why) == (1, 2, "Smaller now")
    assert first.coordinates == round_coordinates([square()])
    text = admin.get(page).text
    assert "Smaller now" in text
    assert "data-area-before" in text
    assert "data-area-before" not in admin.get(f"{page}?version=1").text
    assert admin.get(f"{page}?version=9").status_code == 404
    _, changed = read_audit_events(app, AuditKind.ZONE_CHANGED)
    assert [change.name for change in changed.changes] == ["square_m"]


def test_a_later_change_begins_by_the_clock(
    admin: Visitor, draw: Callable[..., UUID], new_york_zones: Callable[[], CityZones]
) -> None:
    page = f"{ZONES}/{draw()}"
    begins = (datetime.now(UTC) + timedelta(days=2)).replace(second=0, microsecond=0)
    at = local_time(begins)
    assert send_form(admin, f"{page}/edit", area=SMALLER, effective_from=at).status_code == 303
    # A point that only the first version has.
    zones, point = (
        new_york_zones(),
        NEW_YORK._replace(lat=NEW_YORK.lat + 0.008, lon=NEW_YORK.lon + 0.008),
    )
    assert not zones.check_parking(point).allowed
    assert not zones.check_parking(point, moment=begins - timedelta(seconds=1)).allowed
    assert zones.check_parking(point, moment=begins).allowed
    assert zones.make_version() != zones.make_version(begins)
    # What is changed at once replaces it.
    assert send_form(admin, f"{page}/edit", area=SQUARE, effective_from="").status_code == 303
    assert [zone.version for zone in new_york_zones().zones] == [3]


def test_a_zone_is_removed_with_a_reason_and_restored(
    app: Flask,
    admin: Visitor,
    draw: Callable[..., UUID],
    new_york_zones: Callable[[], CityZones],
) -> None:
    page = f"{ZONES}/{draw(name='Park')}"
    assert send_form(admin, f"{page}/remove").status_code == 422  # why?
    assert send_form(admin, f"{page}/remove", why="Works are over").status_code == 303
    assert new_york_zones().zones == []
    assert "Works are over" in admin.get(f"{ZONES}/removed").text
    assert "This zone was removed." in admin.get(page).text
    assert admin.get(f"{page}/edit").status_code == 404
    assert send_form(admin, f"{page}/versions/1/restore", why="Not yet").status_code == 303
    assert [zone.version for zone in new_york_zones().zones] == [3]
    assert "Park" not in admin.get(f"{ZONES}/removed").text
    events = read_audit_events(app, AuditKind.ZONE_CHANGED)
    names = [(e.details["before"] and 1, e.details["after"] and 1) for e in events]
    assert names == [(None, 1), (1, None), (None, 1)]


def test_a_zone_that_will_be_removed_holds_until_then(
    admin: Visitor, draw: Callable[..., UUID], new_york_zones: Callable[[], CityZones]
) -> None:
    page = f"{ZONES}/{draw()}"
    ends = (datetime.now(UTC) + timedelta(days=2)).replace(second=0, microsecond=0)
    at = local_time(ends)
    response = send_form(admin, f"{page}/remove", why="Works are over", effective_from=at)
    assert response.status_code == 303
    zones = new_york_zones()
    assert [zone.valid_until for zone in zones.list_active_zones()] == [ends]
    assert zones.list_active_zones(ends) == []
    assert "Until" in admin.get(page).text


@pytest.mark.parametrize("days", [0, 3])
def test_a_change_replaces_a_removal_that_was_planned(
    admin: Visitor, draw: Callable[..., UUID], new_york_zones: Callable[[], CityZones], days: int
) -> None:
    page = f"{ZONES}/{draw()}"
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    removed = local_time(now + timedelta(days=2))
    begins = local_time(now + timedelta(days=days)) if days else ""
    send_form(admin, f"{page}/remove", why="Works are over", effective_from=removed)
    assert send_form(admin, f"{page}/edit", name="Park", effective_from=begins).status_code == 303
    active = new_york_zones().list_active_zones(now + timedelta(days=4))
    assert [(zone.version, zone.name, zone.valid_until) for zone in active] == [(3, "Park", None)]


def test_an_old_version_is_restored_only_over_the_newest_that_was_shown(
    admin: Visitor, draw: Callable[..., UUID]
) -> None:
    page = f"{ZONES}/{draw()}"
    send_form(admin, f"{page}/edit", name="Green")
    path = f"{page}/versions/1/restore"
    form = next(f for f in parse_forms(admin.get(path).text, path) if "newest" in f.fields)
    send_form(admin, f"{page}/edit", name="Blue")
    response = admin.post(path, data={**form.fields, "why": "Better"})
    assert response.status_code == 409
    assert "Somebody else has changed this" in response.text


def test_each_version_has_the_names_in_each_language(
    app: Flask, admin: Visitor, draw: Callable[..., UUID], read_zones: ReadZones,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de", "it"))
    page = f"{ZONES}/{draw(name='Park', label_de='Stadtpark', label_it='Parco')}"
    assert send_form(admin, f"{page}/edit", label_de="x" * 121).status_code == 422
    send_form(admin, f"{page}/edit", label_de="Stadtgarten")
    assert [zone.labels for zone in read_zones()] == [{"de": "Stadtgarten", "it": "Parco"}]
    assert 'German: <span lang="de">Stadtgarten</span>' in admin.get(page).text
    german = {"Accept-Language": "de"}
    assert "<h1>Stadtpark</h1>" in admin.get(f"{page}?version=1", headers=german).text
    send_form(admin, f"{page}/versions/1/restore", why="As before")
    assert [zone.labels for zone in read_zones()] == [{"de": "Stadtpark", "it": "Parco"}]
    *_, changed = read_audit_events(app, AuditKind.ZONE_CHANGED)
    assert [change.name for change in changed.changes] == ["labels"]


def test_an_imported_zone_that_is_edited_leaves_the_imports(
    admin: Visitor,
    import_zones: ImportZones,
    read_zones: ReadZones,
    read_versions: Callable[[], list[ZoneVersion]],
) -> None:
    park, plaza = feature(kind="no_parking", name="Park"), feature(kind="no_parking", name="Plaza")
    import_zones({"type": "FeatureCollection", "features": [park, plaza]})
    first, second = read_zones()
    assert "imported" in admin.get(f"{ZONES}/{first.id}/edit").text
    assert send_form(admin, f"{ZONES}/{first.id}/edit", name="Our park").status_code == 303
    assert send_form(admin, f"{ZONES}/{second.id}/remove", why="Gone").status_code == 303
    assert [(v.number, v.name, v.removed) for v in sorted(read_versions(), key=lambda v: v.name)] == [
        (2, "Our park", False), (1, "Park", False), (1, "Plaza", False), (2, "Plaza", True)
    ]  # fmt: skip
    import_zones({"type": "FeatureCollection", "features": [park, plaza]})
    assert [zone.name for zone in read_zones()] == ["Our park"]
    import_zones(
        {"type": "FeatureCollection", "features": [feature(kind="no_parking", name="New")]}
    )
    assert {zone.name for zone in read_zones()} == {"New", "Our park"}


def test_edited_zones_stay_so_when_a_file_has_another_zone_before_them(
    admin: Visitor, import_zones: ImportZones, read_zones: ReadZones
) -> None:
    no_end = [rule(end=False)]
    park = feature(name="Park", rules=no_end, start="2026-01-01", end="2099-01-01")
    new, plaza = (feature(name=name, rules=no_end) for name in ("New", "Plaza"))
    import_zones(gbfs(park, plaza))
    first, second = read_zones()
    assert send_form(admin, f"{ZONES}/{first.id}/edit", name="Our park").status_code == 303
    assert send_form(admin, f"{ZONES}/{second.id}/remove", why="Gone").status_code == 303
    assert "2 left out" in import_zones(gbfs(new, park, plaza)).output
    assert {zone.name for zone in read_zones()} == {"New", "Our park"}


def test_a_special_rule_is_kept_in_words(
    admin: Visitor, draw: Callable[..., UUID], new_york_zones: Callable[[], CityZones]
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
    draw: Callable[..., UUID],
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


def test_the_outlines_of_a_part_of_the_map_are_exact(
    admin: Visitor, draw: Callable[..., UUID]
) -> None:
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
    admin: Visitor, draw: Callable[..., UUID], round_trips: Callable[[], int]
) -> None:
    page = f"{ZONES}/{draw()}"
    form = parse_forms(admin.get(f"{page}/edit").text, page)[-1].fields
    round_trips()
    admin.post(f"{page}/edit", data={**form, "name": "Green"})
    assert round_trips() == 5
