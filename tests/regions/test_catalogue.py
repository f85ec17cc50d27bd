"""The catalogue of cities, and where this server stands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests.databases import CITIES
from tests.regions.conftest import RunCommand
from webapp.regions.catalogue import Catalogue, add_city, catalogue, find_home_city
from webapp.regions.labels import city_label, city_label_in, list_city_labels
from webapp.regions.models import City
from webapp.translations import force_locale

LYON: dict[str, Any] = {
    "name": " Lyon ",
    "label": "Lyon",
    "region": "europe-west1",
    "timezone": "Europe/Paris",
    "currency": "EUR",
    "lat": 45.764,
    "lon": 4.8357,
}


@dataclass
class Clock:
    now: float = 1000.0


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def other_catalogue(clock: Clock) -> Catalogue:
    """The catalogue of another process: it is read again after 30 seconds of that clock."""
    other = Catalogue(30.0)
    other.cache.clock = lambda: clock.now
    return other


def find(name: str, cities: Catalogue | None = None) -> City:
    """Find a city that is there, in the application's catalogue or in another."""
    city = (cities or catalogue()).find(name)
    assert city
    return city


@pytest.fixture
def languages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de", "it", "pt_BR"))


@pytest.mark.usefixtures("languages")
@pytest.mark.parametrize(
    ("label", "timezone", "labels", "in_italian", "in_german"),
    [
        ("Rome", "Europe/Rome", {}, "Roma", "Rom"),
        ("Roma", "Europe/Rome", {}, "Roma", "Rom"),
        ("Paris", "Europe/Paris", {"it": "Paname"}, "Paname", "Paris"),
        ("Paris", "America/Chicago", {}, "Paris", "Paris"),  # the one in Texas
        ("Naples", "Europe/Rome", {"it": "Napoli"}, "Napoli", "Naples"),
    ],
)
def test_a_city_has_the_name_of_its_admins_else_of_cldr_else_its_own(
    label: str, timezone: str, labels: dict[str, str], in_italian: str, in_german: str
) -> None:
    city = City(default_label=label, timezone=timezone, labels=labels)
    assert city_label_in(city, "it") == in_italian
    with force_locale("de"):
        assert city_label(city) == in_german == city_label_in(city, "de")
    assert {label, in_italian, in_german} <= list_city_labels(city)


@pytest.mark.usefixtures("languages")
def test_lists_of_cities_are_sorted_in_the_language_of_the_reader() -> None:
    add_city(**LYON, labels={"it": "Àncona"})
    with force_locale("it"):
        assert [label for _, label in catalogue().labels()] == [
            "Àncona", "Boston", "New York", "Parigi", "Seattle",
        ]  # fmt: skip
    with force_locale("de"):
        assert [label for _, label in catalogue().labels()][1:3] == ["Lyon", "New York"]


def test_the_cities_come_in_the_order_in_which_they_opened() -> None:
    assert add_city(**LYON)
    names = [city.name for city in catalogue().all()]
    assert sorted(names[:-1]) == sorted(city[0] for city in CITIES)
    assert names[-1] == "lyon"


def test_the_catalogue_is_read_once_and_then_cached(
    other_catalogue: Catalogue, round_trips: Callable[[], int]
) -> None:
    assert len(other_catalogue.all()) == len(CITIES)
    assert round_trips() == 1
    other_catalogue.all()
    assert city_label(find("paris", other_catalogue)) == "Paris"
    assert round_trips() == 0


def test_the_catalogue_is_read_again_when_it_is_old(
    other_catalogue: Catalogue, clock: Clock, round_trips: Callable[[], int]
) -> None:
    other_catalogue.all()
    clock.now += 30
    other_catalogue.all()
    assert round_trips() == 1
    clock.now += 1
    other_catalogue.all()
    assert round_trips() == 1


def test_a_city_opened_by_another_process_is_found_at_once(
    other_catalogue: Catalogue, clock: Clock
) -> None:
    other_catalogue.all()
    clock.now += 2
    assert other_catalogue.find("lyon") is None
    add_city(**LYON)  # tells another catalogue than this one
    clock.now += 2
    assert find("lyon", other_catalogue).region == "europe-west1"


def test_many_unknown_names_cost_one_query(
    other_catalogue: Catalogue, clock: Clock, round_trips: Callable[[], int]
) -> None:
    other_catalogue.all()
    clock.now += 2
    round_trips()
    for number in range(50):
        assert other_catalogue.find(f"nowhere {number}") is None
    assert round_trips() == 1


@pytest.mark.parametrize("name", ["paris", "Paris", "  PARIS "])
def test_a_city_is_found_in_any_case(name: str) -> None:
    assert find(name).name == "paris"


@pytest.mark.parametrize("name", ["", "\0", "par\0is", "paris'--", "\ud800", "x" * 10_000])
def test_a_name_that_is_no_city_is_none(
    name: str, other_catalogue: Catalogue, clock: Clock
) -> None:
    other_catalogue.all()
    clock.now += 2
    assert other_catalogue.find(name) is None


def test_cities_of_the_catalogue_are_readable_outside_the_context() -> None:
    paris = find("paris")
    assert (paris.centre.lat, paris.zone.key, paris.currency) == (48.8566, "Europe/Paris", "EUR")


def test_a_city_that_is_added_again_does_not_change() -> None:
    assert add_city(**LYON) is True
    assert add_city(**{**LYON, "label": "Another", "lat": 0.0}) is False
    assert (city_label(find("lyon")), find("lyon").lat) == ("Lyon", 45.764)


@pytest.mark.parametrize(
    ("region", "cities"),
    [("us-west1", {"seattle"}), ("europe-west1", {"paris"}), ("us-east1", {"boston", "new york"})],
)
def test_home_is_the_first_city_of_this_servers_region(
    app: Flask, monkeypatch: pytest.MonkeyPatch, region: str, cities: set[str]
) -> None:
    monkeypatch.setitem(app.config, "REGION", region)
    home = find_home_city()
    assert home
    assert home.name in cities


def test_a_region_without_cities_shows_the_first_of_all(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REGION", "asia-south1")
    assert find_home_city() is catalogue().all()[0]


def test_before_any_city_is_open_there_is_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalogue, "all", lambda self: [])
    assert find_home_city() is None


def test_a_city_is_opened_with_its_names_by_language(run: RunCommand) -> None:
    place = ("--lat", "40.85", "--lon", "14.27")
    assert run("cities", "add", "naples", *place, "--label-in", "it= Napoli ").exit_code == 0
    assert find("naples").labels == {"it": "Napoli"}
    assert run("cities", "add", "ba\nri\x07", *place).exit_code == 1
    for wrong in ("Napoli", "xx=Napoli", "it=", "it=Na\npoli"):
        result = run("cities", "add", "bari", *place, "--label-in", wrong)
        assert "a name of 1 to 64 characters, like it=Roma." in result.output
