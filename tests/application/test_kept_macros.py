"""Macros that are kept follow from their arguments, and have nothing of a request or a person."""

import re
from pathlib import Path

from flask import Flask
from jinja2 import meta

import webapp
from tests.visitor import Visitor
from webapp.kept_macros import MAX_RESULTS, kept

TEMPLATES = Path(webapp.__file__).parent / "templates"
#: How templates and modules name the macros that they keep.
KEPT = re.compile(r'"([a-z_/]+\.html)", "([a-z_]+)"')
#: What a template knows of a request, or of who sends it.
FORBIDDEN = {
    "request", "session", "g", "current_user", "viewer", "csrf_token", "csp_nonce", "this_page",
    "get_flashed_messages", "visitors_city", "staff_menu",
}  # fmt: skip


def find_kept_macros() -> set[tuple[str, str]]:
    sources = [*TEMPLATES.rglob("*.html"), *Path(webapp.__file__).parent.rglob("*.py")]
    found = {match for path in sources for match in KEPT.findall(path.read_text())}
    return found | {("fleet/_cards.html", "vehicle_card"), ("fleet/_cards.html", "prices")}


def test_the_kept_macros_are_found() -> None:
    assert ("_partials/header_parts.html", "rider_links") in find_kept_macros()
    assert ("fleet/_search_parts.html", "plain_map") in find_kept_macros()


def test_templates_of_kept_macros_name_nothing_of_a_request_or_a_person(app: Flask) -> None:
    for template, macro in find_kept_macros():
        source = (TEMPLATES / template).read_text()
        names = meta.find_undeclared_variables(app.jinja_env.parse(source))
        assert names - set(app.jinja_env.globals) == set(), template
        assert names & FORBIDDEN == set(), template
        with app.app_context():
            assert callable(getattr(app.jinja_env.get_template(template).module, macro))


def test_what_is_kept_is_bounded(app: Flask) -> None:
    assert app.extensions["movr_kept_macros"].cache_info().maxsize == MAX_RESULTS


def test_a_macro_is_called_once_for_its_arguments(app: Flask) -> None:
    calls = ["fleet/_search_parts.html", "sheet_header"]
    with app.test_request_context():
        first = kept(*calls, "A <city>")
        assert "A &lt;city&gt;" in first
        assert kept(*calls, "A <city>") is first
        assert "Another" in kept(*calls, "Another")


def test_cities_keep_their_own_maps_and_currencies(visitor: Visitor) -> None:
    for _ in range(2):
        for city, currency in (("new york", "USD"), ("paris", "EUR"), ("boston", "USD")):
            page = visitor.get(f"/city/{city}").text
            assert f'id="sheet-title">{city.title()}<' in page
            assert f"for at most, {currency}" in page
            assert f'data-live-url="/city/{city.replace(" ", "%20")}/vehicles.json"' in page
