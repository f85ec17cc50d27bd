"""Distances and times are in the units of the person: chosen, else of the country."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.mail import Recipient, language_of
from webapp.measures import format_area, format_distance, format_range, format_speed
from webapp.templating import format_local_time
from webapp.translations import current_text_variant, force_locale, request_units
from webapp.translations.units import METRIC, Clock, DistanceUnit, Units, find_territory_units

AMERICAN, BRITISH, CANADIAN, IRISH = "mi-12", "mi-24", "km-12", "km-24"


@pytest.mark.parametrize(
    ("languages", "city", "units"),
    [
        ("en-US,en;q=0.9", "paris", AMERICAN),
        ("en-GB", "paris", BRITISH),
        ("en-CA", "paris", CANADIAN),
        ("en-IE", "new york", IRISH),
        # The city has the country: Firefox names English of the United States for everybody.
        ("de,en-US;q=0.7,en;q=0.3", "paris", IRISH),
        ("de", "new york", AMERICAN),
        ("", "new york", AMERICAN),
        ("", "paris", IRISH),
        # No country that anybody knows.
        ("en-XQ", "new york", IRISH),
        ("sr-Latn-RS", "new york", IRISH),
        ("zh-Hant-TW", "paris", "km-12"),
        ("en-029", "paris", IRISH),
    ],
)
def test_units_are_those_of_the_country_of_the_browser_else_of_the_city(
    app: Flask, languages: str, city: str, units: str
) -> None:
    headers = {"Accept-Language": languages, "X-City": city}
    with app.test_request_context(headers=headers):
        assert str(request_units()) == units


@pytest.mark.parametrize(
    ("chosen", "units"),
    [("", IRISH), ("mi-", BRITISH), ("-12", CANADIAN), (AMERICAN, AMERICAN), ("xx-yy", IRISH)],
)
def test_what_a_person_has_chosen_comes_before_the_country(
    visitor: Visitor, make_user: UserFactory, chosen: str, units: str
) -> None:
    visitor.sign_in(make_user("ada", units=chosen))
    page = visitor.get("/").text
    assert f'data-clock-hours="{units[-2:]}"' in page
    assert ("%(n)s ft" in page) == units.startswith("mi")  # of the scale of the map
    field = "range_mi" if units.startswith("mi") else "range"
    assert f'name="{field}"' in visitor.get("/").text


def test_the_profile_has_the_switches(
    visitor: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada", units="")
    visitor.sign_in(ada)
    profile = {"city": "new york", "first_name": "Ada", "last_name": "Byron"}
    for fields, stored in (
        ({"distance_unit": "mi"}, "mi-"),
        ({"distance_unit": "km", "clock": "12"}, "km-12"),
        ({}, ""),
    ):
        assert visitor.send("/users/me/edit", **profile, **fields).status_code == 303
        assert row(User, ada.key).units == stored
    visitor.send("/users/me/edit", **profile, distance_unit="mi", clock="24")
    page = visitor.get("/users/me/edit").text
    assert '<option selected value="mi">Miles' in page
    assert '<option selected value="24">24 hours' in page
    assert visitor.send("/users/me/edit", **profile, clock="13").status_code == 422


@pytest.mark.parametrize(
    ("metres", "metric", "imperial"),
    [
        (4, "0 m", "10 ft"),
        (347, "350 m", "0.2 mi"),
        (300, "300 m", "980 ft"),
        (1_234, "1.2 km", "0.8 mi"),
        (16_093, "16.1 km", "10 mi"),
        (2_000_000, "2,000 km", "1,242.7 mi"),
    ],
)
def test_distances(app: Flask, metres: int, metric: str, imperial: str) -> None:
    with app.test_request_context():
        for units, text in ((METRIC, metric), (METRIC.choose("mi-"), imperial)):
            with force_locale("en", units):
                assert format_distance(metres) == text


def test_speeds_ranges_and_areas(app: Flask) -> None:
    with app.test_request_context():
        with force_locale("en"):
            texts = format_speed(25), format_range(31_999), format_area(1.25), format_area(0.0001)
            assert texts == ("25 km/h", "31 km", "1.25 km²", "100 m²")
        with force_locale("en", METRIC.choose(AMERICAN)):
            texts = format_speed(25), format_range(31_999), format_area(1.25), format_area(0.0001)
            assert texts == ("16 mph", "19 mi", "0.48 sq mi", "1,076 sq ft")
        with force_locale("de", METRIC.choose(AMERICAN)):
            assert format_distance(1_234_567) == "767,1 mi"


@pytest.mark.parametrize(
    ("locale", "units", "text"),
    [
        ("en", IRISH, "30 Nov 2026, 16:05"),
        ("en", AMERICAN, "Nov 30, 2026, 4:05\N{NARROW NO-BREAK SPACE}PM"),
        ("es", AMERICAN, "30 nov 2026, 4:05\N{NARROW NO-BREAK SPACE}p.\N{NARROW NO-BREAK SPACE}m."),
        ("de", BRITISH, "30. Nov. 2026, 16:05"),
    ],
)
def test_times_are_of_12_or_24_hours(app: Flask, locale: str, units: str, text: str) -> None:
    moment = datetime(2026, 11, 30, 21, 5, tzinfo=UTC)
    with app.test_request_context(), force_locale(locale, METRIC.choose(units)):
        assert format_local_time(moment, find_city("new york")) == text


def test_mails_have_the_units_of_their_recipient(app: Flask, make_user: UserFactory) -> None:
    homes = {"new york": AMERICAN, "paris": IRISH}
    for city, units in homes.items():
        with app.app_context(), language_of(make_user(city=city, units="").recipient):
            assert str(request_units()) == units
    with app.app_context(), language_of(make_user(units="km-24").recipient):
        assert request_units() == METRIC
    with app.app_context(), language_of(Recipient("ada@example.org", "Ada")):
        assert request_units() == METRIC  # of a mail that the release before this one has written


def test_cards_are_cached_for_their_units(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    visitor.sign_in(make_user(units=""))
    make_vehicle("new york", propulsion_type="electric", range_m=32_000)
    near = "/city/new%20york?lat=40.7128&lon=-74.006&within=50000"
    for _ in range(2):
        for languages, left, away in (
            ("en-US", "19 mi left", " mi"),
            ("en-IE", "32 km left", " km"),
        ):
            page = visitor.get(near, headers={"Accept-Language": languages}).text
            assert left in page
            assert f'"long": "%(n)s{away}"' in page.replace("&#34;", '"')


@pytest.mark.parametrize(
    ("query", "found"), [("range=20", 1), ("range_mi=20", 0), ("range_mi=15", 1)]
)
def test_an_address_with_a_range_means_the_same_to_all(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory, query: str, found: int
) -> None:
    visitor.sign_in(make_user(units=""))
    make_vehicle("new york", propulsion_type="electric", range_m=25_000)
    for languages in ("en-US", "en-IE"):
        page = visitor.get(f"/?{query}", headers={"Accept-Language": languages}).text
        assert page.count(" data-vehicle ") == found
        assert f'name="{query.partition("=")[0]}"' in page


def test_units_from_anywhere_are_one_of_four(app: Flask) -> None:
    """Else a browser could fill the caches."""
    found = {
        find_territory_units(language, territory)
        for language in ("en", "de", "fr", "xx", "x" * 99)
        for territory in ("US", "GB", "CA", "DE", "XX", "", "ZZ", "Å" * 99)
    }
    assert found <= {Units(unit, clock) for unit in DistanceUnit for clock in Clock}
    for languages in ("en-US", "en-us", "en-PR"):
        with app.test_request_context(headers={"Accept-Language": languages}):
            assert str(current_text_variant()[1]) == AMERICAN
