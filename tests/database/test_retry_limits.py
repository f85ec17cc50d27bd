"""How often and how long run_transaction tries again, and which errors it does not retry."""

import random
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from tests.clock import SteppedClock, stepped_clock
from tests.database.conftest import ReadNotes
from tests.database.notes import (
    fail_with,
    insert,
)
from webapp.db.errors import sqlstate
from webapp.db.transactions import run_transaction


@pytest.fixture
def clock(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[SteppedClock]:
    """A clock that only pauses advance; random pauses have their maximum."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    with stepped_clock(app_in_context) as clock:
        yield clock


def test_attempts_are_counted_and_pauses_double_up_to_the_longest(
    app_in_context: Flask, clock: SteppedClock
) -> None:
    runs = []

    def work(session: Session) -> None:
        runs.append(1)
        session.execute(fail_with("40001"))

    with pytest.raises(OperationalError) as caught:
        run_transaction(work)
    assert sqlstate(caught.value) == "40001"
    assert len(runs) == app_in_context.config["TRANSACTION_ATTEMPTS"] == 8
    assert clock.pauses_ms == [50, 100, 200, 400, 500, 500, 500]


def test_no_attempt_begins_after_the_deadline(app_in_context: Flask, clock: SteppedClock) -> None:
    starts_s: list[float] = []

    def work(session: Session) -> None:
        starts_s.append(clock.monotonic())
        clock.advance(0.7)
        session.execute(fail_with("40001"))

    with pytest.raises(OperationalError):
        run_transaction(work)
    assert starts_s == pytest.approx([0, 0.75, 1.55, 2.45])
    assert starts_s[-1] * 1000 < app_in_context.config["TRANSACTION_DEADLINE_MS"]


def test_pauses_are_random_from_zero_up(
    app_in_context: Flask, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges: list[tuple[float, float]] = []

    def choose_lowest(low: float, high: float) -> float:
        ranges.append((low, high))
        return low

    monkeypatch.setattr(random, "uniform", choose_lowest)
    with pytest.raises(OperationalError):
        run_transaction(lambda session: session.execute(fail_with("40001")))
    assert ranges[:3] == [(0, 50), (0, 100), (0, 200)]


@pytest.mark.parametrize("one_statement", [False, True])
def test_a_refusal_is_not_asked_again(
    app_in_context: Flask, read_notes: ReadNotes, one_statement: bool
) -> None:
    run_transaction(insert())
    runs = []

    def work(session: Session) -> None:
        runs.append(1)
        insert()(session)

    with pytest.raises(IntegrityError) as caught:
        run_transaction(work, one_statement=one_statement)
    assert (sqlstate(caught.value), len(runs)) == ("23505", 1)


def test_an_error_of_the_work_rolls_it_back_and_is_raised_unchanged(
    app_in_context: Flask, read_notes: ReadNotes
) -> None:
    def work(session: Session) -> None:
        insert()(session)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_transaction(work)
    assert read_notes() == []
