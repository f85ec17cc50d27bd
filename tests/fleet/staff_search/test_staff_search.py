"""One box finds vehicles, riders, rides and reports, for those who may see them."""

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.extensions import db
from webapp.fleet.feeds.models import ImportedFeed
from webapp.web.roles import Role

URL = "/fleet/search"


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))


def search(browser: Visitor, text: str, **args: str) -> str:
    response = browser.get(URL, query_string={"q": text, **args})
    assert response.status_code == 200, response.text
    main: str = response.text.partition("<main")[2]
    return main


@pytest.mark.parametrize(
    "text",
    ["KD4E7-MA2XH", "kd4e7ma2xh", "kd4", "KD4E7MA2HX", "KD4E7MA2X", "pegasus", "green pegasus",
     "baker", "feed-77"],
)  # fmt: skip
def test_a_vehicle_is_found_by_code_also_with_a_mistake_brand_colour_street_and_feed(
    app: Flask, manager: Visitor, make_vehicle: VehicleFactory, text: str
) -> None:
    vehicle = make_vehicle(
        code="KD4E7MA2XH", brand="Pegasus", color="green", address="7 Baker Street",
        feed_system="ny_bikes", feed_vehicle="feed-77",
    )  # fmt: skip
    make_vehicle(code="2222222222", brand="Okai", color="black", address="1 Main Street")
    make_vehicle("paris", code="KD4E7MA2XC", brand="Pegasus", color="green", feed_vehicle="feed-77")
    insert_feed_of_city(app, "new york", "ny_bikes")
    page = search(manager, text)
    assert f"/fleet/vehicles/{vehicle.key}" in page
    assert page.count("/fleet/vehicles/") == 1


def insert_feed_of_city(app: Flask, city: str, system: str) -> None:
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(ImportedFeed).values(city=city, system=system, source="file"))


def test_a_retired_vehicle_is_found_by_its_code_only(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(code="KD4E7MA2XH", brand="Pegasus", state="removed")
    assert f"/fleet/vehicles/{vehicle.key}" in search(manager, "KD4E7MA2XH")
    assert "/fleet/vehicles/" not in search(manager, "pegasus")


def test_a_misspelt_brand_is_corrected(manager: Visitor, make_vehicle: VehicleFactory) -> None:
    make_vehicle(brand="Pegasus", color="green")
    page = search(manager, "pegassus green")
    assert "Did you mean" in page
    assert "q=pegasus+green" in page


@pytest.mark.parametrize(
    "text", ["hopper", "HOPP", "gracehopper", "grace@navy", "hoper", "grase", "grace hopper"]
)
def test_a_rider_is_found_by_a_part_of_names_and_address_also_with_a_wrong_letter(
    manager: Visitor, make_user: UserFactory, text: str
) -> None:
    make_user("gracehopper", first_name="Grace", last_name="Hopper", email="grace@navy.example")
    make_user("linus", first_name="Linus", last_name="Pauling", email="linus@example.net")
    page = search(manager, text)
    assert "Grace Hopper" in page
    assert "Linus" not in page


@pytest.mark.parametrize("text", ["___", "%%%", "a", "ho"])
def test_signs_of_patterns_and_short_words_find_no_rider(
    manager: Visitor, make_user: UserFactory, text: str
) -> None:
    make_user("gracehopper", first_name="Grace", last_name="Hopper")
    assert "Hopper" not in search(manager, text)


def test_riders_are_of_the_cities_of_the_viewer(manager: Visitor, make_user: UserFactory) -> None:
    make_user("amelie", "paris", last_name="Hopper")
    assert "amelie" not in search(manager, "hopper")
    assert manager.get(f"{URL}?q=hopper&city=paris").status_code == 404


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.MECHANIC])
def test_only_who_may_see_riders_finds_some_and_each_search_is_recorded(
    app: Flask, make_user: UserFactory, role: Role
) -> None:
    make_user("gracehopper", last_name="Hopper")
    staff = make_user("sam", roles={role: ["new york"]})
    page = search(new_browser(app).sign_in(staff), "hopper")
    events = [e for e in read_audit_events(app) if e.kind == AuditKind.PERSONS_SEARCHED]
    assert ("gracehopper" in page) == (role == Role.SUPPORT)
    assert [event.actor for event in events] == [staff.key] * (role == Role.SUPPORT)
    assert "hopper" not in str([event.details for event in events])


def test_searches_for_riders_are_limited_and_vehicles_are_found_all_the_same(
    app: Flask, manager: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    make_user("gracehopper", last_name="Hopper")
    make_vehicle(brand="Hopper")
    monkeypatch.setitem(app.config, "LIMIT_PERSON_SEARCHES", (2, 3600))
    pages = [search(manager, "hopper") for _ in range(3)]
    assert ["/fleet/vehicles/" in page for page in pages] == [True] * 3
    assert ["gracehopper" in page for page in pages] == [True, True, False]
    assert ["persons are left out" in page for page in pages] == [False, False, True]


@pytest.mark.parametrize("text", [",", " , ,, "])
def test_a_text_without_a_word_finds_nothing_and_says_so(
    manager: Visitor, make_vehicle: VehicleFactory, text: str
) -> None:
    make_vehicle()
    response = manager.get(URL, query_string={"q": text})
    assert response.status_code == 422
    assert "Type a word." in response.text
    assert "/fleet/vehicles/" not in response.text


def test_more_of_one_kind_are_shown_on_a_page_of_their_own(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    for _ in range(12):
        make_vehicle(brand="Pegasus")
    page = search(manager, "pegasus")
    assert page.count("/fleet/vehicles/") == 10
    assert "kind=vehicles" in page
    assert search(manager, "pegasus", kind="vehicles").count("/fleet/vehicles/") == 12


def test_what_is_no_text_is_answered_with_the_empty_page(manager: Visitor) -> None:
    for text in ("", " ", "x" * 101, ",", "\\", "'\""):
        response = manager.get(URL, query_string={"q": text})
        assert response.status_code in (200, 422), text
