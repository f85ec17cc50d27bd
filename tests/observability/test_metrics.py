"""/metrics, and that its labels have few values."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from prometheus_client import REGISTRY
from sqlalchemy import event
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.factories import VehicleFactory
from tests.job_steps import read_mails
from tests.observability.metrics_page import AUTHORIZATION, read_samples
from tests.visitor import Visitor
from webapp.db.pool import MeasuredPool
from webapp.db.retries import get_retry_counter
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.writing import job_statement
from webapp.mail import MAIL, EncryptedMail
from webapp.observability.metrics import GaugeReader
from webapp.ops.jobs.metrics import CACHE
from webapp.regions.catalogue import local_region
from webapp.web.metrics_page import gauge_readers


def value(sample: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(sample, labels) or 0.0


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", "Basic x", "Bearer é"])
def test_without_the_token_there_is_no_such_page(visitor: Visitor, token: None, given: str) -> None:
    assert visitor.get("/metrics", headers={"Authorization": given}).status_code == 404
    assert visitor.get("/metrics", headers=AUTHORIZATION).status_code == 200


def test_without_a_token_in_the_settings_nobody_reads(visitor: Visitor) -> None:
    assert visitor.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert visitor.get("/metrics").status_code == 404


def test_a_request_counts_once_with_its_route_and_its_round_trips(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    route = "/vehicles/<key:vehicle_key>"
    before = value("movr_request_seconds_count", route=route, method="GET")
    ok = value("movr_requests_total", status="200")
    trips = value("movr_database_round_trips_total", kind="request", name=route)
    rider.get(f"/vehicles/{make_vehicle().public_key}")
    assert value("movr_request_seconds_count", route=route, method="GET") == before + 1
    assert value("movr_requests_total", status="200") == ok + 1
    after = value("movr_database_round_trips_total", kind="request", name=route)
    assert after >= trips + 1


def test_a_ride_counts_when_it_starts_and_when_it_ends_and_once_for_two_presses(
    app: Flask, rider: Visitor, make_vehicle: VehicleFactory, visitor: Visitor, token: None
) -> None:
    started, ended = value("movr_rides_started_total"), value("movr_rides_ended_total")
    start = f"/rides/start/{make_vehicle().public_key}"
    page = rider.send(start).location
    assert rider.send(start).location == page
    assert value("movr_rides_started_total") == started + 1
    end = page.replace("/rides/", "/rides/end/")
    for _ in range(2):
        rider.send(end, lat="40.73", lon="-73.99")
    assert value("movr_rides_ended_total") == ended + 1
    sent = value("movr_mails_total", result="sent")
    assert read_mails(app)  # the receipt
    assert value("movr_mails_total", result="sent") > sent
    assert (("region", "us-east1"),) in read_samples(visitor)["movr_rides_running"]


def test_a_number_of_the_database_is_read_once_a_minute_and_left_out_when_that_fails() -> None:
    answers: list[Any] = [{"a": 1.0}, {"a": 2.0}, RuntimeError()]
    seconds = 0.0

    def read() -> dict[str, float]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    reader = GaugeReader("x", "A number.", "label", read, 60, clock=lambda: seconds)

    def shown() -> list[float]:
        return [sample.value for family in reader.collect() for sample in family.samples]

    assert [shown() for _ in range(3)] == [[1.0]] * 3
    seconds = 60.0
    assert shown() == [2.0]
    seconds = 120.0
    assert shown() == []


def test_what_machines_ask_for_does_not_hide_the_errors_of_people(
    visitor: Visitor, token: None
) -> None:
    ok = value("movr_requests_total", status="200")
    for path in ("/health/live", "/static/app.css", "/metrics"):
        visitor.get(path, headers=AUTHORIZATION)
    assert value("movr_requests_total", status="200") == ok
    visitor.get("/login")
    assert value("movr_requests_total", status="200") == ok + 1


def test_a_failed_attempt_counts_by_its_cause(app: Flask) -> None:
    before = value("movr_transaction_attempts_failed_total", cause="40001", outcome="again")
    get_retry_counter(app).add("40001", "again")
    after = value("movr_transaction_attempts_failed_total", cause="40001", outcome="again")
    assert after == before + 1


def test_the_pool_tells_what_is_in_use_who_waits_and_who_got_nothing() -> None:
    raw = SimpleNamespace(rollback=lambda: None, close=lambda: None)
    pool = MeasuredPool(lambda: raw, pool_size=1, max_overflow=0, timeout=0.01)
    timeouts = value("movr_pool_timeouts_total", engine="read")
    connection = pool.connect()
    assert value("movr_pool_connections_in_use", engine="read") == 1
    with pytest.raises(PoolTimeout):
        pool.connect()
    assert value("movr_pool_timeouts_total", engine="read") == timeouts + 1
    assert value("movr_pool_threads_waiting", engine="read") == 0
    connection.close()
    assert value("movr_pool_connections_in_use", engine="read") == 0
    pool.dispose()


def test_a_command_counts(app: Flask) -> None:
    before = value("movr_commands_total", command="cities list", result="done")
    app.test_cli_runner().invoke(args=["cities", "list"])
    assert value("movr_commands_total", command="cities list", result="done") == before + 1


@contextmanager
def count_statements(app: Flask, word: str) -> Iterator[list[int]]:
    """Count the statements that contain a word."""
    counts = [0]

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        counts[0] += f"FROM {word}" in statement

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield counts
    finally:
        event.remove(engine, "before_cursor_execute", count)


def test_the_jobs_that_wait_and_failed_are_told_by_kind(
    app: Flask, visitor: Visitor, token: None
) -> None:
    with app.app_context():
        execute_write(job_statement(MAIL, EncryptedMail("x", "y"), region=local_region()))
    for reader in gauge_readers(app):  # an earlier test may have read them
        reader._read_at = float("-inf")
    app.extensions[CACHE].clear()
    with count_statements(app, "jobs") as counts:
        samples = read_samples(visitor)
    assert counts == [1], "one statement for all of its metrics"
    key = (("kind", "mail"),)
    assert {tuple(pairs): number for pairs, number in samples["movr_jobs_waiting"].items()} == {
        key: 1
    }
