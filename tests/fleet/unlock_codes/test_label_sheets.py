"""Labels with QR codes, and the sheets on which they are printed."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from flask import Flask

from tests.explain import explain_plan
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.large_fleet import insert_large_fleet
from tests.fleet.pages import find_next_page
from tests.visitor import Visitor
from webapp.db.paging import read_time_cursor
from webapp.fleet.unlock_codes.label_sheets import (
    LABELS_PER_SHEET,
    format_code,
    list_city_sheet,
    list_owner_sheet,
    make_qr_code,
    render_label,
)
from webapp.fleet.unlock_codes.signatures import sign_code

VEHICLE_URL = "https://movr.example/v/KD4M7HA2XE-KD4M7HA2"
SVG = "{http://www.w3.org/2000/svg}"


def find_dark_modules(path: str) -> set[tuple[float, float]]:
    """Return the dark modules that a path of horizontal lines draws."""
    x = y = 0.0
    modules = set()
    for letter, numbers in re.findall(r"([Mmhv])([-\d. ]+)", path):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if letter == "M":
            x, y = values
        elif letter == "m":
            x, y = x + values[0], y + values[1]
        else:
            modules |= {(x + n, y) for n in range(int(values[0]))}
            x += values[0]
    return modules


@pytest.fixture
def drawing(app: Flask) -> ElementTree.Element:
    with app.test_request_context():
        return ElementTree.fromstring(render_label(VEHICLE_URL, "KD4M7HA2XE"))


def test_the_label_draws_the_qr_code_of_its_address(drawing: ElementTree.Element) -> None:
    code = make_qr_code(VEHICLE_URL)
    assert code.error == "M"
    expected = {
        (x, y + 0.5)
        for y, line in enumerate(code.matrix_iter(border=4))
        for x, is_dark in enumerate(line)
        if is_dark
    }
    lines = drawing.findall(f"{SVG}svg/{SVG}path")[-1].attrib
    assert lines["stroke"] == "#000"
    assert find_dark_modules(lines["d"]) == expected


def test_a_label_has_a_title_and_the_code_in_letters(drawing: ElementTree.Element) -> None:
    title = drawing.findtext(f"{SVG}title")
    assert title
    assert "KD4M7-HA2XE" in title
    words = [text.text for text in drawing.findall(f"{SVG}text")]
    assert words == ["MovR", "KD4M7", "HA2XE", "Scan to ride"]


def test_a_label_is_black_on_white_in_any_colour_scheme_and_small_enough_to_scan(
    drawing: ElementTree.Element,
) -> None:
    assert drawing.attrib["role"] == "img"
    background = drawing.find(f"{SVG}rect")
    assert background is not None
    assert background.attrib["fill"] == "#fff"
    assert {text.attrib["fill"] for text in drawing.findall(f"{SVG}text")} == {"#000"}
    version = make_qr_code(VEHICLE_URL).version
    assert isinstance(version, int)
    assert version <= 4, "squares of a millimetre can be scanned from an arm's length"


def test_a_code_is_shown_in_two_groups() -> None:
    assert format_code("KD4M7HA2XE") == "KD4M7-HA2XE"


def test_an_owner_gets_the_label_as_a_file(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada = make_user("ada")
    vehicle = make_vehicle(owner=ada)
    response = visitor.sign_in(ada).get(f"/vehicles/mine/{vehicle.key}/label.svg")
    assert response.mimetype == "image/svg+xml"
    with visitor.application.test_request_context():
        url = f"http://127.0.0.1:8000/v/{vehicle.region}.{sign_code(vehicle.code)}"
        assert response.text == render_label(url, vehicle.code)


# --- sheets --------------------------------------------------------------------------------


def find_codes(page: str) -> list[str]:
    return re.findall(r"Label of vehicle (\w{5}-\w{5})", page)


@pytest.mark.slow
def test_each_vehicle_of_an_owner_is_on_one_sheet_the_newest_first(
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    round_trips: Callable[[], int],
) -> None:
    ada = make_user("ada")
    own_vehicles = [
        make_vehicle(city, owner=ada) for city in ["new york", "paris"] * 11 + ["boston"]
    ]
    make_vehicle(owner=ada, state="removed")
    make_vehicle(owner=make_user())
    visitor.sign_in(ada).get("/vehicles/mine/labels")
    round_trips()
    first = visitor.get("/vehicles/mine/labels").text
    assert round_trips() == 2
    rest = visitor.get(find_next_page(first)).text
    assert len(find_codes(first)) == LABELS_PER_SHEET == 21
    assert find_codes(first) + find_codes(rest) == [
        format_code(v.code) for v in reversed(own_vehicles)
    ]


def test_staff_print_the_labels_of_their_cities(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    states = ["available", "on_trip", "reserved", "non_operational"]
    codes = [make_vehicle("paris", state=state).code for state in states]
    for state in ("removed", "missing"):
        make_vehicle("paris", state=state)
    make_vehicle("new york")
    visitor.sign_in(make_user(roles={"fleet": ["paris"]}))
    page = visitor.get("/fleet/labels?city=paris").text
    assert find_codes(page) == [format_code(code) for code in reversed(codes)]
    assert visitor.get("/fleet/labels?city=new+york").status_code == 404
    assert visitor.get("/fleet/labels?city=paris&after=x").status_code == 404


def test_an_owner_without_vehicles_sees_a_message(rider: Visitor) -> None:
    assert "No vehicles to label" in rider.get("/vehicles/mine/labels").text


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_label_sheets_of_a_large_city_use_their_indexes(app: Flask, make_user: UserFactory) -> None:
    owner = make_user()
    with app.app_context():
        insert_large_fleet(
            {"region": owner.region, "owner": owner.id},
            state="CASE n % 4 WHEN 0 THEN 'on_trip' WHEN 1 THEN 'removed' ELSE 'available' END",
            created_at="now() - n * interval '1 minute'",
            owner_region="CASE n % 100 WHEN 2 THEN :region END",
            owner_id="CASE n % 100 WHEN 2 THEN CAST(:owner AS uuid) END",
        )
        city = find_city()
        after = read_time_cursor(list_city_sheet(city, None).after)
        city_plan = explain_plan(lambda: list_city_sheet(city, after))
        assert city_plan.indexes == {"ix_vehicles_newest"}
        assert city_plan.most_rows <= 4 * (LABELS_PER_SHEET + 1)
        owner_plan = explain_plan(lambda: list_owner_sheet(owner.key, None))
        assert owner_plan.indexes == {"ix_vehicles_owner"}
        assert owner_plan.most_rows <= 20_000 / 100
