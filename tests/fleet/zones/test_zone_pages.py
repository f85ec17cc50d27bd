"""The pages of zones: rules and map layer for everyone, changes by admins."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.zones.areas import (
    NO_PARKING,
    SERVICE,
    SLOW,
)
from tests.fleet.zones.conftest import ImportZones, MakeZone
from tests.fleet.zones.zone_files import NEW_YORK, feature, gbfs, rule, square
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.fleet.zones.models import Zone


def test_the_rules_of_a_city_are_listed(visitor: Visitor, make_zone: MakeZone) -> None:
    make_zone(NO_PARKING, name="<Park>", fee=500)
    make_zone(SLOW, name="Bridge", max_speed_kph=10)
    page = visitor.get("/city/new%20york/zones").text
    assert "No parking: &lt;Park&gt;" in page
    assert "$5.00 to end a ride here" in page
    assert "Maximum 10 km/h" in page
    assert "End your ride anywhere" in visitor.get("/city/paris/zones").text
    assert visitor.get("/city/atlantis/zones").status_code == 404


def test_a_long_list_of_zones_is_paged(visitor: Visitor, make_zone: MakeZone) -> None:
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


def test_the_map_layer_has_zones_legend_and_texts(visitor: Visitor, make_zone: MakeZone) -> None:
    make_zone(SERVICE, side=2000)
    make_zone(NO_PARKING, name="Park", fee=500)
    response = visitor.get("/city/new%20york/zones.json")
    layer = response.get_json()
    assert [z["properties"]["kind"] for z in layer["zones"]] == ["service_area", "no_parking"]
    assert layer["zones"][1]["properties"]["words"] == [
        "No parking: Park",
        "$5.00 to end a ride here",
    ]
    assert [entry["label"] for entry in layer["legend"]] == ["Service area", "No parking"]
    assert layer["outside"]["type"] == "Polygon"
    assert len(layer["outside"]["coordinates"]) == 2


def test_a_map_with_the_current_zones_gets_304(
    visitor: Visitor, make_zone: MakeZone, round_trips: Callable[[], int]
) -> None:
    make_zone(NO_PARKING)
    path = "/city/new%20york/zones.json"
    first = visitor.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=60"
    headers = {"If-None-Match": first.headers["ETag"]}
    round_trips()
    second_response = visitor.get(path, headers=headers)
    assert (second_response.status_code, second_response.data, round_trips()) == (304, b"", 0)
    both = visitor.get(path, headers={**headers, "If-Match": '"another"'})
    assert (both.status_code, both.data) == (304, b"")
    assert both.headers["Cache-Control"] == "public, max-age=60"
    make_zone(SLOW)
    assert visitor.get(path, headers=headers).status_code == 200


def test_only_maps_of_a_city_with_zones_request_them(
    visitor: Visitor, make_zone: MakeZone, make_vehicle: VehicleFactory
) -> None:
    make_zone(NO_PARKING)
    attribute = 'data-zones-url="/city/new%20york/zones.json"'
    vehicle = f"/vehicles/{make_vehicle().public_key}"
    for path in ("/city/new%20york", vehicle):
        page = visitor.get(path).text
        assert attribute in page
        assert 'href="/city/new%20york/zones"' in page
    assert "data-zones-url" not in visitor.get("/city/paris").text


# --- admins ----------------------------------------------------------------------------------


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    """An admin of New York and Seattle."""
    return new_browser(app).sign_in(make_user("ada", roles={"admin": ["new york", "seattle"]}))


def test_admins_see_the_zones_of_their_cities(admin: Visitor, make_zone: MakeZone) -> None:
    zone = make_zone(NO_PARKING, name="Park", fee=500)
    page = admin.get("/fleet/zones?city=new+york").text
    assert "Zones of New York" in page
    assert "0.12 km²" in page
    assert "$5.00" in page
    assert f"/fleet/zones/new%20york/{zone.id}/edit" in page
    assert "flask zones import FILE.geojson" in page
    assert "flask zones import" in admin.get("/fleet/zones?city=seattle").text
    assert admin.get("/fleet/zones?city=paris").status_code == 404


def test_an_admin_changes_a_zone(
    app: Flask, admin: Visitor, make_zone: MakeZone, row: RowReader
) -> None:
    zone = make_zone(NO_PARKING, name="Park")
    page = f"/fleet/zones/new%20york/{zone.id}/edit"
    assert 'value="Park"' in admin.get(page).text
    response = admin.send(page, name="Green", fee="7.50", max_speed_kph="15")
    assert (response.status_code, response.location) == (303, "/fleet/zones?city=new+york")
    stored = row(Zone, (zone.id,))
    assert (stored.name, stored.fee, stored.max_speed_kph) == ("Green", 750, 15)
    (event,) = read_audit_events(app, AuditKind.ZONE_CHANGED)
    assert (event.subject, event.city) == (f"zone {zone.id}", "new york")
    assert [change.name for change in event.changes] == ["fee", "name", "max_speed_kph"]
    assert "Green" in admin.get("/fleet/zones?city=new+york").text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [("fee", "5,000.00", "no thousands separators"), ("fee", "-1", "Enter at least"),
     ("fee", "0.001", "The smallest unit is"), ("max_speed_kph", "fast", "Enter a whole number."),
     ("max_speed_kph", "0", "Enter a whole number from 1 to 200."), ("name", "x" * 121, "Use at most")],
)  # fmt: skip
def test_invalid_input_is_refused_beside_the_field(
    admin: Visitor, make_zone: MakeZone, row: RowReader, field: str, typed: str, words: str
) -> None:
    zone = make_zone(NO_PARKING, name="Park", fee=500)
    response = admin.send(f"/fleet/zones/new%20york/{zone.id}/edit", **{field: typed})
    assert response.status_code == 422
    assert words in response.text
    assert typed in response.text
    assert row(Zone, (zone.id,)).fee == 500


def test_an_admin_may_remove_a_zone_twice(
    app: Flask, admin: Visitor, make_zone: MakeZone, row: RowReader
) -> None:
    zone = make_zone(NO_PARKING)
    for _ in "twice":
        assert admin.send(f"/fleet/zones/new%20york/{zone.id}/remove").status_code == 303
    assert row(Zone, (zone.id,)) is None
    events = read_audit_events(app, AuditKind.ZONE_CHANGED)
    assert [event.details["after"] for event in events] == [None]


def test_an_admin_cannot_change_a_zone_of_another_city(
    admin: Visitor, make_zone: MakeZone, row: RowReader
) -> None:
    zone = make_zone(NO_PARKING, city="paris", name="Parc")
    for city in ("paris", "new%20york"):
        assert admin.get(f"/fleet/zones/{city}/{zone.id}/edit").status_code == 404
        assert admin.send(f"/fleet/zones/{city}/{zone.id}/edit", name="x").status_code == 404
        assert admin.send(f"/fleet/zones/{city}/{zone.id}/remove").status_code == 404
    assert row(Zone, (zone.id,)).name == "Parc"


def test_a_change_is_one_statement(
    admin: Visitor, make_zone: MakeZone, round_trips: Callable[[], int]
) -> None:
    zone = make_zone(NO_PARKING)
    token = {"csrf_token": admin.token()}
    admin.get(f"/fleet/zones/new%20york/{zone.id}/edit")  # the zones are in memory from now on
    round_trips()
    admin.post(f"/fleet/zones/new%20york/{zone.id}/edit", data={**token, "name": "Green"})
    assert round_trips() == 2  # the account, and the change with its audit event
    admin.post(f"/fleet/zones/new%20york/{zone.id}/remove", data=token)
    assert round_trips() == 2


def test_pages_say_that_no_ride_starts_where_a_vehicle_stands(
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    import_zones: ImportZones,
) -> None:
    rules = [rule(ride_start_allowed=False)]
    import_zones(gbfs(feature(square(-0.01, -0.01, 0.02), rules=rules)))
    vehicle = make_vehicle(at=NEW_YORK)
    visitor.sign_in(make_user("ada"))
    path = f"/vehicles/{vehicle.public_key}"
    for address in (path, "/city/new%20york"):
        page = visitor.get(address).text
        assert "You can't start a ride here right now." in page
        assert f"/rides/start/{vehicle.public_key}" not in page
        assert "Reserve for" not in page
    live = visitor.get("/city/new%20york/vehicles.json?bbox=40,-75,41,-73").get_json()
    assert [row[-1] for row in live["vehicles"]] == [False]
    visitor.send(f"/rides/start/{vehicle.public_key}")
    assert "You can't start a ride where this vehicle stands" in visitor.get(path).text
