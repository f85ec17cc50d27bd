"""Where to harm: which query, and what happens while the application waits for its next attempt."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from tests.wire import Wire
from webapp import database

#: How the statements of a ride begin on the wire.
ASKING_WHO, STARTING, ENDING = "SELECT users", "WITH taken", "WITH ended"
PATIENCE_S = 10


def cut(wire: Wire, *plan: tuple[str, str]) -> list[tuple[str, str]]:
    """Cut the line at queries that begin like this, one after the other: ("answer", STARTING).

    Return what is still to be cut; it empties.
    """
    left = list(plan)

    def on_query(sql: str) -> str | None:
        return left.pop(0)[0] if left and sql.startswith(left[0][1]) else None

    wire.on_query = on_query
    return left


def during_pauses(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Call ``act`` whenever run_transaction is about to pause before its next attempt."""

    def sleep(seconds: float) -> None:
        act()
        time.sleep(seconds)

    clock = SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
    monkeypatch.setattr(database, "time", clock)


def until(is_true: Callable[[], object]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.002)
