"""A process that ends between two statements, in a test."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import event

from webapp.extensions import db


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def kill_at_statement(number: int) -> Iterator[None]:
    """Within, the process ends before it sends the statement of that number, from 0."""
    left = [number]

    def count(*_: Any) -> None:
        if left[0] == 0:
            raise Killed
        left[0] -= 1

    engines = [db.engine, db.engines["write"]]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", count)
    try:
        with suppress(Killed):
            yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", count)
        db.session.remove()
