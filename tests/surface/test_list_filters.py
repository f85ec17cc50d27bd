"""A list whose address names a filter that does not exist says so, and shows what it usually does."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory
from tests.fleet.pages import find_titles
from tests.visitor import Visitor
from webapp.fleet.models import Vehicle


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    """An admin of all cities, who also works in the fleet."""
    return new_browser(app).sign_in(make_user("sue", roles=["fleet", "admin"]))


@pytest.mark.parametrize("value", ["nonsense", "OPEN", "0", "available,reserved", "'", "ü" * 300])
@pytest.mark.parametrize(
    "path",
    [
        "/fleet/vehicles?state={}",
        "/fleet/vehicles?type={}",
        "/fleet/reports?state={}",
        "/fleet/disputes?state={}",
        "/events?kind={}",
    ],
)
def test_a_choice_that_does_not_exist_is_an_error_beside_its_field(
    admin: Visitor, path: str, value: str
) -> None:
    response = admin.get(path.format(value))
    assert response.status_code == 422
    assert "Choose an option from the list." in response.text
    assert 'aria-invalid="true"' in response.text
    assert "Page not found" not in response.text


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("/fleet/vehicles?state=&type=&q=", "/fleet/vehicles"),
        ("/fleet/reports?state=", "/fleet/reports"),
        ("/fleet/disputes?state=", "/fleet/disputes"),
        ("/users?name=", "/users"),
        ("/vehicles?type=&show=available&range=&price=&within=&after=", "/vehicles"),
    ],
)
def test_an_empty_filter_is_no_filter(admin: Visitor, path: str, same: str) -> None:
    response = admin.get(path)
    assert response.status_code == 200
    assert "field-error" not in response.text
    heading = re.compile(r"<h1\b.*?</h1>", re.S)
    assert heading.findall(response.text) == heading.findall(admin.get(same).text)


def test_the_list_below_the_error_is_the_usual_one(
    admin: Visitor, make_vehicle: Callable[..., Vehicle]
) -> None:
    for state in ("available", "non_operational", "on_trip", *["available"] * 4):
        make_vehicle(state=state)
    response = admin.get("/fleet/vehicles?city=new+york&state=nonsense")
    usual = admin.get("/fleet/vehicles?city=new+york")
    rows = re.compile(r'<th scope="row">.*?</th>', re.S)
    assert rows.findall(response.text) == rows.findall(usual.text) != []
    assert "state=nonsense" not in response.text.replace("&amp;", "&")  # in the link to more


def test_a_name_that_nobody_can_have_is_an_error_beside_its_field(admin: Visitor) -> None:
    response = admin.get(f"/users?name={'a' * 300}")
    assert response.status_code == 422
    assert "Use at most 254 characters" in response.text
    assert "Search results" not in response.text


@pytest.mark.parametrize("query", ["type=nonsense", "show=nonsense", "range=far", "price=much"])
def test_visitors_read_what_is_wrong_and_see_vehicles_all_the_same(
    visitor: Visitor, make_vehicle: Callable[..., Vehicle], query: str
) -> None:
    make_vehicle()
    response = visitor.get(f"/vehicles?{query}")
    assert response.status_code == 422
    assert "field-error" in response.text
    assert len(find_titles(response.text)) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/fleet?city=atlantis",
        "/fleet/plans?type=nonsense",
        "/city/paris/zones?type=nonsense",
        "/vehicles?within=nonsense",
        "/vehicles?within=7",
        "/vehicles?after=nonsense",
        "/fleet/vehicles?city=atlantis",
        "/fleet/vehicles?after=nonsense",
        "/fleet/reports?after=nonsense",
        "/fleet/disputes?after=nonsense",
    ],
)
def test_an_address_that_no_page_links_to_leads_nowhere(admin: Visitor, path: str) -> None:
    response = admin.get(path)
    assert response.status_code == 404
    assert "Page not found" in response.text
