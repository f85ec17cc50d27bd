"""What load balancers ask, and what a worker does before and after it serves."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy import inspect, text
from sqlalchemy.engine import URL

from tests.databases import dispose_engines, make_app
from tests.ports import find_free_port
from tests.visitor import Visitor
from tests.waiting import WAIT_TIMEOUT_S
from webapp.db import engines
from webapp.extensions import db
from webapp.web import health
from webapp.web.access import public
from webapp.web.health import readiness

LIVE, READY = "/health/live", "/health/ready"


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need more than the second that visitors of a load balancer have."""
    monkeypatch.setattr(health, "CHECK_TIMEOUT_S", WAIT_TIMEOUT_S)


@pytest.fixture
def fresh(database: URL) -> Iterator[Callable[..., Flask]]:
    """Make applications that have never spoken to the database: ``fresh(url, SETTING=1)``."""
    apps: list[Flask] = []

    def make(url: URL = database, **settings: Any) -> Flask:
        apps.append(make_app(url, **settings))
        return apps[-1]

    yield make
    for app in apps:
        dispose_engines(app)


@contextmanager
def silent_server() -> Iterator[tuple[URL, socket.socket]]:
    """A database that takes connections and says nothing; yields its URL and its socket."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        yield URL.create("postgresql", "movr", host="127.0.0.1", port=port, database="x"), silent


def unreachable_url() -> URL:
    """The URL of a database where nobody listens."""
    return URL.create("postgresql", "movr", host="127.0.0.1", port=find_free_port(), database="x")


def read_readiness(app: Flask) -> tuple[int, str | None]:
    response = app.test_client().get(READY)
    return response.status_code, response.get_json().get("reason")


@pytest.mark.parametrize(("path", "status"), [(LIVE, "live"), (READY, "ready")])
def test_health_checks_answer_in_json_without_cookies_or_caching(
    visitor: Visitor, path: str, status: str
) -> None:
    response = visitor.get(path)
    assert (response.status_code, response.get_json()) == (200, {"status": status})
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert visitor.head(path).status_code == 200
    assert visitor.post(path).status_code == 405


def test_health_checks_do_not_load_the_account(
    rider: Visitor, round_trips: Callable[[], int]
) -> None:
    rider.get(READY)  # the first check of a process renders a page
    round_trips()
    for path in (LIVE, READY):
        assert rider.get(path).status_code == 200
    assert round_trips() == 0  # readiness has a connection of its own


def test_liveness_needs_no_database(fresh: Callable[..., Flask]) -> None:
    app = fresh(unreachable_url())
    assert app.test_client().get(LIVE).status_code == 200
    assert readiness(app)._running_check is None


def test_an_unreachable_database_is_not_ready(fresh: Callable[..., Flask]) -> None:
    assert read_readiness(fresh(unreachable_url())) == (503, "database")


def test_a_database_that_does_not_answer_is_not_ready(
    fresh: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECK_TIMEOUT_S", 0.1)
    with silent_server() as (url, silent):
        assert read_readiness(fresh(url)) == (503, "database")
        silent.accept()[0].close()


def test_concurrent_readiness_checks_share_one_query(
    fresh: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a check wait for whatever hangs: a name server can be silent too, and no timeout
    of a connection ends that."""
    monkeypatch.setattr(health, "CHECK_TIMEOUT_S", 0.1)
    app, is_over = fresh(), Event()
    checks: list[int] = []

    def hang() -> str:
        checks.append(1)
        is_over.wait()
        return ""

    monkeypatch.setattr(readiness(app), "_run_check", hang)
    try:
        with ThreadPoolExecutor(4) as threads:
            assert (
                list(threads.map(lambda _: read_readiness(app), range(4)))
                == [(503, "database")] * 4
            )
    finally:
        is_over.set()
    assert checks == [1]


@pytest.fixture
def version_table(app: Flask) -> Iterator[Callable[[str], None]]:
    """Run a statement about the table of the schema's version; afterwards it is as before."""

    def run(statement: str, **values: str | None) -> None:
        with app.app_context(), db.engines["write"].begin() as connection:
            connection.execute(text(statement), values)

    with app.app_context():
        head = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    yield run
    with app.app_context():
        is_hidden = inspect(db.engine).has_table("hidden")
    if is_hidden:
        run(SHOW)
    run("UPDATE alembic_version SET version_num = :head", head=head)


HIDE = "ALTER TABLE alembic_version RENAME TO hidden"
SHOW = "ALTER TABLE hidden RENAME TO alembic_version"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alembic_version SET version_num = '0001'",
        "UPDATE alembic_version SET version_num = 'not ours'",
        HIDE,
    ],
)
def test_another_schema_is_not_ready_until_it_is_migrated(
    fresh: Callable[..., Flask], version_table: Callable[[str], None], statement: str
) -> None:
    app = fresh()
    version_table(statement)
    assert read_readiness(app) == (503, "migrations")


def test_a_current_schema_is_not_checked_again(
    fresh: Callable[..., Flask], version_table: Callable[[str], None]
) -> None:
    """It lives in the primary region, whose loss must not take the servers of all others."""
    app = fresh()
    assert read_readiness(app) == (200, None)
    version_table(HIDE)
    assert read_readiness(app) == (200, None)


def test_readiness_follows_the_end_of_the_migrations(
    fresh: Callable[..., Flask], version_table: Callable[[str], None]
) -> None:
    app = fresh()
    version_table(HIDE)
    assert read_readiness(app) == (503, "migrations")
    version_table(SHOW)
    assert read_readiness(app) == (200, None)


def test_a_process_that_cannot_render_a_page_is_not_ready(fresh: Callable[..., Flask]) -> None:
    app = fresh(PROPAGATE_EXCEPTIONS=False)
    home = app.view_functions["fleet.search.home"]
    app.view_functions["fleet.search.home"] = public(lambda: abort(500))
    assert read_readiness(app) == (503, "page")
    app.view_functions["fleet.search.home"] = home
    assert read_readiness(app) == (200, None)


def test_a_stopping_worker_is_not_ready_without_a_query(fresh: Callable[..., Flask]) -> None:
    app = fresh(unreachable_url())
    readiness(app).is_stopping = lambda: True
    assert read_readiness(app) == (503, "stopping")
    assert app.test_client().get(LIVE).status_code == 200


# --- before the first visitor -----------------------------------------------------------------


def pools(app: Flask) -> list[Any]:
    with app.app_context():
        return [engine.pool for engine in db.engines.values()]


def test_connection_pools_are_filled_before_the_first_request(fresh: Callable[..., Flask]) -> None:
    app = fresh(DATABASE_POOL_WARM=3)
    engines.warm_up(app)
    assert len(pools(app)) >= 2
    assert [(pool.checkedin(), pool.checkedout()) for pool in pools(app)] == [(3, 0)] * len(
        pools(app)
    )


def test_a_pool_is_not_filled_beyond_its_size(fresh: Callable[..., Flask]) -> None:
    app = fresh(DATABASE_POOL_WARM=3, DATABASE_POOL_SIZE=1)
    engines.warm_up(app)
    assert {pool.checkedin() for pool in pools(app)} == {1}


def test_a_worker_starts_without_a_database(
    fresh: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    engines.warm_up(fresh(unreachable_url()))
    assert "cannot connect to the database yet" in caplog.text


def test_connections_are_replaced_at_different_times(fresh: Callable[..., Flask]) -> None:
    ages = {pool._recycle for _ in range(4) for pool in pools(fresh(DATABASE_POOL_RECYCLE_S=3000))}
    assert len(ages) > 1
    assert min(ages) >= 2700
    assert max(ages) <= 3300
