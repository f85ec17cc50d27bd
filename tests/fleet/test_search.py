"""The question in the address of the explorer: words, type, range, price, and near what."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.factories import VehicleFactory
from tests.visitor import Visitor
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.queries.search_terms import parse_search_text

Make = Callable[..., Vehicle]


@pytest.fixture
def titles(visitor: Visitor) -> Callable[[str], set[str]]:
    """Ask the explorer; return the names of what it lists."""

    def ask(question: str) -> set[str]:
        answer = visitor.get(f"/?{question}")
        assert answer.status_code == 200, answer.text
        return set(re.findall(r'class="card-title" href="[^"]+">([^<]+)<', answer.text))

    return ask


Titles = Callable[[str], set[str]]


def test_all_words_must_be_there_in_any_order_and_any_case(
    titles: Titles, make_vehicle: Make
) -> None:
    make_vehicle(brand="Riese Delite", color="red", address="12 Main Street, Brooklyn")
    make_vehicle(brand="Okai", color="red", address="Harbour")
    assert titles("q=RED") == {"Riese Delite scooter", "Okai scooter"}
    assert titles("q=red+riese") == {"Riese Delite scooter"}
    assert titles("q=brooklyn,+main") == {"Riese Delite scooter"}
    assert titles("q=red+blue") == set()
    assert titles("q=%20+") == {"Riese Delite scooter", "Okai scooter"}


def test_words_of_any_script_are_found(titles: Titles, make_vehicle: VehicleFactory) -> None:
    make_vehicle(brand="Œuvre", address="Кремль 1")
    make_vehicle(brand="Café")
    assert titles("q=Œuvre") == {"Œuvre scooter"}
    assert titles("q=1+Кремль") == {"Œuvre scooter"}
    assert titles("q=Cafe\u0301") == {"Café scooter"}  # typed as two characters
    assert titles("q=\U0001f6f4") == set()


def test_a_type_may_be_named_among_the_words(titles: Titles, make_vehicle: VehicleFactory) -> None:
    make_vehicle(brand="Okai", color="red")
    make_vehicle(brand="Riese", color="red", form_factor="bicycle", propulsion_type="human")
    make_vehicle(
        brand="Volt", color="blue", form_factor="bicycle", propulsion_type="electric_assist"
    )
    assert titles("q=red+scooter") == {"Okai scooter"}
    assert titles("q=Bikes") == {"Riese bike", "Volt e-bike"}
    assert titles("q=e-bike") == {"Volt e-bike"}
    assert titles("q=bike&type=scooter_standing") == set()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("typed", ["E 14th", "carmine", "bik", "s"])
def test_a_word_that_only_looks_like_a_type_is_a_word(app: Flask, typed: str) -> None:
    with app.test_request_context():
        assert parse_search_text(typed) == (typed, None)


def test_a_code_leads_to_its_vehicle(visitor: Visitor) -> None:
    for typed in ("KD4M7HA2XE", "kd4m7-ha2xe", "kd4m7%20ha2xe"):
        assert visitor.get(f"/?q={typed}").location == "/v/KD4M7HA2XE"


def test_a_vehicle_goes_as_far_as_asked_or_has_no_battery(
    titles: Titles, make_vehicle: Make
) -> None:
    make_vehicle(brand="Far", range_m=30_000)
    make_vehicle(brand="Near", range_m=29_999)
    make_vehicle(brand="Silent")
    make_vehicle(brand="Legs", form_factor="bicycle", propulsion_type="human")
    assert titles("range=30") == {"Far scooter", "Legs bike"}
    assert len(titles("range=0")) == len(titles("range=")) == 4


@pytest.fixture
def plan(app: Flask) -> Callable[..., None]:
    """Publish a plan for New York: ``plan("bicycle", unlock_fee=100)``."""

    def publish(form_factor: str, propulsion_type: str = "", **columns: Any) -> None:
        row = {"form_factor": form_factor, "propulsion_type": propulsion_type, **columns}
        row |= {"city": "new york", "version": 1, "name": "Basic", "currency": "USD"}
        with app.app_context(), db.engines["write"].begin() as connection:
            connection.execute(insert(PricingPlan).values(row))

    return publish


def test_fifteen_minutes_cost_at_most_what_was_asked_with_tax(
    titles: Titles, make_vehicle: VehicleFactory, plan: Callable[..., None]
) -> None:
    minutes = [{"start": 0, "rate": 20, "interval": 1}]
    plan("", unlock_fee=100, segments=minutes)  # 4.00 for 15 minutes
    plan("bicycle", unlock_fee=100, segments=minutes, tax_ppm=100_000, tax_included=False)  # 4.40
    plan("bicycle", "human", unlock_fee=50)  # 0.50
    make_vehicle(brand="General")
    make_vehicle(brand="Taxed", form_factor="bicycle", propulsion_type="electric_assist")
    make_vehicle(brand="Cheap", form_factor="bicycle", propulsion_type="human")
    assert titles("price=4.40") == {"General scooter", "Taxed e-bike", "Cheap bike"}
    assert titles("price=4.39") == {"General scooter", "Cheap bike"}
    assert titles("price=3,99") == {"Cheap bike"}
    assert titles("price=3.99&type=scooter_standing") == set()
    assert titles("price=0") == set()
    assert titles("price=0.5&lat=40.73&lon=-73.99") == {"Cheap bike"}


@pytest.mark.parametrize(
    ("question", "field", "words"),
    [
        ("range=far", "range", "That is not a whole number."),
        ("range=-1", "range", "A distance from 0 to 1000 km."),
        ("range=" + "9" * 400, "range", "A distance from 0 to 1000 km."),
        ("price=cheap", "price", "That is no amount"),
        ("price=0.001", "price", "The smallest amount is"),
        ("price=1,000", "price", "Write it like 1000.00."),
        ("price=-1", "price", "That is too little"),
        ("q=" + "x" * 61, "q", "60 characters at most"),
        ("q=a%0Ab", "q", "cannot be shown"),
        ("type=dragon", "type", "Choose one from the list."),
        ("show=everything", "show", "Choose one from the list."),
    ],
)
def test_what_was_typed_wrongly_is_told_beside_the_field_and_the_list_is_there(
    visitor: Visitor, make_vehicle: VehicleFactory, question: str, field: str, words: str
) -> None:
    make_vehicle(brand="Here")
    answer = visitor.get(f"/?{question}")
    assert answer.status_code == 422
    assert words in answer.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert "Here scooter" in answer.text


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("q=golden", "Nothing fits your search"),
        ("range=900", "Nothing fits your search"),
        ("price=0.01", "Nothing free right now"),
        ("q=golden&lat=40.7&lon=-74", "Nothing within 2 km"),
    ],
)
def test_when_nothing_is_found_the_page_says_so(
    visitor: Visitor, make_vehicle: VehicleFactory, question: str, words: str
) -> None:
    if "price" not in question:
        make_vehicle(range_m=1000)
    else:
        words = "Nothing fits your search"
    assert words in visitor.get(f"/?{question}").text


def test_the_whole_question_goes_along_from_page_to_page(
    visitor: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    for number in range(12):
        make_vehicle(brand=f"No{number}", color="red", range_m=9_000)
        make_vehicle(brand="Blue", color="blue", range_m=9_000)
    question = "q=red+scooter&type=scooter_standing&show=all&range=5"
    for start in (f"/?{question}", f"/?{question}&lat=40.7306&lon=-73.9866"):
        seen: list[str] = []
        page = visitor.get(start).text
        while True:
            seen += re.findall(r'class="card-title" href="[^"]+">([^<]+)<', page)
            if 'rel="next"' not in page:
                break
            address = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
            round_trips()
            page = visitor.get(address).text
            assert round_trips() == 1
        assert sorted(seen) == sorted(f"No{number} scooter" for number in range(12))


def test_what_was_asked_stands_in_the_form_again(visitor: Visitor) -> None:
    page = visitor.get("/?q=red+%3Cb%3E&range=12&price=2.50&type=car").text
    assert 'value="red &lt;b&gt;"' in page
    assert 'value="12"' in page
    assert 'value="2.50"' in page
    assert '<option selected value="car">' in page
