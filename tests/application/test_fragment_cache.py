"""Fragments follow from their arguments, and have nothing of a request or a person."""

import pytest
from flask import Flask
from jinja2 import DictLoader, UndefinedError

from tests.visitor import Visitor
from webapp.fleet.vehicle_columns import VehicleRow
from webapp.fragment_cache import FORBIDDEN, cached_fragment
from webapp.translations import force_locale


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_a_fragment_can_not_use_what_belongs_to_a_request_or_a_person(
    app: Flask, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert name in app.jinja_env.globals
    templates = {
        "inner.html": "{% macro inner() %}{{ " + name + ".x }}{% endmacro %}",
        "outer.html": '{% from "inner.html" import inner %}{% macro outer() %}{{ inner() }}{% endmacro %}',
    }
    with app.test_request_context():
        environment = app.extensions["movr_fragment_environment"]()
        monkeypatch.setattr(environment, "loader", DictLoader(templates))
        with pytest.raises(UndefinedError, match=f"'{name}' is undefined"):
            cached_fragment("outer.html", "outer")


@pytest.mark.parametrize("expression", ["viewer", "row.mileage", "row.owner_id"])
def test_a_fragment_can_not_ask_for_what_it_has_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch, expression: str
) -> None:
    row = VehicleRow(*[None] * len(VehicleRow._fields))  # type: ignore[arg-type]
    macro = "{% macro part(row) %}{% if " + expression + " %}yes{% endif %}{% endmacro %}"
    with app.test_request_context():
        environment = app.extensions["movr_fragment_environment"]()
        monkeypatch.setattr(environment, "loader", DictLoader({"part.html": macro}))
        with pytest.raises(UndefinedError):
            cached_fragment("part.html", "part", row)


def test_a_macro_is_called_once_for_its_arguments(app: Flask) -> None:
    calls = ["fleet/_search_parts.html", "sheet_header"]
    with app.test_request_context():
        first = cached_fragment(*calls, "A <city>")
        assert "A &lt;city&gt;" in first
        assert cached_fragment(*calls, "A <city>") is first
        assert "Another" in cached_fragment(*calls, "Another")


def test_a_fragment_is_in_the_language_of_the_moment(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.test_request_context():
        english = cached_fragment("fleet/_search_parts.html", "sign_in_link")
        with force_locale("de"):
            assert cached_fragment("fleet/_search_parts.html", "sign_in_link") is not english
        assert cached_fragment("fleet/_search_parts.html", "sign_in_link") is english


def test_cities_keep_their_own_maps_and_currencies(visitor: Visitor) -> None:
    for _ in range(2):
        for city, currency in (("new york", "USD"), ("paris", "EUR"), ("boston", "USD")):
            page = visitor.get(f"/city/{city}").text
            assert f'id="sheet-title">{city.title()}<' in page
            assert f"for at most, {currency}" in page
            assert f'data-live-url="/city/{city.replace(" ", "%20")}/vehicles.json"' in page
