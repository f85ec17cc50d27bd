"""An owner blocks the last rider of a vehicle: with a reason, without learning who it is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.api.client import ApiClient
from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.riders.services.account_deletion import delete_account
from webapp.rides.blocks import services
from webapp.rides.blocks.models import RiderBlock
from webapp.rides.models import Ride

REASON = "Left it in the rain."
SAYS_NO = "does not let you ride"


@pytest.fixture
def olga(make_user: UserFactory) -> User:
    return make_user("olga", roles=["owner"])


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    """A rider from another region than the vehicles."""
    return make_user("ada", city="paris")


@pytest.fixture
def bike(make_vehicle: VehicleFactory, olga: User) -> Vehicle:
    return make_vehicle(owner=olga)


@pytest.fixture
def ride(app: Flask, bike: Vehicle) -> Callable[..., None]:
    """Let somebody have ridden the bike: ``ride(ada)``."""

    def ride(rider: User, age: timedelta = timedelta(hours=1)) -> None:
        ended_at = datetime.now(UTC) - age
        row = {
            "region": bike.region,
            "id": uuid4(),
            "city": bike.city,
            "vehicle_id": bike.id,
            "rider_region": rider.region,
            "rider_id": rider.id,
            "started_at": ended_at - timedelta(minutes=5),
            "ended_at": ended_at,
        }
        with app.app_context():
            execute_write(insert(table(Ride)).values(row))

    return ride


@pytest.fixture
def owner(app: Flask, olga: User) -> Visitor:
    return new_browser(app).sign_in(olga)


@pytest.fixture
def block(owner: Visitor, bike: Vehicle) -> Callable[[], str]:
    """Block the last rider of the bike; return the page that follows."""

    def block() -> str:
        path = f"/vehicles/mine/{bike.key}/block"
        response = owner.send(path, reason=REASON, nonce="n")
        text: str = owner.get(response.location).text if response.location else response.text
        return text

    return block


def read_blocks(app: Flask) -> list[RowKey]:
    with app.app_context():
        return [block.key for block in db.session.scalars(select(RiderBlock))]


def test_a_blocked_rider_is_refused_and_reads_why(
    app: Flask,
    visitor: Visitor,
    ada: User,
    bike: Vehicle,
    make_vehicle: VehicleFactory,
    olga: User,
    ride: Callable[..., None],
    block: Callable[[], str],
) -> None:
    ride(ada)
    page = visitor.sign_in(ada).get(f"/vehicles/{bike.public_key}").text
    assert "/rides/start/" in page
    assert REASON in block()
    (mail,) = read_mails(app)
    assert (mail.to, REASON in mail.body) == ([ada.email], True)
    for vehicle in (bike, make_vehicle(owner=olga)):
        page = visitor.get(f"/vehicles/{vehicle.public_key}").text
        assert SAYS_NO in page
        assert "/rides/start/" not in page
        for act in ("start", "reserve"):
            refused = visitor.send(f"/rides/{act}/{vehicle.public_key}")
            assert (refused.status_code, refused.location) == (303, "/rides/blocks")
    own = visitor.get("/rides/blocks").text
    assert REASON in own
    assert SAYS_NO in own
    dispute = re.search(r'href="(/rides/[^"]+/dispute)"', own)
    assert dispute
    assert visitor.get(dispute[1]).status_code == 200
    program = ApiClient.of(app, ada)
    problem = program.post("/api/v1/rides", json={"vehicle_id": str(bike.public_key)})
    assert problem.status_code == 409
    assert problem.get_json()["type"].endswith("/blocked-by-owner")
    assert problem.get_json()["reason"] == REASON
    assert visitor.send(f"/rides/start/{make_vehicle().public_key}").status_code == 303
    (event,) = read_audit_events(app, AuditKind.RIDER_BLOCKED)
    assert (event.actor, event.subject) == (olga.key, f"account {ada.key}")


def test_who_has_reserved_before_may_ride_and_the_start_costs_no_more(
    visitor: Visitor,
    ada: User,
    bike: Vehicle,
    ride: Callable[..., None],
    block: Callable[[], str],
    round_trips: Callable[[], int],
) -> None:
    ride(ada)
    visitor.sign_in(ada)
    visitor.send(f"/rides/reserve/{bike.public_key}")
    block()
    round_trips()
    assert "/rides/us-east1." in visitor.send(f"/rides/start/{bike.public_key}").location
    assert round_trips() <= 3


def test_the_owner_learns_nothing_of_the_rider_and_ends_the_block(
    app: Flask,
    owner: Visitor,
    visitor: Visitor,
    ada: User,
    bike: Vehicle,
    ride: Callable[..., None],
    block: Callable[[], str],
) -> None:
    ride(ada)
    block()
    page = block()
    assert len(read_blocks(app)) == 1, "the last rider is blocked already"
    for word in (str(ada.id), "Ada", "ada@", "/dispute"):
        assert word not in page
    (block_key,) = read_blocks(app)
    stranger = visitor.sign_in(ada)
    stranger.send(f"/vehicles/mine/blocks/{block_key}/end")
    assert len(read_blocks(app)) == 1
    for _ in range(2):
        assert owner.send(f"/vehicles/mine/blocks/{block_key}/end").status_code == 303
    assert read_blocks(app) == []
    assert visitor.send(f"/rides/start/{bike.public_key}").location.startswith("/rides/us-east1.")


def test_only_a_recent_ride_by_somebody_else_and_few_riders_are_blocked(
    app: Flask,
    ada: User,
    olga: User,
    bike: Vehicle,
    ride: Callable[..., None],
    block: Callable[[], str],
    visitor: Visitor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ride(ada, age=timedelta(days=31))
    ride(olga)
    assert "Nobody but you has ridden" in block()
    ride(ada)
    monkeypatch.setattr(services, "MAX_BLOCKS", 0)
    assert "You have blocked" in block()
    path = f"/vehicles/mine/{bike.key}/block"
    assert visitor.sign_in(ada).send(path, reason=REASON).status_code == 404
    assert read_blocks(app) == []


def test_who_rode_before_a_rider_without_account_is_not_blocked(
    app: Flask, ada: User, ride: Callable[..., None], block: Callable[[], str]
) -> None:
    ride(ada, age=timedelta(hours=2))
    ride(User(region=None, id=None))
    assert "The last rider has no account any more." in block()
    assert read_blocks(app) == []


def test_who_rides_after_the_page_was_opened_is_not_blocked_unasked(
    app: Flask, ada: User, bike: Vehicle, owner: Visitor, ride: Callable[..., None]
) -> None:
    ride(ada, age=timedelta(hours=-1))  # the page was opened before it ended
    path = f"/vehicles/mine/{bike.key}/block"
    fields = {"reason": REASON, "nonce": "n"}
    opened_s = re.search(r'name="opened_s"[^>]* value="(\d+)"', owner.get(path).text)
    assert opened_s
    response = owner.send(path, **fields, opened_s=opened_s[1])
    assert "since you opened this page" in response.text
    assert read_blocks(app) == []
    for text in ("", "x", "9" * 500, "-" + "9" * 500):
        assert owner.send(path, **fields, opened_s=text).status_code == 303
    later = int(opened_s[1]) + 2 * 3600
    assert owner.send(path, **fields, opened_s=later).status_code == 303
    assert len(read_blocks(app)) == 1


def test_a_rider_who_is_blocked_again_and_again_gets_few_mails(
    app: Flask,
    ada: User,
    bike: Vehicle,
    owner: Visitor,
    ride: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_BLOCKS", (1, 3600))
    ride(ada)
    path = f"/vehicles/mine/{bike.key}/block"
    assert owner.send(path, reason=REASON, nonce="first").status_code == 303
    (key,) = read_blocks(app)
    owner.send(f"/vehicles/mine/blocks/{key}/end")
    assert owner.send(path, reason=REASON, nonce="second").status_code == 429
    assert len(read_mails(app)) == 1


def test_staff_of_the_riders_city_end_a_block_for_a_reason(
    app: Flask,
    ada: User,
    ride: Callable[..., None],
    block: Callable[[], str],
    make_user: UserFactory,
) -> None:
    ride(ada)
    block()
    (block_key,) = read_blocks(app)
    path = f"/fleet/blocks/{block_key}/end"
    staff = new_browser(app).sign_in(make_user(roles={"support": ["paris"]}))
    elsewhere = new_browser(app).sign_in(make_user(roles={"support": ["new york"]}))
    assert path in staff.get(f"/users/{ada.key}/account").text
    assert staff.send(path).status_code == 422
    assert elsewhere.send(path, why="Not hers").status_code == 404
    assert staff.send(path, why="It was not her").status_code == 303
    assert read_blocks(app) == []
    (event,) = read_audit_events(app, AuditKind.RIDER_UNBLOCKED)
    assert (event.city, event.details) == ("paris", {"why": "It was not her"})


def test_a_block_moves_with_the_rider_is_exported_and_ends_with_an_account(
    app: Flask,
    owner: Visitor,
    visitor: Visitor,
    ada: User,
    olga: User,
    bike: Vehicle,
    ride: Callable[..., None],
    block: Callable[[], str],
) -> None:
    ride(ada)
    block()
    visitor.sign_in(ada)
    profile = {"city": "new york", "first_name": "Ada", "last_name": "Byron"}
    visitor.send("/users/me/edit", **profile)
    (block_key,) = read_blocks(app)
    assert block_key.region == "us-east1"
    assert SAYS_NO in visitor.get(f"/vehicles/{bike.public_key}").text
    for browser in (visitor, owner):
        assert REASON in browser.send("/users/me/data/blocks.csv").text
    with app.app_context():
        user = db.session.get(User, tuple(olga.key))
        assert user
        delete_account(user)
    assert read_blocks(app) == []
