"""Writes: ``run_transaction`` runs a unit of work as one transaction and retries it where safe."""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from threading import Lock
from typing import Any, TypeVar, overload

from flask import current_app
from sqlalchemy import CursorResult, Executable, Row, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.sql.selectable import TypedReturnsRows

from webapp.db.errors import (
    CONFLICTS,
    UNKNOWN_RESULT,
    _is_connection_lost,
    is_unavailable,
    sqlstate,
)
from webapp.extensions import db

log = logging.getLogger(__name__)
T = TypeVar("T")
RowValues = TypeVar("RowValues", bound=tuple[Any, ...])


class AmbiguousCommit(Exception):
    """The connection was lost while the database committed: done or not, nobody can say."""


#: Where a session of run_transaction keeps what follows its commit.
ACTS = "after_commit"


def after_commit(session: Session, act: Callable[[], None]) -> None:
    """Have ``act`` called once this unit of work is committed: a mail, a task, a counter.

    session: the one that run_transaction gave to ``work``; KeyError for any other.

    The acts of a unit are called in their order, outside the transaction, before run_transaction
    returns. Nothing is called for an attempt that was undone, nor when AmbiguousCommit is raised.
    An act that raises is logged; the others and the caller do not notice.
    """
    session.info[ACTS].append(act)


_inside_unit: ContextVar[bool] = ContextVar("inside_unit", default=False)


class _Attempt:
    """One run of a unit of work in a session of its own; knows how far it came."""

    def __init__(self, engine: Engine, one_statement: bool) -> None:
        self.engine = engine
        self.one_statement = one_statement
        self.committing = False
        self.acts: list[Callable[[], None]] = []

    def run(self, work: Callable[[Session], T]) -> T:
        run = self._single if self.one_statement else self._whole
        token = _inside_unit.set(True)
        try:
            with sessionmaker(self.engine, expire_on_commit=False)() as session:
                session.info[ACTS] = self.acts
                return run(session, work)
        finally:
            _inside_unit.reset(token)

    def _whole(self, session: Session, work: Callable[[Session], T]) -> T:
        result = work(session)
        session.flush()
        self.committing = True
        session.commit()
        return result

    def _single(self, session: Session, work: Callable[[Session], T]) -> T:
        """A lone statement is its own transaction: no BEGIN, no COMMIT, two trips less."""
        connection = session.connection()
        driver: Any = connection.connection.dbapi_connection
        statements = count(1)

        def refuse_second(*_: Any) -> None:
            if next(statements) > 1:
                raise RuntimeError("a unit with one_statement=True sent a second statement")

        event.listen(connection, "before_cursor_execute", refuse_second)
        driver.autocommit = True
        self.committing = True
        try:
            result = work(session)
            session.flush()
        finally:  # before the pool can hand the connection to somebody else
            if not driver.closed:
                driver.autocommit = False
        session.commit()
        return result

    def act(self) -> None:
        """Do what was to be done after the commit. It holds, so nothing here is its failure."""
        for act in self.acts:
            try:
                act()
            except Exception:
                log.exception("what follows a commit failed")

    def may_be_done(self, error: Exception) -> bool:
        """Tell whether this run may have been committed all the same: its answer was lost."""
        if not self.committing or not isinstance(error, DBAPIError):
            return False
        return _is_connection_lost(error) or sqlstate(error) == UNKNOWN_RESULT


def run_transaction(
    work: Callable[[Session], T], *, idempotent: bool = False, one_statement: bool = False
) -> T:
    """Run ``work(session)`` as one transaction, again where that is safe; return its result.

    Every write goes through here. ``work`` gets a fresh session on each attempt and must change
    nothing outside the database; that is what ``after_commit`` is for. Rows that it returns stay
    readable.

    idempotent: running it twice has the effect of running it once, so a lost answer to COMMIT is
        tried again. Otherwise that raises AmbiguousCommit.
    one_statement: ``work`` sends a single statement, which then travels without BEGIN and COMMIT.

    Attempts, pauses (exponential, full jitter) and the deadline come from the configuration.
    When they are used up the last error is raised; but AmbiguousCommit if any attempt may have
    been committed, so that an error of the database always means that nothing was done.
    """
    if _inside_unit.get():  # would be committed without the outer one, and again with each retry
        raise RuntimeError("run_transaction inside run_transaction: pass the session on instead")
    config = current_app.config
    began = time.monotonic()
    may_be_done = False
    for number in count(1):
        attempt = _Attempt(db.engines["write"], one_statement)
        try:
            result = attempt.run(work)
        except (DBAPIError, PoolTimeout) as error:
            if not _is_passing(error):
                raise
            may_be_done = may_be_done or attempt.may_be_done(error)
            pause_s = _pause_s(number)
            again = (
                _is_worth_repeating(error)
                and (idempotent or not may_be_done)
                and number < config["TRANSACTION_ATTEMPTS"]
                and time.monotonic() + pause_s <= began + _deadline_s(error)
            )
            _note_failure(error, number, may_be_done, pause_s if again else None)
            if not again and may_be_done:
                raise AmbiguousCommit from error
            if not again:
                raise
            time.sleep(pause_s)
        else:
            attempt.act()
            return result
    raise AssertionError("unreachable")


@overload
def execute_write(
    statement: TypedReturnsRows[RowValues], *, idempotent: bool = ...
) -> list[Row[RowValues]]: ...
@overload
def execute_write(statement: Executable, *, idempotent: bool = ...) -> list[Row[Any]]: ...
def execute_write(statement: Executable, *, idempotent: bool = False) -> list[Row[Any]]:
    """Run one statement as a transaction of its own; return its rows, none if it has no RETURNING.

    It costs one round trip. ``idempotent`` and the errors are those of ``run_transaction``.
    """

    def work(session: Session) -> list[Row[Any]]:
        result = session.execute(statement)
        has_rows = not isinstance(result, CursorResult) or result.returns_rows
        return list(result) if has_rows else []

    return run_transaction(work, one_statement=True, idempotent=idempotent)


@contextmanager
def finding_out() -> Iterator[None]:
    """Within, the database is asked what became of a write. If it does not answer, that is an
    AmbiguousCommit: an earlier attempt, whose answer was lost, may have done it."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if _is_passing(error):
            raise AmbiguousCommit from error
        raise


def _is_passing(error: DBAPIError | PoolTimeout) -> bool:
    return isinstance(error, PoolTimeout) or is_unavailable(error)


def _is_worth_repeating(error: DBAPIError | PoolTimeout) -> bool:
    """Not what has taken as long as a person waits already: a slow statement, a full pool."""
    if isinstance(error, PoolTimeout):
        return False
    return _is_connection_lost(error) or sqlstate(error) in CONFLICTS | {UNKNOWN_RESULT}


def _deadline_s(error: DBAPIError | PoolTimeout) -> float:
    """Return after which time no attempt begins any more, after such an error."""
    lost = isinstance(error, DBAPIError) and _is_connection_lost(error)
    name = "TRANSACTION_RECONNECT_MS" if lost else "TRANSACTION_DEADLINE_MS"
    milliseconds: int = current_app.config[name]
    return milliseconds / 1000


def _pause_s(number: int) -> float:
    """Return how long to wait after that attempt: by chance, so that rivals part."""
    config = current_app.config
    longest_ms = min(
        config["TRANSACTION_LONGEST_PAUSE_MS"], config["TRANSACTION_FIRST_PAUSE_MS"] * 2**number
    )
    return random.uniform(0, longest_ms) / 1000  # noqa: S311 - jitter, not a secret


class Tally:
    """Counts by cause and outcome, from many threads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def add(self, cause: str, outcome: str) -> None:
        with self._lock:
            self._counts[cause, outcome] += 1

    def read(self) -> dict[tuple[str, str], int]:
        """Return a copy of all counts so far."""
        with self._lock:
            return dict(self._counts)


#: Attempts of this process that failed for a passing reason. Causes: an SQLSTATE, ``lost`` (the
#: connection), ``pool`` (none was free). Outcomes: ``again`` (another attempt followed), ``gave
#: up`` (nothing was done), ``unknown`` (AmbiguousCommit).
retries = Tally()


def _note_failure(
    error: DBAPIError | PoolTimeout, number: int, may_be_done: bool, pause_s: float | None
) -> None:
    cause = "pool" if isinstance(error, PoolTimeout) else sqlstate(error) or "lost"
    if pause_s is not None:
        outcome = "again"
        then = f"again in {pause_s * 1000:.0f} ms"
    else:
        outcome = then = "unknown" if may_be_done else "gave up"
    log.warning("transaction attempt %d failed (%s), %s", number, cause, then)
    retries.add(cause, outcome)
