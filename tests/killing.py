"""A process that ends between two statements, in a test."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import event

from tests.examples import examples
from webapp.extensions import db


class Killed(BaseException):
    """The process ends here."""


#: A test kills at one of so many statements each day.
STEP = 3


def statement_numbers() -> Iterator[int]:
    """Yield the numbers of the statements to kill at, without end: each third, and the next day
    those after them. With MOVR_TEST_EXAMPLES all."""
    step = STEP if examples(1) == 1 else 1
    first = datetime.now(UTC).toordinal() % step
    print(f"killed at statements {first}, {first + step}, {first + 2 * step}, ...")
    return count(first, step)


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
