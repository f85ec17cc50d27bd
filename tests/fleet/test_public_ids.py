"""Nobody can follow a vehicle: what the public sees of it names it otherwise after each ride."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.fleet.models import Vehicle
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.web import access

#: Where strangers begin; the rest of the public pages is linked from there.
STARTS = [
    "/", "/city/new york?show=all", "/city/new york?lat=40.73&lon=-73.99", "/v",
    "/city/new york/vehicles.json?bbox=40.7,-74,40.75,-73.95",
]  # fmt: skip
LINKS = re.compile(r'(?:href|src|action|data-\w+)="(/[^"]*)"')
UUIDS = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def crawl(person: Visitor) -> dict[str, str]:
    """Read all public pages that lead from one to the other; return them by their address."""
    seen: dict[str, str] = {}
    waiting = list(STARTS)
    while waiting:
        path = waiting.pop()
        if path in seen or not is_public(person, path):
            continue
        answer = person.get(path)
        assert answer.status_code < 500, path
        seen[path] = f"{answer.text} {answer.headers}"
        found = [*LINKS.findall(answer.text), answer.headers.get("Location", "")]
        waiting += [urljoin("/", link.replace("&amp;", "&")) for link in found if link]
    return seen


def is_public(person: Visitor, path: str) -> bool:
    """Tell whether anyone may open the page, and it is none that only shows files or a form."""
    app = person.application
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(path).path, "GET")
    except HTTPException:
        return False
    with app.app_context():
        is_open = access.rule(str(endpoint)) == access.PUBLIC
    return is_open and not str(endpoint).endswith("static") and not str(endpoint).startswith("auth")


@pytest.fixture(params=["visitor", "rider"])
def person(request: pytest.FixtureRequest) -> Visitor:
    found: Visitor = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def fleet(make_vehicle: VehicleFactory, make_user: UserFactory) -> list[Vehicle]:
    """More than a page shows; one of them is somebody's own."""
    owner = make_user("owner", roles=["owner"])
    return [make_vehicle(owner=owner), *(make_vehicle() for _ in range(6))]


def test_no_page_names_a_vehicle_the_same_before_and_after_a_ride(
    person: Visitor,
    visitor: Visitor,
    app: Any,
    make_user: UserFactory,
    fleet: list[Vehicle],
    row: RowReader,
) -> None:
    before = crawl(person)
    other = app.test_client().sign_in(make_user())
    for vehicle in fleet[:2]:
        ride = other.send(f"/rides/start/{vehicle.public_key}").location
        answer = other.send(
            ride.replace("/rides/", "/rides/end/"), address="Here", lat="40.7306", lon="-73.9866"
        )
        assert answer.status_code == 303
    after = crawl(person)

    now = [row(Vehicle, vehicle.key) for vehicle in fleet]
    for pages, ids in ((before, fleet), (after, now)):
        text = " ".join([*pages, *pages.values()])
        named = set(UUIDS.findall(text))
        assert {str(vehicle.public_id) for vehicle in ids} <= named, "the crawl saw all of them"
        for vehicle in fleet:
            assert str(vehicle.id) not in text
            assert vehicle.id.hex not in text
            for code in (vehicle.code, format_code(vehicle.code)):
                assert code.lower() not in text.lower()
    for vehicle, new in zip(fleet[:2], now[:2], strict=True):
        assert str(vehicle.public_id) not in " ".join([*after, *after.values()])
        assert str(new.public_id) not in " ".join([*before, *before.values()])
    shared = {uuid for page in before.values() for uuid in UUIDS.findall(page)} & {
        uuid for page in after.values() for uuid in UUIDS.findall(page)
    }
    assert shared <= {str(vehicle.public_id) for vehicle in fleet[2:]}


def test_an_old_name_leads_nowhere_and_says_where_to_look(
    visitor: Visitor, rider: Visitor, make_vehicle: Callable[..., Vehicle]
) -> None:
    vehicle = make_vehicle()
    ride = rider.send(f"/rides/start/{vehicle.public_key}").location
    rider.send(
        ride.replace("/rides/", "/rides/end/"), address="Here", lat="40.7306", lon="-73.9866"
    )
    answer = visitor.get(f"/vehicles/{vehicle.public_key}")
    assert answer.status_code == 404
    assert "It may have been ridden since." in answer.text
    assert 'href="/"' in answer.text
    assert rider.send(f"/rides/start/{vehicle.public_key}").status_code == 404


def test_only_the_owner_finds_the_way_to_the_stable_address(
    app: Any, fleet: list[Vehicle], rider: Visitor, visitor: Visitor, row: Callable[..., Any]
) -> None:
    owner = row(User, (fleet[0].owner_region, fleet[0].owner_id))
    path = f"/vehicles/{fleet[0].public_key}"
    stable = str(fleet[0].id)
    assert stable in app.test_client().sign_in(owner).get(path).text
    for person in (rider, visitor):
        assert stable not in person.get(path).text
    for path in (f"/vehicles/{fleet[0].key}", f"/rides/start/{fleet[0].key}"):
        assert (rider.send(path) if "start" in path else rider.get(path)).status_code == 404


def test_the_next_page_begins_at_a_seal(visitor: Visitor, fleet: list[Vehicle]) -> None:
    """A cursor tells when a vehicle came and its own id: strangers get neither."""
    page = visitor.get("/").text
    after = page.split("after=")[1].split('"')[0].split("&")[0]
    year = str(fleet[0].created_at.year)
    assert not UUIDS.findall(after)
    assert not after.startswith(year)
    forged = f"2026-01-01T00:00:00+00:00~{fleet[0].id}"
    for cursor in (forged, after[:-4], "x" * 5000, "\u20ac"):
        assert visitor.get("/", query_string={"after": cursor}).status_code == 404
