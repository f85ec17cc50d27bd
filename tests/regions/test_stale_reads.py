"""Lists that may be a few seconds old are read from the nearest replica, where there are replicas.

There is no CockroachDB here: the tests check which engine would connect to it.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, session
from sqlalchemy import event, insert
from sqlalchemy.engine import URL, make_url

from tests.databases import make_app
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.services import sessions
from webapp.auth.services.users import find_user
from webapp.db import connections, reads
from webapp.db.keys import RowKey
from webapp.db.reads import STALE, ReadOnlySession, stale_reads
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_owner_vehicles, list_staff_vehicles, list_vehicles
from webapp.fleet.queries.nearest import list_nearest
from webapp.fleet.queries.vehicles import find_public_vehicle
from webapp.regions.geography import Point
from webapp.regions.models import City
from webapp.rides.history import list_rides
from webapp.rides.queries import find_ride
from webapp.rides.refusal_reasons import _find_nearest

KEY = RowKey("europe-west1", UUID(int=1))
HERE = City(name="new york", region="us-east1", lat=40.73, lon=-73.99)
FAR = City(name="paris", region="europe-west1", lat=48.86, lon=2.35)
COCKROACH = make_url("cockroachdb://root@127.0.0.1:1/movr?options=-c%20a%3Db")


class ConnectionAttempted(Exception):
    """Raised instead of connecting, with the name of the engine and the parameters."""


def refuse_connection(name: str | None) -> Callable[..., None]:
    def refuse(dialect: Any, record: Any, arguments: Any, parameters: dict[str, Any]) -> None:
        raise ConnectionAttempted(name, parameters)

    return refuse


@pytest.fixture
def cockroach() -> Iterator[Flask]:
    """An application configured for a CockroachDB as in production; no engine can connect."""
    app = make_app(COCKROACH, FOLLOWER_READS=True, TESTING=False, REGION="us-east1")
    with app.app_context():
        for name, engine in db.engines.items():
            event.listen(engine, "do_connect", refuse_connection(name))
        yield app


def read_engine_name(query: Callable[[], Any]) -> str | None:
    with pytest.raises(ConnectionAttempted) as caught:
        query()
    name: str | None = caught.value.args[0]
    return name


def read_options(name: str | None) -> str:
    with pytest.raises(ConnectionAttempted) as caught:
        db.engines[name].connect()
    return str(caught.value.args[1]["options"])


def test_the_vehicles_of_a_distant_city_and_a_history_may_be_stale(cockroach: Flask) -> None:
    vehicle_filter = VehicleFilter(FAR)
    assert read_engine_name(lambda: list_vehicles(vehicle_filter, None)) == STALE
    assert (
        read_engine_name(lambda: list_staff_vehicles(vehicle_filter, None, with_owner=True))
        == STALE
    )
    assert (
        read_engine_name(lambda: list_nearest(vehicle_filter, Point(48.86, 2.35), 2_000, None))
        == STALE
    )
    assert read_engine_name(lambda: list_rides(KEY, None)) == STALE


def test_only_an_account_of_another_region_may_be_stale(cockroach: Flask) -> None:
    local_key = RowKey("us-east1", KEY.id)
    assert read_engine_name(lambda: sessions.find_user(KEY, may_be_stale=True)) == STALE
    assert read_engine_name(lambda: sessions.find_user(KEY)) is None
    assert read_engine_name(lambda: sessions.find_user(local_key, may_be_stale=True)) is None


def test_reads_of_the_own_region_and_reads_that_decide_are_not_stale(
    cockroach: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "webapp.rides.refusal_reasons.catalogue", lambda: type("", (), {"find": lambda *_: FAR})
    )
    vehicle = Vehicle(city="paris", lat=48.86, lon=2.35)
    for query in (
        lambda: list_vehicles(VehicleFilter(HERE), None),
        lambda: list_nearest(VehicleFilter(HERE), Point(40.73, -73.99), 2_000, None),
        lambda: list_owner_vehicles(KEY, None),
        lambda: _find_nearest(vehicle),
        lambda: find_public_vehicle(KEY),
        lambda: find_ride(KEY, KEY),
        lambda: find_user("ada"),
    ):
        assert read_engine_name(query) is None


@pytest.mark.parametrize(("ago_s", "engine"), [(0.0, None), (5.0, None), (60.0, STALE)])
def test_a_user_who_has_just_changed_something_reads_no_stale_rows(
    cockroach: Flask, ago_s: float, engine: str | None
) -> None:
    with cockroach.test_request_context("/rides", headers={"Cookie": "movr=x"}):
        session["changed_at"] = time.time() - ago_s
        assert read_engine_name(lambda: list_rides(KEY, None)) == engine


def test_the_time_of_a_change_is_kept_and_of_a_visit_is_not(cockroach: Flask) -> None:
    client = cockroach.test_client()
    for method, is_kept in (("get", False), ("post", True)):
        getattr(client, method)("/static/nothing.css")
        with client.session_transaction() as visit:
            assert ("changed_at" in visit) is is_kept
            assert not is_kept or time.time() - visit["changed_at"] < 60


def test_a_response_for_all_does_not_depend_on_the_cookie(
    cockroach: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "flask_session", None)  # reading it would add "Vary: Cookie"
    with cockroach.test_request_context("/"):
        assert stale_reads() == {"bind": db.engines[STALE]}


def test_the_stale_engine_only_reads_and_keeps_all_time_outs(cockroach: Flask) -> None:
    options = read_options(STALE)
    assert "-c default_transaction_use_follower_reads=on" in options
    assert "-c default_transaction_read_only=on" in options
    assert "-c statement_timeout=" in options
    assert options.startswith("-c a=b "), "the options of the URL stay"
    for name in (None, "write"):
        assert "follower" not in read_options(name)
    engine, reading = db.engines[STALE], db.engine
    assert engine.dialect._on_connect_isolation_level == "AUTOCOMMIT"
    assert event.contains(engine, "checkout", connections.replace_closed_connection)
    assert engine.pool.size() == reading.pool.size()  # type: ignore[attr-defined]
    with pytest.raises(ReadOnlySession):
        db.session.execute(insert(User), bind_arguments=stale_reads())


def test_on_postgresql_there_is_no_third_pool(app: Flask, rider: Visitor, server: URL) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("tests what only PostgreSQL says")
    with app.app_context():
        assert set(db.engines) == {None, "write"}
        assert stale_reads() == {}
        assert VehicleFilter(FAR).bind_arguments() == {}
    rider.send("/logout")
    with rider.session_transaction() as visit:
        assert "changed_at" not in visit


def test_tests_do_not_read_stale_rows() -> None:
    with make_app(COCKROACH).app_context():
        assert STALE not in db.engines
