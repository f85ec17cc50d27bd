"""Lists that may be a few seconds old are read from the nearest copy, where there are copies.

No CockroachDB is asked here: what is looked at is which engine would be.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, session
from sqlalchemy import event, insert
from sqlalchemy.engine import make_url

from tests.databases import make_app
from webapp.auth.models import User
from webapp.auth.services import sessions
from webapp.auth.services.users import find_user, find_user_by_key
from webapp.db import connections, reads
from webapp.db.keys import RowKey
from webapp.db.reads import STALE, ReadOnlySession, stale_reads
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_nearest, list_newest, list_owner_vehicles
from webapp.fleet.queries.vehicles import find_public_vehicle
from webapp.regions.geography import Point
from webapp.regions.models import City
from webapp.rides.history import list_rides
from webapp.rides.queries import find_ride
from webapp.rides.refusals import _find_nearest

KEY = RowKey("europe-west1", UUID(int=1))
HERE = City(name="new york", region="us-east1", lat=40.73, lon=-73.99)
FAR = City(name="paris", region="europe-west1", lat=48.86, lon=2.35)
COCKROACH = make_url("cockroachdb://root@127.0.0.1:1/movr?options=-c%20a%3Db")


class Asked(Exception):
    """Ends a question where it would connect: the engine, and the parameters."""


def refusal(name: str | None) -> Callable[..., None]:
    def connect(dialect: Any, record: Any, arguments: Any, parameters: dict[str, Any]) -> None:
        raise Asked(name, parameters)

    return connect


@pytest.fixture
def cockroach() -> Iterator[Flask]:
    """An application on a CockroachDB that is not there, as it is outside of tests."""
    app = make_app(COCKROACH, FOLLOWER_READS=True, TESTING=False, REGION="us-east1")
    with app.app_context():
        for name, engine in db.engines.items():
            event.listen(engine, "do_connect", refusal(name))
        yield app


def asked(question: Callable[[], Any]) -> str | None:
    with pytest.raises(Asked) as caught:
        question()
    name: str | None = caught.value.args[0]
    return name


def options(name: str | None) -> str:
    with pytest.raises(Asked) as caught:
        db.engines[name].connect()
    return str(caught.value.args[1]["options"])


def test_a_far_citys_vehicles_and_a_history_may_be_stale(cockroach):
    wanted = VehicleFilter(FAR)
    assert asked(lambda: list_newest(wanted, None)) == STALE
    assert asked(lambda: list_newest(wanted, None, with_owner=True)) == STALE
    assert asked(lambda: list_nearest(wanted, Point(48.86, 2.35), 2_000, None)) == STALE
    assert asked(lambda: list_rides(KEY, None)) == STALE


def test_only_a_travellers_page_may_ask_an_old_copy_who_is_there(cockroach):
    at_home = RowKey("us-east1", KEY.id)
    assert asked(lambda: sessions.find_user(KEY, may_be_stale=True)) == STALE
    assert asked(lambda: sessions.find_user(KEY)) is None
    assert asked(lambda: sessions.find_user(at_home, may_be_stale=True)) is None


def test_what_is_near_or_decided_on_is_read_fresh(cockroach, monkeypatch):
    monkeypatch.setattr(
        "webapp.rides.refusals.catalogue", lambda: type("", (), {"find": lambda *_: FAR})
    )
    taken = Vehicle(city="paris", lat=48.86, lon=2.35)
    for question in (
        lambda: list_newest(VehicleFilter(HERE), None),
        lambda: list_nearest(VehicleFilter(HERE), Point(40.73, -73.99), 2_000, None),
        lambda: list_owner_vehicles(KEY, None),
        lambda: _find_nearest(taken),
        lambda: find_public_vehicle(KEY),
        lambda: find_ride(KEY, KEY),
        lambda: find_user_by_key(KEY),
        lambda: find_user("ada"),
    ):
        assert asked(question) is None


@pytest.mark.parametrize(("ago_s", "engine"), [(0.0, None), (5.0, None), (60.0, STALE)])
def test_whoever_has_just_changed_something_reads_fresh(cockroach, ago_s, engine):
    with cockroach.test_request_context("/rides", headers={"Cookie": "movr=x"}):
        session["changed_at"] = time.time() - ago_s
        assert asked(lambda: list_rides(KEY, None)) == engine


def test_every_change_is_remembered_and_no_visit_is(cockroach):
    client = cockroach.test_client()
    for method, remembered in (("get", False), ("post", True)):
        getattr(client, method)("/static/nothing.css")
        with client.session_transaction() as visit:
            assert ("changed_at" in visit) is remembered
            assert not remembered or time.time() - visit["changed_at"] < 5


def test_an_answer_for_all_does_not_depend_on_the_cookie(cockroach, monkeypatch):
    monkeypatch.setattr(reads, "visit", None)  # to look at it would say "Vary: Cookie"
    with cockroach.test_request_context("/"):
        assert stale_reads() == {"bind": db.engines[STALE]}


def test_the_stale_engine_reads_old_copies_only_and_keeps_all_guards(cockroach):
    written = options(STALE)
    assert "-c default_transaction_use_follower_reads=on" in written
    assert "-c default_transaction_read_only=on" in written
    assert "-c statement_timeout=" in written
    assert written.startswith("-c a=b "), "what the URL says stays"
    for name in (None, "write"):
        assert "follower" not in options(name)
    engine, reading = db.engines[STALE], db.engine
    assert engine.dialect._on_connect_isolation_level == "AUTOCOMMIT"  # type: ignore[attr-defined]
    assert event.contains(engine, "checkout", connections.replace_closed_connection)
    assert engine.pool.size() == reading.pool.size()  # type: ignore[attr-defined]
    with pytest.raises(ReadOnlySession):
        db.session.execute(insert(User), bind_arguments=stale_reads())


def test_on_postgresql_there_is_no_third_pool(app, rider, server):
    if server.get_backend_name() != "postgresql":
        pytest.skip("says what PostgreSQL has not")
    with app.app_context():
        assert set(db.engines) == {None, "write"}
        assert stale_reads() == {}
        assert VehicleFilter(FAR).bind_arguments() == {}
    rider.send("/logout")
    with rider.session_transaction() as visit:
        assert "changed_at" not in visit


def test_a_test_never_waits_for_its_own_writes_to_grow_old():
    with make_app(COCKROACH).app_context():
        assert STALE not in db.engines
