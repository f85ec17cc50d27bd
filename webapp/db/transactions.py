"""Writes: ``run_transaction`` runs a unit of work as one transaction and retries it where safe.

The rules:

- Each attempt runs the whole unit again, in a session of its own.
- An attempt that was undone (a conflict, a connection lost before COMMIT) is retried.
- A lost answer to COMMIT leaves open whether the transaction was committed. It is retried only if
  the unit is idempotent; otherwise that is an AmbiguousCommit.
- What must happen outside the database, such as a count of the metrics, follows the
  commit: ``after_commit``.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any, TypeVar, overload

from sqlalchemy import Connection, CursorResult, Executable, Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.sql.selectable import TypedReturnsRows

from webapp.db.circuit_breaker import DatabaseUnresponsive, get_circuit_breaker
from webapp.db.errors import (
    UNKNOWN_RESULT,
    is_connection_lost,
    is_range_unavailable,
    is_unavailable,
    sqlstate,
)
from webapp.db.isolation import READ_COMMITTED
from webapp.db.retries import (
    find_pause_s,
    get_retry_clock,
    get_retry_counter,
    is_transient,
)
from webapp.db.write_lock import TAKES_WRITE_LOCK
from webapp.extensions import db
from webapp.observability.execution import record_retry

log = logging.getLogger(__name__)
T = TypeVar("T")
RowValues = TypeVar("RowValues", bound=tuple[Any, ...])

#: The key in ``Session.info`` of the functions that ``after_commit`` was given.
CALLBACKS = "after_commit"
#: The key in ``Connection.info`` of how many statements a unit with ``one_statement`` may send.
STATEMENTS_LEFT = "statements_left"

_in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)


class AmbiguousCommit(Exception):
    """The connection was lost during COMMIT: the transaction may be committed, or not."""


def is_database_outage(error: BaseException) -> bool:
    """Tell whether the database does not answer, or is too busy. Other errors of it are defects."""
    if isinstance(error, DBAPIError):
        return is_unavailable(error)
    return isinstance(error, (PoolTimeout, AmbiguousCommit))


# --- for services ------------------------------------------------------------------------------


def run_transaction(
    work: Callable[[Session], T],
    *,
    idempotent: bool = False,
    one_statement: bool = False,
    takes_write_lock: bool = False,
    read_committed: bool = False,
    timeout_ms: int | None = None,
) -> T:
    """Run ``work(session)`` as one transaction, retry it where that is safe; return its result.

    Every write goes through here. ``work`` may run several times and must change nothing outside
    the database; ``after_commit`` is for that. Rows that it returns stay readable.

    idempotent: running ``work`` twice has the effect of running it once, so that it may be
        retried after a lost answer to COMMIT. Otherwise that raises AmbiguousCommit.
    one_statement: ``work`` sends a single statement, which needs no BEGIN and no COMMIT.
    takes_write_lock: on PostgreSQL, no two of these run at the same time (webapp/db/write_lock.py);
        for single statements that riders wait for.
    read_committed: on PostgreSQL, the isolation of a single statement that needs no more
        (webapp/db/isolation.py).
    timeout_ms: how long each statement may take, instead of DATABASE_ANSWER_TIMEOUT_MS. It costs
        one more round trip, and cannot be combined with ``one_statement``.

    The configuration limits the attempts, the pauses between them and the time in all. After the
    last attempt its error is raised; but AmbiguousCommit if any attempt may have been committed.
    So an error of the database always means that nothing was written.
    """
    if _in_transaction.get():  # it would commit without the outer one, and again on each retry
        raise RuntimeError("run_transaction inside run_transaction: pass the session on instead")
    if (takes_write_lock or read_committed) and not one_statement:
        raise ValueError("takes_write_lock and read_committed are for one_statement only")
    started_at = get_retry_clock().monotonic()
    may_be_committed = False
    for number in count(1):
        options = {
            TAKES_WRITE_LOCK: takes_write_lock and number == 1,
            READ_COMMITTED: read_committed,
        }
        attempt = _Attempt(one_statement, options, timeout_ms)
        try:
            result = attempt.run(work)
        except (DBAPIError, PoolTimeout) as error:
            if not is_transient(error):
                raise
            may_be_committed = may_be_committed or attempt.may_be_committed(error)
            may_retry = idempotent or not may_be_committed
            pause_s = find_pause_s(error, number, started_at, timeout_ms) if may_retry else None
            _record_failure(error, number, may_be_committed, pause_s)
            if pause_s is not None:
                get_retry_clock().sleep(pause_s)
            elif may_be_committed:
                raise AmbiguousCommit from error
            else:
                raise
        else:
            attempt.run_callbacks()
            return result
    raise AssertionError("unreachable")


@overload
def execute_write(
    statement: TypedReturnsRows[RowValues],
    parameters: Mapping[str, object] | None = ...,
    *,
    idempotent: bool = ...,
    takes_write_lock: bool = ...,
    read_committed: bool = ...,
) -> list[Row[RowValues]]: ...
@overload
def execute_write(
    statement: Executable,
    parameters: Mapping[str, object] | None = ...,
    *,
    idempotent: bool = ...,
    takes_write_lock: bool = ...,
    read_committed: bool = ...,
) -> list[Row[Any]]: ...
def execute_write(
    statement: Executable,
    parameters: Mapping[str, object] | None = None,
    *,
    idempotent: bool = False,
    takes_write_lock: bool = False,
    read_committed: bool = False,
) -> list[Row[Any]]:
    """Run one statement as a transaction of its own; return its rows, none if it has no RETURNING.

    parameters: the values of a statement that is built once.

    It costs one round trip. The other arguments and the errors are those of
    ``run_transaction``.
    """

    def work(session: Session) -> list[Row[Any]]:
        result = session.execute(statement, parameters)
        has_rows = not isinstance(result, CursorResult) or result.returns_rows
        return list(result) if has_rows else []

    return run_transaction(
        work,
        one_statement=True,
        idempotent=idempotent,
        takes_write_lock=takes_write_lock,
        read_committed=read_committed,
    )


def after_commit(session: Session, callback: Callable[[], object]) -> None:
    """Call ``callback`` once the transaction of this session is committed.

    session: the one that ``run_transaction`` gave to ``work``; KeyError for any other.

    The callbacks of a transaction are called in their order, outside of it, before
    ``run_transaction`` returns. None is called for an attempt that was undone, nor when
    AmbiguousCommit is raised. An error of a callback is logged and goes no further.
    """
    session.info[CALLBACKS].append(callback)


@contextmanager
def check_outcome() -> Iterator[None]:
    """Within, a service reads whether a write was committed by an earlier attempt.

    If the database does not answer, the outcome stays unknown: that raises AmbiguousCommit.
    """
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if is_transient(error):
            raise AmbiguousCommit from error
        raise


# --- one attempt -------------------------------------------------------------------------------


class _Attempt:
    """One attempt to run a unit of work, in a session of its own."""

    def __init__(
        self, one_statement: bool, options: Mapping[str, bool], timeout_ms: int | None
    ) -> None:
        self.one_statement = one_statement
        #: Execution options of a single statement.
        self.options = options
        self.timeout_ms = timeout_ms
        self.callbacks: list[Callable[[], object]] = []
        #: From now on a lost connection leaves open whether the work is committed.
        self.is_committing = False

    def run(self, work: Callable[[Session], T]) -> T:
        get_circuit_breaker().check()
        run = self._run_single_statement if self.one_statement else self._run_statements
        token = _in_transaction.set(True)
        try:
            with sessionmaker(db.engines["write"], expire_on_commit=False)() as session:
                session.info[CALLBACKS] = self.callbacks
                return run(session, work)
        finally:
            _in_transaction.reset(token)

    def _run_statements(self, session: Session, work: Callable[[Session], T]) -> T:
        with _limit_statements(session, self.timeout_ms):
            result = work(session)
            session.flush()
            self.is_committing = True
            session.commit()
        return result

    def _run_single_statement(self, session: Session, work: Callable[[Session], T]) -> T:
        """Send the statement in AUTOCOMMIT: without BEGIN and COMMIT, two round trips less."""
        connection = session.connection(execution_options=self.options)
        driver: Any = connection.connection.dbapi_connection  # psycopg2 has no types
        info = connection.info  # a lost connection has none any more
        info[STATEMENTS_LEFT] = 1
        driver.autocommit = True
        self.is_committing = True
        try:
            result = work(session)
            session.flush()
        finally:  # before the pool lends the connection again
            del info[STATEMENTS_LEFT]
            if not driver.closed:
                driver.autocommit = False
        session.commit()
        return result

    def run_callbacks(self) -> None:
        """Call what follows the commit. It is committed, so no error here is an error of it."""
        for callback in self.callbacks:
            try:
                callback()
            except Exception:
                log.exception("a callback after the commit failed")

    def may_be_committed(self, error: Exception) -> bool:
        """Tell whether the work may be committed although the attempt raised this error."""
        if not self.is_committing or not isinstance(error, DBAPIError):
            return False
        if is_connection_lost(error) or sqlstate(error) == UNKNOWN_RESULT:
            return True
        # CockroachDB does not document that such an error in answer to COMMIT means "undone".
        return is_range_unavailable(error)


def refuse_second_statement(connection: Connection, *_: Any) -> None:
    """Raise RuntimeError if a unit with ``one_statement`` sends another statement. Listens to
    ``before_cursor_execute`` of the engine that writes."""
    left = connection.info.get(STATEMENTS_LEFT)
    if left == 0:
        raise RuntimeError("a unit with one_statement=True sent a second statement")
    if left:
        connection.info[STATEMENTS_LEFT] = left - 1


@contextmanager
def _limit_statements(session: Session, timeout_ms: int | None) -> Iterator[None]:
    """Within, a statement of the session's transaction may take so long."""
    if timeout_ms is None:
        yield
        return
    driver: Any = session.connection().connection.dbapi_connection  # psycopg2 has no types
    # The server's own limit is shorter, as for all connections (see connect_args).
    session.execute(text(f"SET LOCAL statement_timeout = {timeout_ms * 9 // 10}"))
    driver.answer_timeout_s = timeout_ms / 1000  # hides the one of its class
    try:
        yield
    finally:
        del driver.answer_timeout_s


def _record_failure(
    error: DBAPIError | PoolTimeout, number: int, may_be_committed: bool, pause_s: float | None
) -> None:
    """Log and count a failed attempt. pause_s: until the next one; None: there is none."""
    if isinstance(error, DatabaseUnresponsive):
        cause = "circuit"
    else:
        cause = "pool" if isinstance(error, PoolTimeout) else sqlstate(error) or "lost"
    if pause_s is not None:
        outcome, next_step = "again", f"again in {pause_s * 1000:.0f} ms"
        record_retry()
    else:
        outcome = next_step = "unknown" if may_be_committed else "gave up"
    log.warning("transaction attempt %d failed (%s), %s", number, cause, next_step)
    get_retry_counter().add(cause, outcome)
