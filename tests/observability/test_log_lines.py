"""One line for each request and command, in JSON."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from flask import Flask, make_response
from sqlalchemy import event, text

from tests.databases import dispose_engines
from tests.factories import VehicleFactory, fill_caches
from tests.observability.log_lines import LogLines
from tests.visitor import Visitor
from webapp.db.pool import MeasuredPool
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.observability import logs
from webapp.observability.execution import Execution, current_execution, running
from webapp.observability.runs import observe_job
from webapp.observability.tracebacks import describe_error
from webapp.web import access
from webapp.web.languages import has_language_in_address
from webapp.web.response_cache import cache_response, response_cache


def test_a_request_is_one_line_with_its_route_and_what_it_used(
    app: Flask, rider: Visitor, log_lines: LogLines, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    with app.app_context():
        fill_caches()
    response = rider.get(f"/vehicles/{vehicle.public_key}?x=secret")
    (line,) = log_lines.of("request")
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert line["route"] == "/vehicles/<key:vehicle_key>"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert line["account"].startswith("us-east1")
    assert line["region"] == "us-east1"
    assert line["round_trips"] == 2
    assert line["retries"] == 0
    assert 0 < line["database_ms"] < line["ms"]


@pytest.fixture
def new_connections(app: Flask) -> Iterator[list[int]]:
    """The round trips of each connection that the pools open: one that is old, or that its server
    has closed, is replaced. That costs one for the connection and one or more for its settings,
    which no listener for statements hears."""
    before: list[int] = []
    trips: list[int] = []

    def count() -> int:
        execution = current_execution()
        return execution.round_trips if execution else 0

    def begin(*_: object) -> None:
        before.append(count())

    def end(*_: object) -> None:
        trips.append(count() - before.pop())

    with app.app_context():
        engines = list(db.engines.values())
    for engine in engines:
        event.listen(engine, "do_connect", begin)
        event.listen(engine, "connect", end)
    yield trips
    for engine in engines:
        event.remove(engine, "do_connect", begin)
        event.remove(engine, "connect", end)


@pytest.mark.parametrize("are_connections_new", [False, True])
def test_round_trips_of_the_line_are_those_that_listeners_count(
    app: Flask, rider: Visitor, log_lines: LogLines, make_vehicle: VehicleFactory,
    round_trips: Callable[[], int], new_connections: list[int], are_connections_new: bool,
) -> None:  # fmt: skip
    def count() -> int:
        number = round_trips() + sum(new_connections)
        new_connections.clear()
        return number

    for path in ("/", "/vehicles", "/rides", "/wallet", "/health/live"):
        if are_connections_new:
            dispose_engines(app)
        count()
        rider.get(path)
        assert log_lines.last("request")["round_trips"] == count(), path
    vehicle = make_vehicle()
    count()
    rider.send(f"/rides/start/{vehicle.public_key}")
    line = log_lines.last("request")
    assert (line["method"], line["status"]) == ("POST", 303)
    assert line["round_trips"] == count(), line


def test_a_transaction_counts_its_begin_and_its_commit(app_context: None) -> None:
    def work(session: Any) -> None:
        session.execute(text("SELECT 1"))
        session.execute(text("SELECT 2"))

    run_transaction(work)  # a connection is there
    with running(Execution("job", "test")) as execution:
        run_transaction(work)
    assert execution.round_trips == 4
    assert execution.database_ns > 0


@pytest.mark.parametrize(
    ("path", "status", "route"),
    [
        ("/nowhere/ada@example.org", 404, "none"),
        ("/rides/not-a-key", 404, "none"),
        ("/reset/token-of-a-link", 404, "/reset/<token>"),
        ("/static/css/movr.css", 200, "/static/<path:filename>"),
    ],
)
def test_paths_are_never_logged(
    visitor: Visitor, log_lines: LogLines, path: str, status: int, route: str
) -> None:
    visitor.get(path)
    line = log_lines.last("request")
    assert line["route"] == route
    assert path not in log_lines.text
    assert status in (line["status"], 404)


def test_a_response_from_the_cache_has_its_line_and_its_request_id(
    app: Flask, visitor: Visitor, log_lines: LogLines
) -> None:
    @access.public
    @has_language_in_address
    def count() -> Any:
        response = make_response("the same for all")
        response.mimetype = "text/plain"
        response.cache_control.public = True
        return cache_response(response, 60)

    endpoint = "root_files.robots"
    view, app.view_functions[endpoint] = app.view_functions[endpoint], count
    try:
        ids = [visitor.get("/robots.txt").headers["X-Request-Id"] for _ in range(2)]
    finally:
        app.view_functions[endpoint] = view
        response_cache(app)._responses.clear()
    assert [line["request_id"] for line in log_lines.of("request")] == ids
    assert [line["route"] for line in log_lines.of("request")] == ["/robots.txt"] * 2


def test_a_refused_body_and_an_odd_method_have_their_line(
    visitor: Visitor, log_lines: LogLines
) -> None:
    visitor.post("/login", data={"username": "x" * 70_000})
    assert log_lines.last("request")["status"] == 413
    visitor.open("/", method="BREW")
    assert log_lines.last("request")["method"] == "OTHER"


def test_a_download_is_logged_when_its_last_byte_is_sent(
    app: Flask, rider: Visitor, log_lines: LogLines
) -> None:
    response = rider.get("/rides.csv", buffered=False)
    assert log_lines.of("request") == []
    response.close()
    assert len(log_lines.of("request")) == 1


def test_after_a_request_the_one_before_is_current_again(visitor: Visitor) -> None:
    with running(Execution("command", "test")) as execution:
        visitor.get("/")
        assert current_execution() is execution


def test_other_lines_of_a_request_carry_its_id(
    app: Flask, visitor: Visitor, log_lines: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    @access.public
    def broken(**values: str) -> None:
        raise ValueError(f"no city for ada@example.org or {values!r}")

    monkeypatch.setitem(app.view_functions, "fleet.search.city", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    response = visitor.get("/city/secret-place")
    error, request = log_lines.all()
    assert error["level"] == "error"
    assert error["request_id"] == request["request_id"] == response.headers["X-Request-Id"]
    assert error["exception"].splitlines()[-1] == "ValueError: no city for *** or {***: ***}"
    assert "test_log_lines.py" in error["exception"]
    assert request["status"] == 500


def test_a_command_is_one_line_without_its_arguments(app: Flask, log_lines: LogLines) -> None:
    app.test_cli_runner().invoke(args=["cities", "list"])
    line = log_lines.last("command")
    assert (line["command"], line["exit_code"]) == ("cities list", 0)
    assert line["round_trips"] >= 1
    app.test_cli_runner().invoke(args=["grant", "admin", "nobody@example.org"])
    line = log_lines.last("command")
    assert (line["command"], line["exit_code"]) == ("grant", 1)
    assert "nobody" not in log_lines.text


def test_a_job_says_its_id(log_lines: LogLines) -> None:
    """And the id of the request that wrote it."""
    with observe_job("mail", "us-east1.1", request_id="a-request"):
        logging.getLogger("webapp.jobs").warning("later")
    for event_name in ("later", "job"):
        line = log_lines.last(event_name)
        assert (line["job"], line["job_id"]) == ("mail", "us-east1.1")
        assert line["request_id"] == "a-request"


def test_development_reads_lines_and_libraries_stay_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = StringIO()
    root, own = logging.getLogger(), logging.getLogger("webapp")
    handlers, levels = list(root.handlers), (root.level, own.level)
    gunicorn = logging.getLogger(logs.GUNICORN)
    try:
        for _ in range(2):  # a second application takes the place of the first
            logs.configure("text", "DEBUG", "us-east1", stream)
        with running(Execution("request", "/rides")):
            logging.getLogger("webapp.rides").debug("ours", extra=logs.with_fields(ms=5))
            pool = MeasuredPool(lambda: None, recycle=1)
            pool.logger.info("dsn: 'host=db user=movr'")
            logging.getLogger("urllib3").info("https://example.org/?key=secret")
            gunicorn.warning("Invalid request from ip=10.1.2.3: GET /ada")
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        own.setLevel(levels[1])
        logging.captureWarnings(False)
        logging.getLogger("webapp.cli").setLevel(logging.NOTSET)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert "ours" in lines[0]
    assert "/rides" in lines[0]
    assert "Invalid request from" in lines[1]
    assert "10.1.2.3" not in lines[1]


def test_a_line_stays_a_line_whatever_is_logged(log_lines: LogLines) -> None:
    logging.getLogger("webapp").warning("first\nsecond \u2028 %s", "\x1b[31m")
    (line,) = log_lines.text.splitlines()
    assert json.loads(line)["event"].startswith("first\nsecond")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("ada"), "KeyError: ***"),
        (ValueError("invalid literal for int() with base 10: 'ada'"), "base 10: ***"),
        (ValueError("no account ada@example.org"), "no account ***"),
        (ValueError("bad token aB3dE6gH9jK2mN5"), "bad token ***"),
        (ValueError("call +1 212 555 0100"), "call ***"),
        (RuntimeError("run_transaction inside run_transaction"), "inside run_transaction"),
        (ValueError(), "ValueError"),
    ],
)
def test_the_text_of_an_error_is_logged_without_values(error: Exception, words: str) -> None:
    assert describe_error(error).endswith(words)
    assert "ada" not in describe_error(error)


def test_an_error_of_the_database_is_logged_without_the_row(app: Flask) -> None:
    with app.app_context(), pytest.raises(Exception, match="duplicate") as caught:
        db.session.execute(
            text(
                "DO $$ BEGIN RAISE EXCEPTION 'duplicate \"ada\"' USING ERRCODE = '23505',"
                " DETAIL = 'Key (email)=(ada@example.org)', CONSTRAINT = 'uq_users_email'; END $$"
            )
        )
    description = describe_error(caught.value)
    assert "psycopg2.errors.UniqueViolation 23505 uq_users_email" in description
    assert "ada" not in description
