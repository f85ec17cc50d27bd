"""How many connections to the database are lent while a thread waits for another service: a few who
wait would leave none for the pages of others."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
from flask import Flask

from webapp.extensions import db


def watch_calls(app: Flask, monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[int]:
    """Return a list that gets how many are lent, by engine, at each call that a module makes."""
    lent: list[int] = []

    @contextmanager
    def count_connections(_: str) -> Iterator[None]:
        with app.app_context():
            lent.extend(engine.pool.checkedout() for engine in db.engines.values())  # type: ignore[attr-defined]
        yield

    monkeypatch.setattr(module, "observe_call", count_connections)
    return lent
