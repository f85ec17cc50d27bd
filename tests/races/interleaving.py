"""Interleave two services in a fixed way: one has written and not committed while the other runs."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, get_ident
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from tests.threads import TIMEOUT_S
from tests.waiting import wait_until
from webapp.db.transactions import _Attempt
from webapp.extensions import db

#: Sessions of the test's database that wait for a lock of another.
BLOCKED = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@dataclass(frozen=True)
class Step:
    """A call of a service, and a part of the statement with which it writes."""

    call: Callable[[], Any]
    writes: str


@dataclass
class _Pause:
    """Stops a thread before the first COMMIT of a transaction that sent a certain statement."""

    writes: str
    thread: int = 0
    has_written: bool = False
    reached: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    def see_statement(self, _: Any, __: Any, sql: str, *___: Any) -> None:
        if get_ident() == self.thread and self.writes in sql:
            self.has_written = True

    def stop(self, _: Session) -> None:
        if get_ident() == self.thread and self.has_written and not self.reached.is_set():
            self.reached.set()
            assert self.released.wait(TIMEOUT_S)


def interleave(
    app: Flask, monkeypatch: pytest.MonkeyPatch, first: Step, second: Callable[[], Any]
) -> tuple[Any, Any]:
    """Run ``first`` up to its COMMIT, then ``second`` until it is done or waits for ``first``, then
    the rest of both. Return what each returned or raised.

    Both retry conflicts as they always do.
    """
    # A single statement has no COMMIT of its own to stop before.
    monkeypatch.setattr(_Attempt, "_run_single_statement", _Attempt._run_statements)
    pause = _Pause(first.writes)

    def run(call: Callable[[], Any], is_first: bool) -> Any:
        if is_first:
            pause.thread = get_ident()
        with app.app_context():
            try:
                return call()
            except Exception as error:
                return error
            finally:
                if is_first:
                    pause.thread = 0  # the pool may lend this thread to the second

    with _listening(pause), ThreadPoolExecutor(2) as threads:
        first_result = threads.submit(run, first.call, True)
        wait_until(lambda: pause.reached.is_set() or first_result.done())
        second_result = threads.submit(run, second, False)
        wait_until(lambda: second_result.done() or _is_blocked())
        pause.released.set()
        results: list[Future[Any]] = [first_result, second_result]
        return results[0].result(TIMEOUT_S), results[1].result(TIMEOUT_S)


@contextmanager
def _listening(pause: _Pause) -> Iterator[None]:
    engine = db.engines["write"]
    event.listen(engine, "before_cursor_execute", pause.see_statement)
    event.listen(Session, "before_commit", pause.stop)
    try:
        yield
    finally:
        pause.released.set()
        event.remove(engine, "before_cursor_execute", pause.see_statement)
        event.remove(Session, "before_commit", pause.stop)


def _is_blocked() -> bool:
    return bool(db.session.scalar(text(BLOCKED)))
