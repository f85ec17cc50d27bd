"""A vehicle cannot be tracked: each ride changes its public id."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.fleet.models import Vehicle
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.web import access

#: The other public pages are linked from these.
START_PATHS = [
    "/", "/city/new york?show=all", "/city/new york?lat=40.73&lon=-73.99", "/v",
    "/city/new york/vehicles.json?bbox=40.7,-74,40.75,-73.95",
    "/gbfs/v3/new york/vehicle_status.json", "/gbfs/v2/new york/free_bike_status.json",
]  # fmt: skip
LINKS = re.compile(r'(?:href|src|action|data-\w+)="(/[^"]*)"')
#: The viewer's own account, on their own pages.
OWN_ACCOUNT = re.compile(r'data-account="[^"]*"')
UUIDS = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def crawl(browser: Visitor) -> dict[str, str]:
    """Read all public pages that are linked from the start; return them by their address."""
    texts: dict[str, str] = {}
    waiting = list(START_PATHS)
    while waiting:
        path = waiting.pop()
        if path in texts or not is_public(browser, path):
            continue
        response = browser.get(path)
        assert response.status_code < 500, path
        texts[path] = f"{OWN_ACCOUNT.sub('', response.text)} {response.headers}"
        targets = [*LINKS.findall(response.text), response.headers.get("Location", "")]
        waiting += [urljoin("/", link.replace("&amp;", "&")) for link in targets if link]
    return texts


def is_public(browser: Visitor, path: str) -> bool:
    """Return whether the page is public; static files and forms of accounts are left out."""
    app = browser.application
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(path).path, "GET")
    except HTTPException:
        return False
    with app.app_context():
        is_open = access.required_access(str(endpoint)) == access.PUBLIC
    return is_open and not str(endpoint).endswith("static") and not str(endpoint).startswith("auth")


@pytest.fixture(params=["visitor", "rider"])
def person(request: pytest.FixtureRequest) -> Visitor:
    found: Visitor = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def fleet(make_vehicle: VehicleFactory, make_user: UserFactory) -> list[Vehicle]:
    """Seven vehicles, more than a page shows; the first has an owner."""
    owner = make_user("owner", roles=["owner"])
    return [make_vehicle(owner=owner), *(make_vehicle() for _ in range(6))]


@pytest.mark.slow
def test_no_public_page_shows_the_same_id_before_and_after_a_ride(
    person: Visitor,
    visitor: Visitor,
    app: Flask,
    make_user: UserFactory,
    fleet: list[Vehicle],
    row: RowReader,
) -> None:
    before = crawl(person)
    other = new_browser(app).sign_in(make_user())
    for vehicle in fleet[:2]:
        ride = other.send(f"/rides/start/{vehicle.public_key}").location
        response = other.send(
            ride.replace("/rides/", "/rides/end/"), address="Here", lat="40.7306", lon="-73.9866"
        )
        assert response.status_code == 303
    after = crawl(person)

    changed = [row(Vehicle, vehicle.key) for vehicle in fleet]
    for pages, ids in ((before, fleet), (after, changed)):
        text = " ".join([*pages, *pages.values()])
        found = set(UUIDS.findall(text))
        assert {str(vehicle.public_id) for vehicle in ids} <= found, "the crawl misses a vehicle"
        for vehicle in fleet:
            assert str(vehicle.id) not in text
            assert vehicle.id.hex not in text
            for code in (vehicle.code, format_code(vehicle.code)):
                assert code.lower() not in text.lower()
    for vehicle, new in zip(fleet[:2], changed[:2], strict=True):
        assert str(vehicle.public_id) not in " ".join([*after, *after.values()])
        assert str(new.public_id) not in " ".join([*before, *before.values()])
    shared = {uuid for page in before.values() for uuid in UUIDS.findall(page)} & {
        uuid for page in after.values() for uuid in UUIDS.findall(page)
    }
    assert shared <= {str(vehicle.public_id) for vehicle in fleet[2:]}


@pytest.mark.slow
def test_an_old_public_id_is_not_found_and_the_page_explains_why(
    visitor: Visitor, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    ride = rider.send(f"/rides/start/{vehicle.public_key}").location
    rider.send(
        ride.replace("/rides/", "/rides/end/"), address="Here", lat="40.7306", lon="-73.9866"
    )
    response = visitor.get(f"/vehicles/{vehicle.public_key}")
    assert response.status_code == 404
    assert "It may have been ridden since." in response.text
    assert 'href="/"' in response.text
    assert rider.send(f"/rides/start/{vehicle.public_key}").status_code == 404


def test_only_the_owner_sees_the_permanent_id(
    app: Flask, fleet: list[Vehicle], rider: Visitor, visitor: Visitor, row: RowReader
) -> None:
    owner = row(User, (fleet[0].owner_region, fleet[0].owner_id))
    path = f"/vehicles/{fleet[0].public_key}"
    permanent_id = str(fleet[0].id)
    assert permanent_id in new_browser(app).sign_in(owner).get(path).text
    for person in (rider, visitor):
        assert permanent_id not in person.get(path).text
    for path in (f"/vehicles/{fleet[0].key}", f"/rides/start/{fleet[0].key}"):
        assert (rider.send(path) if "start" in path else rider.get(path)).status_code == 404


@pytest.mark.parametrize("query", ["", "?lat=40.7359&lon=-73.9911&within=50000"])
def test_lists_are_ordered_by_nothing_that_outlasts_a_ride(
    visitor: Visitor, fleet: list[Vehicle], query: str
) -> None:
    """By its place in a lasting order a vehicle could be recognised after a ride."""
    public_ids = [str(vehicle.public_id) for vehicle in fleet]
    page = visitor.get(f"/{query}").text
    shown_ids = list(dict.fromkeys(uuid for uuid in UUIDS.findall(page) if uuid in public_ids))
    assert len(shown_ids) > 2
    assert shown_ids == sorted(shown_ids)
    [cursor] = set(re.findall(r"after=([^\"&]+)", page))
    assert set(UUIDS.findall(cursor)) <= set(public_ids)
    for wrong in (f"2026-01-01T00:00:00+00:00~{fleet[0].id}", "x" * 5000, "\u20ac"):
        assert visitor.get("/", query_string={"after": wrong}).status_code == 404
