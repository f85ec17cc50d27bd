"""Places that a rider saves."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.steps import read_rows
from tests.factories import VehicleFactory
from tests.fleet.favourites.conftest import PLACE
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.favourites.models import SavedPlace
from webapp.fleet.favourites.services.places import MAX_SAVED_PLACES, TooManyPlaces, add_place
from webapp.regions.geography import Point


@pytest.mark.slow
def test_a_saved_place_sorts_the_list_by_distance(
    ada_browser: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    make_vehicle(brand="Near", at=(40.7301, -73.99))
    make_vehicle(brand="Far", at=(40.74, -73.99))
    assert ada_browser.send("/saved", **PLACE).status_code == 303
    ada_browser.get("/?type=scooter_standing")
    round_trips()
    page = ada_browser.get("/?type=scooter_standing").text
    assert round_trips() == 2
    link = re.search(r'href="(/\?[^"]*lat=[^"]*)"[^>]*><span class="visually-hidden">Near ', page)
    assert link
    near = ada_browser.get(link[1].replace("&amp;", "&")).text
    assert "type=scooter_standing" in link[1]
    names = re.findall(r'class="card-title" href="[^"]+">([^<]+)<', near)
    assert names == ["Near scooter", "Far scooter"]
    assert re.search(r'aria-current="true"><span class="visually-hidden">Near </span>Home<', near)


def test_a_place_can_be_removed_by_its_rider_only(
    ada_browser: Visitor, rider: Visitor, app: Flask
) -> None:
    ada_browser.send("/saved", **PLACE)
    [place] = read_rows(app, SavedPlace)
    rider.send(f"/saved/places/{place.id}/remove")
    assert len(read_rows(app, SavedPlace)) == 1
    assert "Home" not in rider.get("/").text.split("sheet-title")[1].split("</form>")[0]
    for _ in range(2):
        assert ada_browser.send(f"/saved/places/{place.id}/remove").status_code == 303
    assert read_rows(app, SavedPlace) == []


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"label": " "}, "label", "Fill this in."),
        ({"label": "x" * 41}, "label", "Use at most 40 characters."),
        ({"label": "a\nb"}, "label", "This text contains a character that can"),
        ({"lat": "", "lon": ""}, "lat", "Tap the map where it is"),
        ({"lat": "91"}, "lat", "Enter a latitude between -90 and 90."),
        ({"lon": "nan"}, "lon", "Enter a longitude between -180 and 180."),
        ({"lon": ""}, "lat", "Enter the longitude, too."),
    ],
)
def test_an_invalid_place_is_refused_beside_the_field(
    ada_browser: Visitor,
    app: Flask,
    wrong: dict[str, str],
    field: str,
    words: str,
) -> None:
    response = ada_browser.send("/saved", **{**PLACE, **wrong})
    assert response.status_code == 422
    assert words in response.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert read_rows(app, SavedPlace) == []


def test_simultaneous_requests_cannot_save_too_many_places(
    app: Flask, ada: User, ada_browser: Visitor
) -> None:
    def add() -> RowKey:
        return add_place(ada.key, "Gym", Point(40.7, -74.0))

    with app.app_context():
        for _ in range(MAX_SAVED_PLACES - 2):
            add()
    added = run_together(app, add, add, add, add)
    assert sum(isinstance(key, RowKey) for key in added) == 2
    assert sum(isinstance(refused, TooManyPlaces) for refused in added) == 2
    assert len(read_rows(app, SavedPlace)) == MAX_SAVED_PLACES
    page = ada_browser.get("/saved").text
    assert "You can save 12 places." in page
    assert 'name="label"' not in page
    assert ada_browser.send("/saved", **PLACE).status_code == 409
