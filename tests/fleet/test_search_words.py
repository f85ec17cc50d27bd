"""Colours and types are found in the languages of riders, and shown in the reader's."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from tests.factories import UserFactory, VehicleFactory
from tests.fleet.pages import find_titles
from tests.visitor import Visitor
from webapp.fleet.queries.filters import ALL_TYPES
from webapp.fleet.search_words import (
    COLOR_LABELS,
    COLOR_WORDS,
    color_label,
    find_color,
    find_types,
    list_color_words,
)
from webapp.translations import force_locale
from webapp.translations.collation import fold

RED_BIKES = (
    "red bike", "rotes Rad", "ROTE Fahrräder", "roter", "fahrrader rot", "vélo rouge", "VELOS rouges",
    "bici roja", "bicicletta rossa", "biciclette rosse", "rode fiets", "red bici",
)  # fmt: skip


@pytest.fixture(autouse=True)
def fleet(make_vehicle: VehicleFactory) -> None:
    bike: dict[str, Any] = {"form_factor": "bicycle", "propulsion_type": "human"}
    make_vehicle(brand="Riese", color="Red", address="1 Main Street", **bike)
    make_vehicle(brand="Gazelle", color="rot", address="2 Main Street", **bike)
    make_vehicle(brand="Batavus", color="blue", address="3 Main Street", **bike)


@pytest.mark.parametrize("typed", RED_BIKES)
def test_a_red_bike_is_found_in_each_language(rider: Visitor, typed: str) -> None:
    titles = find_titles(rider.get(f"/?q={quote(typed)}").text)
    assert {title.partition(" ")[0] for title in titles} == {"Riese", "Gazelle"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=rotes+Rad+gazelle", {"Gazelle"}),
        ("q=rotes+1+main", {"Riese"}),
        ("q=blaues&type=bicycle", {"Batavus"}),
        ("q=rotes&type=scooter_standing", set()),
        ("q=rotes+blaues", set()),
        ("q=rotes+Rad&range=5", {"Riese", "Gazelle"}),  # a bike without a motor needs no range
        ("q=rotes+Rad&lat=40.7128&lon=-74.006&within=50000", {"Riese", "Gazelle"}),
        ("q=bleu&lat=40.7128&lon=-74.006&within=50000", {"Batavus"}),
    ],
)
def test_words_of_colours_go_with_other_filters(
    rider: Visitor, query: str, found: set[str]
) -> None:
    titles = find_titles(rider.get(f"/?{query}").text)
    assert {title.partition(" ")[0] for title in titles} == found


def test_without_an_account_colours_find_nothing(visitor: Visitor) -> None:
    """By its colour a vehicle could be recognised after a ride."""
    assert not find_titles(visitor.get("/?q=rotes+Rad").text)
    assert not find_titles(visitor.get("/?q=red").text)


def test_staff_find_colours_in_each_language(app: Flask, make_user: UserFactory) -> None:
    staff: Visitor = app.test_client()  # type: ignore[assignment]
    staff.sign_in(make_user(roles=["fleet"]))
    for page in (
        "/fleet/vehicles?city=new+york&q=rotes",
        "/fleet/search?q=rouge",
        "/fleet/search?q=roja+riese",
        "/fleet/vehicles?city=new+york&q=fahrrad+rouge",
        "/fleet/search?q=velo+rosso",
    ):
        assert "Riese" in staff.get(page).text, page
        assert "Batavus" not in staff.get(page).text, page


def test_a_colour_is_shown_in_the_language_of_the_reader(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.test_request_context(), force_locale("en"):
        shown = [color_label(stored) for stored in ("Red", "rot", "WEISS", "Marrón", "teal", "")]
    assert shown == ["red", "red", "white", "brown", "teal", ""]


def test_each_word_means_one_colour() -> None:
    words = [word for color in COLOR_WORDS for word in set(map(fold, list_color_words(color)))]
    assert len(words) == len(set(words))
    assert set(COLOR_LABELS) == set(COLOR_WORDS)
    assert all(find_color(word.upper()) for word in words)
    assert not find_color("main")
    assert all(re.fullmatch(r"[a-z]+", word) for word in words)


def test_words_of_types_mean_types_that_there_are() -> None:
    assert {f for f, _ in find_types("Lastenräder", ALL_TYPES)} == {"cargo_bicycle"}
    assert find_types("E-Bikes", ALL_TYPES) == {
        ("bicycle", "electric_assist"),
        ("bicycle", "electric"),
    }
    assert not find_types("Radio", ALL_TYPES)
