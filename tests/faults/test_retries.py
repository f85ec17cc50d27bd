"""Each retry is bounded by the configuration, logged with its cause, and counted."""

import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import config
from tests.clock import stepped_clock
from tests.faults.audit import Answer
from tests.faults.wiring import STARTING, cut
from webapp.db.retries import RetryCounter, get_retry_counter
from webapp.db.transactions import AmbiguousCommit, run_transaction

CONFLICT = text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")


@pytest.fixture
def pauses_ms(app, monkeypatch):
    """The pauses that run_transaction makes, as long as chance allows and without waiting."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    with stepped_clock(app) as clock:
        yield clock.pauses_ms


def conflict(session):
    session.execute(CONFLICT)


def test_durations_carry_their_unit_in_the_name():
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
def test_attempts_pauses_and_deadline_are_settings(app, monkeypatch, pauses_ms, settings, pauses):
    for name, value in settings.items():
        monkeypatch.setitem(app.config, f"TRANSACTION_{name}", value)
    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(conflict)
    assert pauses_ms == pauses


def test_each_retry_is_logged_with_its_cause_its_number_and_the_pause(
    app, monkeypatch, pauses_ms, caplog
):
    monkeypatch.setitem(app.config, "TRANSACTION_ATTEMPTS", 3)
    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(conflict)
    assert [record.getMessage() for record in caplog.records] == [
        "transaction attempt 1 failed (40001), again in 50 ms",
        "transaction attempt 2 failed (40001), again in 100 ms",
        "transaction attempt 3 failed (40001), gave up",
    ]


def test_each_retry_is_counted_by_cause_and_outcome(app, monkeypatch, pauses_ms):
    monkeypatch.setitem(app.config, "TRANSACTION_ATTEMPTS", 3)
    retries = get_retry_counter(app)
    before = retries.read()
    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(conflict)
    after = retries.read()
    assert after["40001", "again"] - before.get(("40001", "again"), 0) == 2
    assert after["40001", "gave up"] - before.get(("40001", "gave up"), 0) == 1


def test_a_lost_connection_is_logged_and_counted_as_lost(
    behind, wire, make_rider, make_vehicle, caplog
):
    retries = get_retry_counter(behind)
    rider, before = make_rider(), retries.read().get(("lost", "again"), 0)
    cut(wire, ("answer", STARTING))
    assert rider.start(make_vehicle().key).answer is Answer.RIDE
    assert re.search(r"transaction attempt 1 failed \(lost\), again in \d+ ms", caplog.text)
    assert retries.read()["lost", "again"] == before + 1


def test_a_unit_that_must_not_run_twice_is_counted_as_unknown(behind, wire, caplog):
    retries = get_retry_counter(behind)
    before = retries.read().get(("lost", "unknown"), 0)
    wire.lose_answer_to("COMMIT")
    with behind.app_context(), pytest.raises(AmbiguousCommit):
        run_transaction(lambda session: session.execute(text("SELECT 1")))
    assert "transaction attempt 1 failed (lost), unknown" in caplog.text
    assert retries.read()["lost", "unknown"] == before + 1


def test_what_is_no_passing_trouble_is_neither_logged_nor_counted(app, caplog):
    before = get_retry_counter(app).read()
    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(lambda session: session.execute(text("SELECT 1 / 0")))
    assert get_retry_counter(app).read() == before
    assert not caplog.records


def test_many_threads_lose_no_count():
    retries = RetryCounter()
    with ThreadPoolExecutor(8) as threads:
        for _ in range(8):
            threads.submit(lambda: [retries.add("40001", "again") for _ in range(2_000)])
    assert retries.read() == {("40001", "again"): 16_000}
