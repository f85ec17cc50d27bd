"""Filters of the vehicle list: words, type, range, price and position."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories import PlanFactory, VehicleFactory
from tests.fleet.pages import find_next_page, find_titles
from tests.visitor import Visitor
from webapp.fleet.models import Vehicle
from webapp.fleet.queries import filters
from webapp.fleet.queries.search_terms import parse_search_text

Make = Callable[..., Vehicle]


Search = Callable[[str], set[str]]


@pytest.fixture
def search(rider: Visitor) -> Search:
    """Search with a query string, as a rider; return the names of the vehicles on the first page."""

    def search(query: str) -> set[str]:
        response = rider.get(f"/?{query}")
        assert response.status_code == 200, response.text
        return set(find_titles(response.text))

    return search


def test_all_words_must_match_in_any_order_and_case(
    search: Search, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(brand="Riese Delite", color="red", address="12 Main Street, Brooklyn")
    make_vehicle(brand="Okai", color="red", address="Harbour")
    assert search("q=RED") == {"Riese Delite scooter", "Okai scooter"}
    assert search("q=red+riese") == {"Riese Delite scooter"}
    assert search("q=brooklyn,+main") == {"Riese Delite scooter"}
    assert search("q=red+blue") == set()
    assert search("q=%20+") == {"Riese Delite scooter", "Okai scooter"}


@pytest.mark.slow
def test_words_of_any_script_are_found(search: Search, make_vehicle: VehicleFactory) -> None:
    make_vehicle(brand="Œuvre", address="Кремль 1")
    make_vehicle(brand="Café")
    assert search("q=Œuvre") == {"Œuvre scooter"}
    assert search("q=1+Кремль") == {"Œuvre scooter"}
    assert search("q=Cafe\u0301") == {"Café scooter"}  # typed as two characters
    assert search("q=\U0001f6f4") == set()


@pytest.mark.parametrize(
    "address",
    [
        "8 Avenue des Champs-Élysées",
        "8 AVENUE DES CHAMPS-ÉLYSÉES",
        "8 avenue des Champs-E\u0301lyse\u0301es",
    ],
)
def test_streets_are_found_without_regard_to_accents_and_dashes(
    search: Search, visitor: Visitor, make_vehicle: VehicleFactory, address: str
) -> None:
    make_vehicle(brand="Gitane", address=address)
    for typed in ("champs elysees", "Champs-Élysées", "CHAMPS-ELYSEES", "gitane élysées 8"):
        assert search(f"q={typed}") == {"Gitane scooter"}, typed
    assert len(find_titles(visitor.get("/?q=champs elysees").text)) == 1
    assert not find_titles(visitor.get("/?q=gitane elysees").text)
    assert search("q=champ") == set()


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Zürich", "zurich"),
        ("Łódź", "lodz"),
        ("Großer Øresund", "GROSSER oresund"),
        ("Cœur d'Alene", "coeur alene"),
        ("ESPAÑA", "españa"),
        ("Île d’Yeu", "ile yeu"),
    ],
)
def test_brands_are_found_without_regard_to_accents(
    search: Search, make_vehicle: VehicleFactory, stored: str, typed: str
) -> None:
    make_vehicle(brand=stored)
    assert len(search(f"q={typed}")) == 1


def test_a_word_of_the_search_can_be_a_vehicle_type(
    search: Search, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(brand="Okai", color="red")
    make_vehicle(brand="Riese", color="red", form_factor="bicycle", propulsion_type="human")
    make_vehicle(
        brand="Volt", color="blue", form_factor="bicycle", propulsion_type="electric_assist"
    )
    assert search("q=red+scooter") == {"Okai scooter"}
    assert search("q=Bikes") == {"Riese bike", "Volt e-bike"}
    assert search("q=e-bike") == {"Volt e-bike"}
    assert search("q=bike&type=scooter_standing") == set()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("typed", ["E 14th", "carmine", "bik", "s"])
def test_a_word_that_resembles_a_type_is_an_ordinary_word(app: Flask, typed: str) -> None:
    with app.test_request_context():
        assert parse_search_text(typed) == (typed, None)


def test_a_code_leads_to_its_vehicle(visitor: Visitor) -> None:
    for typed in ("KD4M7HA2XE", "kd4m7-ha2xe", "kd4m7%20ha2xe"):
        assert visitor.get(f"/?q={typed}").location == "/v/KD4M7HA2XE"


def test_the_range_filter_finds_vehicles_with_enough_range_or_no_battery(
    search: Search, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(brand="Far", range_m=30_000)
    make_vehicle(brand="Near", range_m=29_999)
    make_vehicle(brand="Silent")
    make_vehicle(brand="Legs", form_factor="bicycle", propulsion_type="human")
    assert search("range=30") == {"Far scooter", "Legs bike"}
    assert len(search("range=0")) == len(search("range=")) == 4


@pytest.mark.slow
def test_the_price_filter_compares_the_price_of_fifteen_minutes_with_tax(
    search: Search, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    minutes = [{"start": 0, "rate": 20, "interval": 1}]
    make_plan(form_factor="", unlock_fee=100, segments=minutes)  # 4.00 for 15 minutes
    make_plan(
        form_factor="bicycle", unlock_fee=100, segments=minutes, tax_ppm=100_000, tax_included=False
    )  # 4.40
    make_plan(form_factor="bicycle", propulsion_type="human", unlock_fee=50)  # 0.50
    make_vehicle(brand="General")
    make_vehicle(brand="Taxed", form_factor="bicycle", propulsion_type="electric_assist")
    make_vehicle(brand="Cheap", form_factor="bicycle", propulsion_type="human")
    assert search("price=4.40") == {"General scooter", "Taxed e-bike", "Cheap bike"}
    assert search("price=4.39") == {"General scooter", "Cheap bike"}
    assert search("price=3,99") == {"Cheap bike"}
    assert search("price=3.99&type=scooter_standing") == set()
    assert search("price=0") == set()
    assert search("price=0.5&lat=40.73&lon=-73.99") == {"Cheap bike"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("range=far", "range", "Enter a whole number."),
        ("range=-1", "range", "Enter a distance from 0 to 1000 km."),
        ("range=" + "9" * 400, "range", "Enter a distance from 0 to 1000 km."),
        ("price=cheap", "price", "Enter an amount like"),
        ("price=0.001", "price", "The smallest unit is"),
        ("price=1,000", "price", "no thousands separators."),
        ("price=-1", "price", "Enter at least"),
        ("q=" + "x" * 61, "q", "Use at most 60 characters."),
        ("q=a%0Ab", "q", "This text contains a character that can"),
        ("type=dragon", "type", "Choose an option from the list."),
        ("show=everything", "show", "Choose an option from the list."),
    ],
)
def test_an_invalid_filter_is_refused_beside_the_field_and_the_list_is_shown(
    rider: Visitor, make_vehicle: VehicleFactory, query: str, field: str, words: str
) -> None:
    make_vehicle(brand="Here")
    response = rider.get(f"/?{query}")
    assert response.status_code == 422
    assert words in response.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert "Here scooter" in response.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=golden", "No matches"),
        ("range=900", "No matches"),
        ("price=0.01", "No matches"),
        ("q=golden&lat=40.7&lon=-74", "Nothing within 2 km"),
    ],
)
def test_a_search_without_results_says_so(
    visitor: Visitor, make_vehicle: VehicleFactory, query: str, words: str
) -> None:
    if "price" not in query:  # without a plan, riding is free
        make_vehicle(range_m=1000)
    assert words in visitor.get(f"/?{query}").text


def test_a_search_near_many_vehicles_that_do_not_match_says_so_at_once(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "SCAN_LIMIT", 4)
    for _ in range(12):
        make_vehicle(range_m=1000, at=(40.73, -73.99))
    page = visitor.get("/?range=900&lat=40.73&lon=-73.99").text
    assert "Nothing within 2 km" in page
    assert 'rel="next"' not in page


def test_a_search_near_many_vehicles_finds_the_few_with_the_published_range(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "SCAN_LIMIT", 4)
    for range_m in [1_000] * 12 + [9_999, 10_000]:
        make_vehicle(range_m=range_m, at=(40.73, -73.99))
    for km, expected in ((5, 1), (10, 1), (11, 0)):
        page = visitor.get(f"/?range={km}&lat=40.73&lon=-73.99").text
        assert len(find_titles(page)) == expected


@pytest.mark.slow
def test_the_next_page_keeps_all_filters(
    rider: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    for number in range(12):
        make_vehicle(brand=f"No{number}", color="red", range_m=9_000)
        make_vehicle(brand="Blue", color="blue", range_m=9_000)
    query = "q=red+scooter&type=scooter_standing&show=all&range=5"
    for start in (f"/?{query}", f"/?{query}&lat=40.7306&lon=-73.9866"):
        titles: list[str] = []
        page = rider.get(start).text
        while True:
            titles += find_titles(page)
            if 'rel="next"' not in page:
                break
            address = find_next_page(page)
            round_trips()
            page = rider.get(address).text
            assert round_trips() <= 2  # with the account
        assert sorted(titles) == sorted(f"No{number} scooter" for number in range(12))


def test_the_form_keeps_the_filters(visitor: Visitor) -> None:
    page = visitor.get("/?q=red+%3Cb%3E&range=12&price=2.50&type=car").text
    assert 'value="red &lt;b&gt;"' in page
    assert 'value="12"' in page
    assert 'value="2.50"' in page
    assert '<option selected value="car">' in page


#: What steps tell apart: of a scooter 10, 4 and 1 km are published, of a car 100, 40 and 1.
STEPS_KM = {
    "scooter_standing": {999: 0, 1_000: 1, 3_999: 1, 4_000: 4, 9_999: 4, 10_000: 10, 39_000: 10},
    "car": {39_999: 1, 40_000: 40, 55_000: 40, 99_999: 40, 100_000: 100, 390_000: 100},
}


@pytest.mark.parametrize("form_factor", STEPS_KM)
@pytest.mark.parametrize("near", ["", "&lat=40.7306&lon=-73.9866"])
def test_visitors_search_by_the_published_range_and_nothing_finer(
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
    form_factor: str,
    near: str,
) -> None:
    monkeypatch.setitem(app.config, "PAGE_SIZE", 20)
    steps_km = STEPS_KM[form_factor]
    make_vehicle(form_factor=form_factor)  # without a range
    for range_m in steps_km:
        make_vehicle(form_factor=form_factor, propulsion_type="electric", range_m=range_m)
    box = "/city/new york/vehicles.json?bbox=40.7,-74,40.75,-73.95"
    for km in (1, 2, 4, 5, 9, 10, 11, 20, 30, 40, 41, 50, 60, 90, 100, 110, 200):
        expected = sum(step >= km for step in steps_km.values())
        page = visitor.get(f"/?range={km}{near}").text
        assert len(find_titles(page)) == expected, km
        assert visitor.get(f"{box}&range={km}").get_json()["number"] == expected, km


def test_a_search_by_visitors_compares_with_the_full_range_that_is_set(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_vehicle(range_m=19_000)
    assert len(find_titles(visitor.get("/?range=11").text)) == 0
    monkeypatch.setitem(app.config, "GBFS_MAX_RANGE_M", {"": 60_000})
    assert [len(find_titles(visitor.get(f"/?range={km}").text)) for km in (15, 16)] == [1, 0]


def test_visitors_search_by_nothing_by_which_a_vehicle_could_be_recognised(
    visitor: Visitor, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    """Brand, colour and an exact range outlast a ride; where it stands does not."""
    make_vehicle(brand="Okai", color="purple", address="12 Main Street, Brooklyn", range_m=12_000)

    def count(browser: Visitor, query: str) -> int:
        return len(find_titles(browser.get(f"/?{query}").text))

    assert [count(visitor, query) for query in ("q=okai", "q=purple", "q=brooklyn+purple")] == [
        0
    ] * 3
    assert [count(visitor, query) for query in ("q=brooklyn", "q=MAIN+street+scooter")] == [1, 1]
    for path in ("/", "/?q=brooklyn"):
        assert 'placeholder="Street or code"' in visitor.get(path).text
        assert 'placeholder="Brand or street"' in rider.get(path).text
    assert [count(visitor, f"range={km}") for km in (1, 10, 11, 12)] == [1, 1, 0, 0]
    assert [count(rider, query) for query in ("q=okai+purple", "range=12", "range=13")] == [1, 1, 0]
    map_url = "/city/new york/vehicles.json?bbox=40.7,-74,40.75,-73.95"
    for query, by_visitor, by_rider in (("q=purple", 0, 1), ("range=12", 0, 1), ("q=main", 1, 1)):
        for browser, expected in ((visitor, by_visitor), (rider, by_rider), (visitor, by_visitor)):
            response = browser.get(f"{map_url}&{query}")
            assert response.get_json()["number"] == expected
            assert response.headers["Cache-Control"] == "no-store"
