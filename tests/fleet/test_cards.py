"""Cards of lists are cached for all viewers: none is out of date, and none has anything of a
person."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from flask import Flask
from markupsafe import Markup

from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.fleet.live_map.steps import update_vehicle
from tests.fleet.pages import find_titles
from tests.untranslated import BracketTranslations, use_translations
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.fleet import cards
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_columns import VehicleColumns, VehicleRow
from webapp.fleet.zones.rules import CityZones
from webapp.fragment_cache import render_fragment

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(autouse=True)
def rendered(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cards that are rendered and cached in this test."""
    rendered: list[str] = []

    def call(surroundings: Any, template: str, macro: str, arguments: Any) -> Markup:
        result = render_fragment(surroundings, template, macro, arguments)
        if macro == "vehicle_card":
            rendered.append(result)
        return result

    monkeypatch.setitem(app.extensions, "movr_fragments", lru_cache(100)(call))
    return rendered


@pytest.fixture
def bobs_browser(app: Flask, make_user: UserFactory) -> Visitor:
    return Visitor(app, app.response_class).sign_in(make_user("bob"))


def find_card(page: str, vehicle: Vehicle) -> str:
    return page.split(f'id="v-{vehicle.public_id}"')[1].split("</li>")[0]


def test_a_row_has_what_pages_may_show_of_a_vehicle() -> None:
    shown = [name for name, value in vars(VehicleColumns).items() if isinstance(value, property)]
    assert shown == list(VehicleRow._fields)
    assert set(shown) <= set(Vehicle.__table__.columns.keys())


def test_the_cards_of_a_page_are_cached(
    visitor: Visitor, make_vehicle: VehicleFactory, rendered: list[str]
) -> None:
    for _ in range(3):
        make_vehicle()
    first = visitor.get("/vehicles").text
    assert len(rendered) == 3
    assert find_titles(visitor.get("/vehicles").text) == find_titles(first)
    assert len(rendered) == 3


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"brand": "Renamed"}, "Renamed scooter"),
        ({"color": "scarlet"}, "scarlet"),
        ({"address": "99 Other Street"}, "99 Other Street"),
        ({"lat": 40.75, "lon": -73.95}, 'data-lat="40.75" data-lon="-73.95"'),
        ({"range_m": 3_000}, "3 km left"),
        ({"battery_percent": 7}, "Battery 7%"),
        ({"form_factor": "bicycle", "propulsion_type": "human"}, 'data-icon="bike"'),
    ],
)
def test_a_card_changes_with_its_vehicle(
    app: Flask,
    rider: Visitor,
    make_vehicle: VehicleFactory,
    columns: dict[str, object],
    words: str,
) -> None:
    vehicle = make_vehicle(at=(40.73, -73.99))
    assert words not in rider.get("/vehicles").text
    with app.app_context():
        update_vehicle(vehicle, **columns)
    assert words in find_card(rider.get("/vehicles").text, vehicle)


def test_the_card_of_a_vehicle_that_is_taken_or_reserved_is_not_shown_as_free(
    app: Flask, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    assert find_titles(rider.get("/vehicles").text) == ["Okai scooter"]
    with app.app_context():
        until = datetime.now(UTC) + timedelta(hours=1)
        update_vehicle(vehicle, state="reserved", reserved_until=until)
    assert find_titles(rider.get("/vehicles").text) == []
    card = find_card(rider.get("/vehicles?show=all").text, vehicle)
    assert 'data-state="reserved"' in card
    assert "/login" not in card
    with app.app_context():
        until = datetime.now(UTC) - timedelta(seconds=1)
        update_vehicle(vehicle, reserved_until=until)
    assert 'data-state="available"' in find_card(rider.get("/vehicles").text, vehicle)
    with app.app_context():
        update_vehicle(vehicle, state="on_trip")
    assert find_titles(rider.get("/vehicles").text) == []


def test_a_reservation_that_ends_changes_the_card_though_no_row_changes(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = datetime.now(UTC) + timedelta(seconds=60)
    vehicle = make_vehicle(state="reserved", reserved_until=until)
    page = visitor.get("/vehicles?show=all").text
    assert 'data-state="reserved"' in find_card(page, vehicle)
    monkeypatch.setattr(VehicleRow, "current_state", "available")
    page = visitor.get("/vehicles?show=all").text
    assert 'data-state="available"' in find_card(page, vehicle)


def test_a_card_names_the_plan_that_is_current(
    visitor: Visitor, rider: Visitor, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    vehicle = make_vehicle()
    assert 'data-plan=""' in find_card(visitor.get("/vehicles").text, vehicle)
    for version in (1, 2):
        plan = make_plan(version=version)
        for browser in (visitor, rider):
            card = find_card(browser.get("/vehicles").text, vehicle)
            assert f'data-plan="{plan.id}"' in card
        assert f'name="plan" value="{plan.id}"' in card


def test_a_card_is_in_the_language_of_the_visitor(
    rider: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    vehicle = make_vehicle(range_m=21_000)
    assert "21 km left" in find_card(rider.get("/vehicles").text, vehicle)
    with monkeypatch.context() as patch:
        brackets = BracketTranslations()
        use_translations(patch, brackets)
        for _ in range(2):
            assert "⟦⟦21 km⟧ left⟧" in find_card(rider.get("/vehicles").text, vehicle)
    assert "⟦" not in rider.get("/vehicles").text


def test_each_rider_gets_an_own_token_and_none_is_cached(
    rider: Visitor, bobs_browser: Visitor, make_vehicle: VehicleFactory, rendered: list[str]
) -> None:
    vehicle = make_vehicle(owner=None)
    tokens = [
        set(TOKEN.findall(find_card(browser.get("/vehicles").text, vehicle)))
        for browser in (rider, bobs_browser, rider)
    ]
    assert [len(each) for each in tokens] == [1, 1, 1]
    assert tokens[0].isdisjoint(tokens[1])
    (cached,) = rendered
    assert set(TOKEN.findall(cached)) == {cards.TOKEN_MARK}
    assert rider.post(
        f"/rides/start/{vehicle.public_key}", data={"csrf_token": tokens[2].pop()}
    ).status_code == 303  # fmt: skip


def test_riders_and_visitors_get_different_buttons(
    visitor: Visitor, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    taken, other = make_vehicle(), make_vehicle()
    for _ in range(2):
        assert "/login?next=" in find_card(visitor.get("/vehicles").text, other)
        assert "/rides/start/" in find_card(rider.get("/vehicles").text, other)
    rider.send(f"/rides/start/{taken.public_key}")
    card = find_card(rider.get("/vehicles").text, other)
    assert "/login" not in card
    assert "/rides/start/" not in card
    assert "/login?next=" in find_card(visitor.get("/vehicles").text, other)


def test_only_the_rider_sees_that_a_vehicle_is_reserved_for_the_rider(
    rider: Visitor, visitor: Visitor, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=10, reserve_max_min=10)
    vehicle = make_vehicle()
    rider.send(f"/rides/reserve/{vehicle.public_key}")
    for _ in range(2):
        own = find_card(rider.get("/vehicles?show=all").text, vehicle)
        others = find_card(visitor.get("/vehicles?show=all").text, vehicle)
        assert "Reserved for you" in own
        assert "Reserved for you" not in others
        assert "Reserved" in others


def test_the_distance_of_a_card_is_that_of_the_search(
    visitor: Visitor, make_vehicle: VehicleFactory, rendered: list[str]
) -> None:
    vehicle = make_vehicle(at=(40.73, -73.99))
    cards_shown = [
        find_card(visitor.get(f"/vehicles{query}").text, vehicle)
        for query in ("?lat=40.73&lon=-73.99", "?lat=40.735&lon=-73.99", "?lat=40.735&lon=-73.99&near=map", "")
    ]  # fmt: skip
    assert ["0 m · 1 min walk" in card for card in cards_shown] == [True, False, False, False]
    assert ["data-distance>560 m" in card for card in cards_shown] == [False, True, True, False]
    assert ["min walk" in card for card in cards_shown] == [True, True, False, False]
    assert len(rendered) == 2, "one card with a distance, whatever it is, and one without"


def test_cards_of_two_cities_do_not_mix(rider: Visitor, make_vehicle: VehicleFactory) -> None:
    make_vehicle(brand="Here")
    make_vehicle("paris", brand="There")
    for _ in range(2):
        assert find_titles(rider.get("/city/new%20york").text) == ["Here scooter"]
        assert find_titles(rider.get("/city/paris").text) == ["There scooter"]


def test_a_card_follows_the_zones(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    vehicle = make_vehicle(at=(40.73, -73.99))
    note = "start a ride here right now."
    monkeypatch.setattr(CityZones, "has_start_rules", True)
    for may_start in (True, False, True):
        monkeypatch.setattr(cards, "may_start", lambda _, may=may_start: may)
        card = find_card(visitor.get("/vehicles").text, vehicle)
        assert (note in card, "data-no-start" in card) == (not may_start, not may_start)
        assert ("/login?next=" in card) == may_start


def test_a_description_can_not_ask_for_the_token(
    ada: User, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(owner=ada, brand='{{ csrf_token() }}"><b>')
    card = find_card(rider.get("/vehicles").text, vehicle)
    assert len(TOKEN.findall(card)) == card.count(TOKEN.findall(card)[0]) == 1
