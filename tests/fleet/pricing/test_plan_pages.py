"""The pages of prices: where admins publish them, and where riders read them."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.pricing.plans import SCOOTER, TERMS
from tests.visitor import Visitor
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.queries import list_current_plans, list_versions
from webapp.fleet.pricing.services import publish_plan
from webapp.regions.catalogue import catalogue


def publish(app: Flask, previous_version: int = 0) -> None:
    with app.app_context():
        publish_plan(find_city(), TERMS, previous_version)


def current_terms(app: Flask) -> list[PlanTerms]:
    """Return the terms of the current plans of all cities."""
    with app.app_context():
        return [PlanTerms.from_plan(plan) for plan in list_current_plans(catalogue().all())]


def count_versions(app: Flask) -> int:
    with app.app_context():
        return len(list_versions(find_city(), SCOOTER, None).rows)


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    """An admin of New York, and of nothing else."""
    return new_browser(app).sign_in(make_user(roles={"admin": ["new york"]}))


NEW = "/fleet/plans/new?city=new+york&type=scooter_standing:electric"
TYPED = {
    "name": "By the minute",
    "unlock_fee": "1.00",
    "rate_1": "0.25",
    "fare_cap": "20",
    "reserve_min": "10",
    "reservation_rate": "0.05",
    "reserve_max_min": "30",
    "tax": "8.875",
}


def test_the_calculator_says_what_a_ride_of_any_length_costs_and_loses_nothing(
    app: Flask, admin: Visitor
) -> None:
    assert "Fill in the form first." in admin.get(NEW).text
    page = admin.send(NEW, **TYPED, ride_min="45", preview="y").text
    assert "$13.34" in page  # (1.00 + 45 * 0.25) and 8.875 %
    assert 'name="rate_1" type="text" value="0.25"' in page
    too_long = admin.send(NEW, **TYPED, ride_min="99999999", preview="y")
    assert (too_long.status_code, "A whole number of minutes" in too_long.text) == (422, True)
    publish(app)
    assert "receipt-total" in admin.get(NEW).text


def test_an_admin_previews_a_price_before_publishing_it(app: Flask, admin: Visitor) -> None:
    assert "Publish" not in admin.get(NEW).text
    page = admin.send(NEW, **TYPED, preview="Preview")
    assert page.status_code == 200
    for words in ("$1.00 to unlock, $0.25 a minute, plus tax", "$3.81", "$21.78", "Publish"):
        assert words in page.text  # 10 min: (1.00 + 2.50) and 8.875 %; a day: 20.00 and 8.875 %
    assert current_terms(app) == []
    response = admin.send(NEW, **TYPED, publish="Publish")
    assert (response.status_code, response.location) == (303, "/fleet/plans?city=new+york")
    assert current_terms(app) == [TERMS]


def test_the_form_shows_the_current_plan(app: Flask, admin: Visitor) -> None:
    publish(app)
    page = admin.get(NEW).text
    for field in ('value="1.00"', 'value="0.25"', 'value="8.875"', 'value="20.00"'):
        assert field in page
    for unlock_fee, version_count in (("1.00", 2), ("1.20", 3)):
        response = admin.send(NEW, **{**TYPED, "unlock_fee": unlock_fee}, publish="Publish")
        assert response.status_code == 303
        assert count_versions(app) == version_count


def test_an_admin_names_a_price_in_each_language(
    app: Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de", "it"))
    names = {"label_de": "Minutentarif", "label_it": " Al minuto "}
    assert admin.send(NEW, **TYPED, **names, publish="y").status_code == 303
    assert 'value="Minutentarif"' in admin.get(NEW).text
    refused = admin.send(NEW, **TYPED, label_de="x" * 61, publish="y")
    assert "Use at most 60 characters." in refused.text
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de"))
    assert admin.send(NEW, **TYPED, label_de="Tarif", publish="y").status_code == 303
    assert current_terms(app)[0].labels == {"de": "Tarif", "it": "Al minuto"}
    history = admin.get("/fleet/plans?city=new+york&type=scooter_standing:electric").text
    for name in ("Tarif", "Minutentarif"):
        assert f'German: <span lang="de">{name}</span>' in history
    assert "German: Tarif, Italian: Al minuto" in admin.get("/events?city=new+york").text
    german = {"Accept-Language": "de"}
    (listed,) = admin.get("/api/v1/cities/new york/plans", headers=german).get_json()
    assert listed["name"] == "Tarif"
    assert (
        '<p class="muted">Tarif · ' in admin.get("/fleet/plans?city=new+york", headers=german).text
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"unlock_fee": "x"}, "Enter an amount like 2.50."),
        ({"unlock_fee": ""}, "Fill this in."),
        ({"unlock_fee": "-1"}, "Enter at least $0.00."),
        ({"rate_2": "0.001"}, "The smallest unit is $0.01."),
        ({"start_2": "5"}, "Fill this in."),
        ({"rate_2": "1", "start_2": "1.5"}, "Enter a whole number."),
        ({"rate_2": "1", "start_2": "9", "end_2": "9"}, "It must end after it starts."),
        ({"rate_2": "1", "start_2": "-9"}, "A whole number of minutes, 30 days at most."),
        ({"reserve_max_min": "9"}, "Not less than the free minutes"),
        ({"tax": "101"}, "Enter a tax between 0 and 100 percent."),
        ({"tax": "9" * 40}, "Enter a tax between 0 and 100 percent."),
        ({"tax": "1e999999"}, "Enter a tax between 0 and 100 percent."),
        ({"tax": "NaN"}, "Enter a tax between 0 and 100 percent."),
        ({"tax": "sNaN"}, "Enter a tax between 0 and 100 percent."),
        ({"tax": "8.87555"}, "Use at most four decimals."),
        ({"name": ""}, "Fill this in."),
    ],
)  # fmt: skip
def test_invalid_input_is_refused_beside_the_field(
    app: Flask, admin: Visitor, typed: dict[str, str], words: str
) -> None:
    response = admin.send(NEW, **{**TYPED, **typed}, publish="Publish")
    assert response.status_code == 422
    assert words in response.text
    assert current_terms(app) == []


@pytest.mark.parametrize(
    "path",
    [
        "/fleet/plans?city=boston",
        "/fleet/plans/new?city=boston",
        "/fleet/plans?city=atlantis",
        "/fleet/plans/new?city=new+york&type=boat:",
        "/fleet/plans/new?city=new+york&type=:electric",
        "/fleet/plans?city=new+york&type=x",
        "/fleet/plans?city=new+york&type=&after=x",
    ],
)
def test_other_cities_and_unknown_types_are_not_found(
    app: Flask, admin: Visitor, path: str
) -> None:
    assert admin.get(path).status_code == 404


def test_an_admin_cannot_publish_for_another_city(app: Flask, admin: Visitor) -> None:
    response = admin.send("/fleet/plans/new?city=boston&type=", **TYPED, publish="Publish")
    assert response.status_code == 404
    assert current_terms(app) == []


def test_all_versions_are_listed_page_by_page(app: Flask, admin: Visitor) -> None:
    for version in range(app.config["PAGE_SIZE"] + 2):
        publish(app, version)
    first = admin.get("/fleet/plans?city=new+york&type=scooter_standing:electric").text
    assert "Version 7" in first
    assert "Version 2" not in first
    after = first.split("after=")[1].split('"')[0]
    rest = admin.get(
        f"/fleet/plans?city=new+york&type=scooter_standing:electric&after={after}"
    ).text
    assert [f"Version {n}" in rest for n in (3, 2, 1)] == [False, True, True]


def test_each_page_of_prices_costs_two_round_trips(
    app: Flask, admin: Visitor, round_trips: Callable[[], int]
) -> None:
    publish(app)
    admin.get(NEW)  # the catalogue of cities is in memory from now on
    for path in ("/fleet/plans?city=new+york", "/fleet/plans?city=new+york&type=", NEW):
        round_trips()
        assert admin.get(path).status_code == 200
        assert round_trips() == 2, path


def test_riders_see_the_price_before_the_button(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    page = f"/vehicles/{vehicle.public_key}"
    assert "Free" in visitor.get(page).text
    publish(app)
    for path in (page, "/city/new york"):
        text = visitor.get(path).text
        line = text.index("$1.00 to unlock, $0.25 a minute, plus tax")
        assert line < text.index("Ride<span")
    assert "$3.81" in visitor.get(page).text
