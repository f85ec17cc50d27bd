"""Each retry is bounded by the configuration, logged with its cause, and counted."""

import random
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import config
from tests.clock import stepped_clock
from tests.database_proxy import DatabaseProxy
from tests.factories import VehicleFactory
from tests.faults.audit import Answer
from tests.faults.conftest import RiderFactory
from tests.faults.steps import START_RIDE, cut_connections
from tests.threads import run_in_threads
from webapp.db import transactions
from webapp.db.retries import RetryCounter, get_retry_counter
from webapp.db.transactions import AmbiguousCommit, run_transaction

CONFLICT = text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")


@pytest.fixture
def pauses_ms(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The pauses of run_transaction: the longest that the jitter allows, without waiting."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    with stepped_clock(app) as clock:
        yield clock.pauses_ms


def raise_conflict(session: Session) -> None:
    session.execute(CONFLICT)


def test_durations_carry_their_unit_in_the_name() -> None:
    bounds = {name for name in vars(config.Configuration) if name.startswith("TRANSACTION_")}
    assert bounds >= {f"TRANSACTION_{name}" for name in ("FIRST_PAUSE_MS", "DEADLINE_MS")}
    assert all(name.endswith("_MS") for name in bounds - {"TRANSACTION_ATTEMPTS"})


@pytest.mark.parametrize(
    ("settings", "pauses"),
    [
        ({"ATTEMPTS": 1}, []),
        ({"ATTEMPTS": 4, "FIRST_PAUSE_MS": 1, "LONGEST_PAUSE_MS": 1000}, [2, 4, 8]),
        ({"ATTEMPTS": 4, "FIRST_PAUSE_MS": 1, "LONGEST_PAUSE_MS": 3}, [2, 3, 3]),
        ({"ATTEMPTS": 9, "FIRST_PAUSE_MS": 100, "DEADLINE_MS": 700}, [200, 400]),
    ],
)
def test_attempts_pauses_and_deadline_are_settings(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    pauses_ms: list[int],
    settings: dict[str, int],
    pauses: list[int],
) -> None:
    for name, value in settings.items():
        monkeypatch.setitem(app.config, f"TRANSACTION_{name}", value)
    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(raise_conflict)
    assert pauses_ms == pauses


def test_each_retry_is_logged_with_its_cause_its_number_and_the_pause(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    pauses_ms: list[int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(app.config, "TRANSACTION_ATTEMPTS", 3)
    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(raise_conflict)
    # A pool says when it replaces an old connection.
    records = [each for each in caplog.records if each.name == transactions.__name__]
    assert [record.getMessage() for record in records] == [
        "transaction attempt 1 failed (40001), again in 50 ms",
        "transaction attempt 2 failed (40001), again in 100 ms",
        "transaction attempt 3 failed (40001), gave up",
    ]


def test_each_retry_is_counted_by_cause_and_outcome(
    app: Flask, monkeypatch: pytest.MonkeyPatch, pauses_ms: list[int]
) -> None:
    monkeypatch.setitem(app.config, "TRANSACTION_ATTEMPTS", 3)
    retries = get_retry_counter(app)
    before = retries.read()
    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(raise_conflict)
    after = retries.read()
    assert after["40001", "again"] - before.get(("40001", "again"), 0) == 2
    assert after["40001", "gave up"] - before.get(("40001", "gave up"), 0) == 1


def test_a_lost_connection_is_logged_and_counted_as_lost(
    proxied_app: Flask,
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    retries = get_retry_counter(proxied_app)
    rider, before = make_rider(), retries.read().get(("lost", "again"), 0)
    cut_connections(proxy, ("result", START_RIDE))
    assert rider.start(make_vehicle().key).answer is Answer.DONE
    assert re.search(r"transaction attempt 1 failed \(lost\), again in \d+ ms", caplog.text)
    assert retries.read()["lost", "again"] == before + 1


def test_work_that_must_not_run_twice_is_counted_as_unknown(
    proxied_app: Flask, proxy: DatabaseProxy, caplog: pytest.LogCaptureFixture
) -> None:
    retries = get_retry_counter(proxied_app)
    before = retries.read().get(("lost", "unknown"), 0)
    proxy.drop_result_of("COMMIT")
    with proxied_app.app_context(), pytest.raises(AmbiguousCommit):
        run_transaction(lambda session: session.execute(text("SELECT 1")))
    assert "transaction attempt 1 failed (lost), unknown" in caplog.text
    assert retries.read()["lost", "unknown"] == before + 1


def test_an_error_that_is_not_retried_is_neither_logged_nor_counted(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    before = get_retry_counter(app).read()
    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(lambda session: session.execute(text("SELECT 1 / 0")))
    assert get_retry_counter(app).read() == before
    assert not caplog.records


def test_many_threads_count_without_loss() -> None:
    retries = RetryCounter()

    def add_many() -> None:
        for _ in range(2_000):
            retries.add("40001", "again")

    run_in_threads(*[add_many] * 8)
    assert retries.read() == {("40001", "again"): 16_000}
