"""Admins of all cities open cities and change them."""

import pytest
from flask import Flask

from tests.factories import UserFactory, find_city
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.ops.cities.services import CityData, CityExists, open_city
from webapp.regions.catalogue import catalogue
from webapp.regions.labels import city_label

LYON = {
    "label": "Lyon",
    "timezone": "Europe/Paris",
    "currency": "eur",
    "region": "us-east1",
    "lat": "45.76",
    "lon": "4.84",
}


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(make_user("boss", roles=["admin"]))


def test_an_admin_opens_a_city_and_people_can_choose_it(app: Flask, admin: Visitor) -> None:
    response = admin.send("/admin/cities/new", **LYON)
    assert response.status_code == 303
    assert "Lyon is open." in admin.get("/admin/cities").text
    assert admin.get("/city/lyon").status_code == 200
    with app.app_context():
        lyon = find_city("lyon")
        assert (lyon.region, lyon.currency, lyon.timezone) == ("us-east1", "EUR", "Europe/Paris")


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("label", "", "Fill this in."),
        ("label", "New York", "There is a city with this name already."),
        ("label", "a/b", "Use a name without a slash."),
        ("label", "x" * 65, "Use at most 64 characters."),
        ("label", "\u0130" * 64, "Use at most 64 characters."),
        ("label", "New", "MovR uses this name for a page. Use another one."),
        ("timezone", "Mars/Base", "There is no time zone with this name. Try Europe/Paris."),
        ("currency", "EURO", "There is no such currency. Enter three letters, like EUR."),
        ("region", "moon-1", "Choose an option from the list."),
        ("lat", "", "Tap the map at the centre of the city, or enter the coordinates."),
        ("lat", "91", "Enter a latitude between -90 and 90."),
    ],
)
def test_what_is_wrong_with_a_new_city_stands_beside_the_field(
    app: Flask, admin: Visitor, field: str, value: str, error: str
) -> None:
    fields = {**LYON, field: value}
    if field == "lat" and not value:
        fields["lon"] = ""
    response = admin.send("/admin/cities/new", **fields)
    assert response.status_code in (409, 422)
    assert error in response.text
    assert 'value="Europe/Paris"' in response.text or field == "timezone"
    with app.app_context():
        assert catalogue().find("lyon") is None


def test_an_admin_changes_a_city(app: Flask, admin: Visitor) -> None:
    admin.send("/admin/cities/new", **LYON)
    form = admin.get("/admin/cities/lyon").text
    assert 'value="Lyon"' in form
    assert 'name="currency"' not in form
    fields = {"label": "Lyon (Rhône)", "timezone": "Europe/Paris", "lat": "45.77", "lon": "4.8"}
    assert admin.send("/admin/cities/lyon", **fields).status_code == 303
    with app.app_context():
        lyon = find_city("lyon")
        assert (lyon.name, city_label(lyon), lyon.lat) == ("lyon", "Lyon (Rhône)", 45.77)
        assert lyon.currency == "EUR"


def test_an_admin_names_a_city_in_each_language(
    app: Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de", "it"))
    admin.send("/admin/cities/new", **LYON, label_it=" Lione ")
    page = "/admin/cities/lyon"
    form = admin.get(page).text
    assert 'name="label_it"' in form
    assert 'value="Lione"' in form
    fields = {name: LYON[name] for name in ("label", "timezone", "lat", "lon")}
    refused = admin.send(page, **fields, label_de="x" * 65)
    assert refused.status_code == 422
    assert "Use at most 64 characters." in refused.text
    # A form of the release before has no names by language.
    assert admin.send(page, **fields).status_code == 303
    assert admin.send(page, **fields, label_de="Leon").status_code == 303
    with app.app_context():
        assert find_city("lyon").labels == {"de": "Leon", "it": "Lione"}
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de"))
    assert admin.send(page, **fields, label_de="").status_code == 303
    with app.app_context():
        assert find_city("lyon").labels == {"it": "Lione"}
    events = admin.get("/events?city=lyon").text
    assert "Italian: Lione" in events
    assert "German: Leon, Italian: Lione" in events


def test_admins_of_some_cities_do_not_open_others(app: Flask, make_user: UserFactory) -> None:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    client.sign_in(make_user("pia", roles={"admin": ["paris"]}))
    for path in ("/admin/cities", "/admin/cities/new", "/admin/cities/paris"):
        assert client.get(path).status_code == 404
    assert client.send("/admin/cities/new", **LYON).status_code == 404


def test_of_two_who_open_a_city_at_once_one_is_told(app: Flask) -> None:
    data = CityData("Lyon", "Europe/Paris", 45.76, 4.84)
    results = run_together(
        app, *[lambda each=each: open_city("us-east1", each, data) for each in ("EUR", "CHF")]
    )
    assert sorted(str(type(each).__name__) for each in results) == ["CityExists", "str"]
    assert any(isinstance(each, CityExists) for each in results)


def test_a_city_that_is_opened_twice_by_the_same_form_is_opened_once(app: Flask) -> None:
    data = CityData("Lyon", "Europe/Paris", 45.76, 4.84)
    results = run_together(app, *[lambda: open_city("us-east1", "EUR", data)] * 2)
    assert results == ["lyon", "lyon"]
