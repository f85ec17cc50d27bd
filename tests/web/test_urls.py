"""Addresses with query strings."""

import pytest
from flask import Flask

from webapp.web.urls import url_with_query


@pytest.mark.parametrize(
    "name", ["endpoint", "values", "_scheme", "_external", "_method", "_anchor"]
)
def test_any_argument_of_a_request_can_stand_in_a_query_string(app: Flask, name: str) -> None:
    with app.test_request_context():
        assert url_with_query("fleet.board.index", {name: "x&y"}) == f"/fleet?{name}=x%26y"


def test_an_address_is_that_of_its_route_and_leaves_out_what_is_none(app: Flask) -> None:
    with app.test_request_context():
        url = url_with_query("fleet.search.city", {"q": "a b,c", "after": None}, city_name="paris")
        assert url == "/city/paris?q=a+b,c"
        assert url_with_query("fleet.board.index", {}) == "/fleet"
