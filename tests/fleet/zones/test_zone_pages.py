"""The pages of zones for everyone: rules and map layer."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories import UserFactory, VehicleFactory
from tests.fleet.zones.areas import (
    NO_PARKING,
    SERVICE,
    SLOW,
)
from tests.fleet.zones.conftest import ImportZones, MakeZone
from tests.fleet.zones.zone_files import NEW_YORK, feature, gbfs, rule, square
from tests.visitor import Visitor


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
        "$5.00 to end a ride here.",
    ]
    assert [entry["label"] for entry in layer["legend"]] == ["Service area", "No parking"]
    assert layer["outside"]["type"] == "Polygon"
    assert len(layer["outside"]["coordinates"]) == 2


def test_the_map_layer_has_colons_as_its_language_writes_them(
    visitor: Visitor, make_zone: MakeZone, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "fr"))
    make_zone(NO_PARKING, name="Park")
    layer = visitor.get("/city/new%20york/zones.json?language=fr").get_json()
    assert layer["zones"][0]["properties"]["words"][0].endswith("\N{NO-BREAK SPACE}: Park")


def test_a_zone_has_its_name_in_the_language_of_the_reader(
    app: Flask, visitor: Visitor, make_zone: MakeZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de", "it"))
    make_zone(NO_PARKING, name="Town park", labels={"de": "Stadtpark"})
    for language, name in (("de", "Stadtpark"), ("it", "Town park"), ("en", "Town park")):
        layer = visitor.get(f"/city/new%20york/zones.json?language={language}").get_json()
        assert layer["zones"][0]["properties"]["words"][0].endswith(f": {name}")
        headers = {"Accept-Language": language}
        assert f": {name}</h2>" in visitor.get("/city/new%20york/zones", headers=headers).text
        zones = visitor.get("/api/v1/cities/new%20york/zones", headers=headers).get_json()
        assert zones["zones"][0]["name"] == name
        assert name in visitor.get("/search?q=stadtpark", headers=headers).text


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


def test_the_address_of_the_map_layer_says_the_units(visitor: Visitor, make_zone: MakeZone) -> None:
    make_zone(SLOW, max_speed_kph=20)
    layer = "/city/new%20york/zones.json"
    american = {"Accept-Language": "en-US"}
    assert f'data-zones-url="{layer}?units=mi-12"' in visitor.get("/", headers=american).text
    assert f'data-zones-url="{layer}"' in visitor.get("/").text
    for _ in range(2):
        for address, words, sign in (
            (f"{layer}?units=mi-12", "Maximum 12 mph", 12),
            (layer, "Maximum 20 km/h", 20),
        ):
            properties = visitor.get(address, headers=american).get_json()["zones"][0]["properties"]
            assert words in str(properties["words"])
            assert properties["speed"] == sign
