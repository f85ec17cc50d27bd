"""The files about a city's system, and where they are found."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from zlib import crc32

import pytest
from flask import Flask

from tests.databases import CITIES
from tests.factories import PlanFactory, VehicleFactory, find_city
from tests.fleet.gbfs_publishing.steps import VERSIONS, file_path, find_errors, read_file
from tests.texts.steps import insert_text
from tests.visitor import Visitor
from webapp.fleet.gbfs_publishing.versions import make_system_id
from webapp.regions.models import City


def walk_json(value: object) -> Iterator[object]:
    """Yield a value of JSON and all that are in it."""
    yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from walk_json(part)


def test_the_page_of_a_city_leads_to_its_feed_and_the_feed_to_the_page(visitor: Visitor) -> None:
    page = visitor.get("/city/new york").text
    [href] = re.findall(r'<link rel="gbfs" type="application/json" href="([^"]+)">', page)
    feeds = visitor.get(href).get_json()["data"]["feeds"]
    [url] = [feed["url"] for feed in feeds if feed["name"] == "system_information"]
    assert visitor.get(url).get_json()["data"]["url"].endswith("/city/new%20york")


@pytest.mark.parametrize("version", VERSIONS)
def test_each_file_that_is_named_is_there(visitor: Visitor, version: str) -> None:
    data = read_file(visitor, "gbfs", version=version)["data"]
    feeds = (data["en"] if version == "v2" else data)["feeds"]
    for feed in feeds:
        content = visitor.get(feed["url"]).get_json()
        assert content["version"] == {"v2": "2.3", "v3": "3.0"}[version]
        assert type(content["last_updated"]) is {"v2": int, "v3": str}[version]
    names = {feed["name"] for feed in feeds}
    assert {"system_information", "vehicle_types"} < names
    assert {"station_information", "station_status"} <= names or version == "v3"


@pytest.mark.parametrize("version", VERSIONS)
def test_trip_planners_find_the_mark_its_colour_and_since_when_it_is_so(
    visitor: Visitor, version: str
) -> None:
    brand = read_file(visitor, "system_information", version=version)["data"]["brand_assets"]
    image = visitor.get(brand["brand_image_url"])
    assert image.mimetype == "image/svg+xml"
    assert brand["color"] in image.text
    # Another mark needs another day: BRAND_CHANGED_ON.
    assert brand["brand_last_modified"] == "2026-11-21"
    assert crc32(image.data) == 972744247


def test_the_manifest_names_both_versions_of_every_city(visitor: Visitor) -> None:
    datasets = visitor.get("/gbfs/manifest.json").get_json()["data"]["datasets"]
    assert len(datasets) == len(CITIES)
    for dataset in datasets:
        assert [each["version"] for each in dataset["versions"]] == ["2.3", "3.0"]
        for each in dataset["versions"]:
            assert visitor.get(each["url"]).get_json()["version"] == each["version"]
    system = read_file(visitor, "system_information")["data"]
    assert system["system_id"] in {dataset["system_id"] for dataset in datasets}
    assert system["manifest_url"].endswith("/gbfs/manifest.json")


def test_different_cities_have_different_system_ids() -> None:
    names = ["new york", "new_york", "new-york", "newyork", "são paulo", "sao paulo", "大阪"]
    ids = [make_system_id(City(name=name)) for name in names]
    assert len(set(ids)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9._-]+", each) for each in ids)
    assert ids[0] == "movr_new_york"


def test_the_system_of_a_city_has_its_name_in_each_language(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "it"))
    system = read_file(visitor, "system_information", "paris")["data"]
    assert {each["language"]: each["text"] for each in system["name"]} == {
        "en": "MovR Paris",
        "it": "MovR Parigi",
    }


def test_version_2_has_a_feed_for_each_language(
    app: Flask, visitor: Visitor, make_plan: PlanFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "it"))
    make_plan("paris", name="By the minute", labels={"it": "Al minuto"})
    data = read_file(visitor, "gbfs", "paris", "v2")["data"]
    for language, city, plan in (("en", "Paris", "By the minute"), ("it", "Parigi", "Al minuto")):
        urls = {each["name"]: each["url"] for each in data[language]["feeds"]}
        files = {name: visitor.get(url).get_json()["data"] for name, url in urls.items()}
        system = files["system_information"]
        assert (system["language"], system["name"]) == (language, f"MovR {city}")
        assert files["system_pricing_plans"]["plans"][0]["name"] == plan
    other = visitor.get(f"{file_path('system_information', 'paris', 'v2')}?language=tlh")
    assert other.get_json()["data"]["language"] == "en"
    assert find_errors(visitor, "paris", "v2") == []


@pytest.mark.parametrize("city", ["new york", "paris"])
def test_times_have_an_offset_and_texts_all_languages(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, city: str
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "pt_BR"))
    for feed in read_file(visitor, "gbfs", city)["data"]["feeds"]:
        content = visitor.get(feed["url"]).get_json()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", content["last_updated"])
        texts = [
            value for value in walk_json(content)
            if isinstance(value, list) and value and isinstance(value[0], dict) and "text" in value[0]
        ]  # fmt: skip
        for text in texts:
            assert [each["language"] for each in text] == ["en", "pt-BR"]
    system = read_file(visitor, "system_information", city)["data"]
    assert system["languages"] == ["en", "pt-BR"]


def test_every_vehicle_is_of_a_listed_type_with_a_range_if_it_has_a_motor(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(form_factor="car", propulsion_type="hybrid")
    make_vehicle(form_factor="bicycle", propulsion_type="human", range_m=5)
    types = {
        each["vehicle_type_id"]: each
        for each in read_file(visitor, "vehicle_types")["data"]["vehicle_types"]
    }
    for vehicle in read_file(visitor, "vehicle_status")["data"]["vehicles"]:
        has_motor = types[vehicle["vehicle_type_id"]]["propulsion_type"] != "human"
        assert ("max_range_meters" in types[vehicle["vehicle_type_id"]]) == has_motor
        assert ("current_range_meters" in vehicle) == has_motor


@pytest.mark.parametrize(
    "path",
    [
        file_path("gbfs", "atlantis"),
        file_path("vehicle_status", version="v2"),
        file_path("free_bike_status"),
        file_path("station_status"),
        file_path("gbfs", version="v1"),
        file_path("../manifest"),
    ],
)
def test_what_is_not_published_is_not_found(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_the_licence_is_named_if_there_is_one(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "license_url" not in read_file(visitor, "system_information")["data"]
    url = "https://creativecommons.org/licenses/by/4.0/"
    monkeypatch.setitem(app.config, "GBFS_LICENSE_URL", url)
    assert read_file(visitor, "system_information")["data"]["license_url"] == url


def test_the_start_date_is_that_of_the_city(app: Flask, visitor: Visitor) -> None:
    with app.app_context():
        city = find_city()
        expected = city.opened_at.astimezone(city.zone).date().isoformat()
    assert read_file(visitor, "system_information")["data"]["start_date"] == expected


def test_terms_and_privacy_are_named_once_they_are_published(app: Flask, visitor: Visitor) -> None:
    """Not the examples that MovR comes with."""
    assert "terms_url" not in read_file(visitor, "system_information")["data"]
    insert_text(app, "Ride well.", effective_from=datetime(2026, 5, 1, 2, tzinfo=UTC))
    insert_text(app, "We forget.", "privacy", effective_from=datetime(2026, 6, 1, tzinfo=UTC))
    system = read_file(visitor, "system_information")["data"]
    assert (system["terms_last_updated"], system["privacy_last_updated"]) == (
        "2026-04-30",  # in New York
        "2026-05-31",
    )
    for version, kind, words in (("v3", "terms", "Ride well."), ("v2", "privacy", "We forget.")):
        url = read_file(visitor, "system_information", version=version)["data"][f"{kind}_url"]
        assert words in visitor.get(url if version == "v2" else url[0]["text"]).text
        assert find_errors(visitor, "new york", version) == []
