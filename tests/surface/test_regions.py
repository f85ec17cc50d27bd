"""The catalogue of cities, and where this server stands."""

from types import SimpleNamespace

import pytest

from tests.databases import CITIES
from webapp.regions.catalogue import Catalogue, add_city, catalogue, home_city

LYON = {
    "name": " Lyon ",
    "label": "Lyon",
    "region": "europe-west1",
    "timezone": "Europe/Paris",
    "currency": "EUR",
    "lat": 45.764,
    "lon": 4.8357,
}


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def clock():
    return SimpleNamespace(now=1000.0)


@pytest.fixture
def ours(clock):
    """A catalogue that forgets after 30 seconds, on that clock."""
    made = Catalogue(30.0)
    made.cache.clock = lambda: clock.now
    return made


def test_the_cities_come_in_the_order_in_which_they_opened():
    assert add_city(**LYON)
    names = [city.name for city in catalogue().all()]
    assert sorted(names[:-1]) == sorted(city[0] for city in CITIES)
    assert names[-1] == "lyon"


def test_the_catalogue_is_read_once_and_then_remembered(ours, round_trips):
    assert len(ours.all()) == len(CITIES)
    assert round_trips() == 1
    ours.all()
    assert ours.find("paris").label == "Paris"
    assert round_trips() == 0


def test_the_catalogue_is_read_again_when_it_is_old(ours, clock, round_trips):
    ours.all()
    clock.now += 30
    ours.all()
    assert round_trips() == 1
    clock.now += 1
    ours.all()
    assert round_trips() == 1


def test_a_city_opened_by_another_process_is_found_at_once(ours, clock):
    ours.all()
    clock.now += 2
    assert ours.find("lyon") is None
    add_city(**LYON)  # tells another catalogue than ours
    clock.now += 2
    assert ours.find("lyon").region == "europe-west1"


def test_a_flood_of_wrong_names_is_no_flood_of_queries(ours, clock, round_trips):
    ours.all()
    clock.now += 2
    round_trips()
    for number in range(50):
        assert ours.find(f"nowhere {number}") is None
    assert round_trips() == 1


@pytest.mark.parametrize("name", ["paris", "Paris", "  PARIS "])
def test_a_city_is_found_in_any_case(name):
    assert catalogue().find(name).name == "paris"


@pytest.mark.parametrize("name", ["", "\0", "par\0is", "paris'--", "\ud800", "x" * 10_000])
def test_a_name_that_is_no_city_is_none(name, ours, clock):
    ours.all()
    clock.now += 2
    assert ours.find(name) is None


def test_cities_of_the_catalogue_are_readable_outside_the_context(inside):
    paris = catalogue().find("paris")
    assert (paris.centre.lat, paris.zone.key, paris.currency) == (48.8566, "Europe/Paris", "EUR")


def test_opening_a_city_twice_changes_nothing():
    assert add_city(**LYON) is True
    assert add_city(**{**LYON, "label": "Another", "lat": 0.0}) is False
    assert (catalogue().find("lyon").label, catalogue().find("lyon").lat) == ("Lyon", 45.764)


@pytest.mark.parametrize(
    ("region", "city"),
    [("us-west1", "seattle"), ("europe-west1", "paris"), ("us-east1", {"boston", "new york"})],
)
def test_home_is_the_first_city_of_this_servers_region(inside, monkeypatch, region, city):
    monkeypatch.setitem(inside.config, "REGION", region)
    assert home_city().name in city


def test_a_region_without_cities_shows_the_first_of_all(inside, monkeypatch):
    monkeypatch.setitem(inside.config, "REGION", "asia-south1")
    assert home_city() is catalogue().all()[0]


def test_before_any_city_is_open_there_is_no_home(monkeypatch):
    monkeypatch.setattr(Catalogue, "all", lambda self: [])
    assert home_city() is None
