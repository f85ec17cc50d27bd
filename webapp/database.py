"""The ground everything stands on: two engines, and the one way to write.

``db.session`` reads: AUTOCOMMIT, one statement is one round trip, and it refuses to write.
``run_transaction`` writes: SERIALIZABLE, the whole unit again after a conflict.
Why not one engine, and why not the dialect's own retry helper: docs/decisions/0002.
"""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from itertools import count
from threading import Lock
from typing import Any, TypeVar

import psycopg2
from flask import Flask, Response, current_app, has_request_context, request
from flask import session as visit
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker

from webapp import local_postgres
from webapp.connections import connect_args, replace_closed_connection
from webapp.extensions import db
from webapp.postgres_programs import LocalPostgresError

log = logging.getLogger(__name__)
T = TypeVar("T")

# --- engines -----------------------------------------------------------------------------


#: The bind for reads that may be a few seconds old; it exists on CockroachDB only.
STALE = "stale"


def init_app(app: Flask) -> None:
    """Give ``app`` its engines: the default one reads, the bind ``write`` writes.

    On CockroachDB the bind ``stale`` reads too, from the nearest copy (see ``stale_reads``).
    """
    url = make_url(app.config["DATABASE_URL"] or local_postgres.url(app.config))
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    read_only = {"default_transaction_read_only": "on"}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _reading_options(app.config, url, read_only)
    # CockroachDB is SERIALIZABLE by itself; PostgreSQL is told at connect, which costs no trip.
    write = {"default_transaction_isolation": "serializable"} if _is_postgresql(url) else {}
    app.config["SQLALCHEMY_BINDS"] = {
        "write": {"url": url, **_engine_options(app.config, url, write)}
    }
    if not _is_postgresql(url) and app.config["FOLLOWER_READS"]:
        old = {**read_only, "default_transaction_use_follower_reads": "on"}
        stale = {"url": url, **_reading_options(app.config, url, old)}
        app.config["SQLALCHEMY_BINDS"][STALE] = stale
        app.after_request(_remember_change)
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "checkout", replace_closed_connection)
            if not app.config["DATABASE_URL"]:
                event.listen(engine, "do_connect", lambda *_: local_postgres.ensure(app.config))


def _is_postgresql(url: URL) -> bool:
    return url.get_backend_name() == "postgresql"


def _reading_options(
    config: Mapping[str, Any], url: URL, variables: Mapping[str, str]
) -> dict[str, Any]:
    return {**_engine_options(config, url, variables), "isolation_level": "AUTOCOMMIT"}


def _engine_options(
    config: Mapping[str, Any], url: URL, variables: Mapping[str, str]
) -> dict[str, Any]:
    timeout_ms: int = config["DATABASE_ANSWER_TIMEOUT_MS"]
    # Servers that started together must not all reconnect at the same moment.
    jitter = random.uniform(0.9, 1.1)  # noqa: S311 - not a secret
    return {
        "pool_size": config["DATABASE_POOL_SIZE"],
        "max_overflow": 0,
        "pool_timeout": timeout_ms / 1000,
        "pool_recycle": round(config["DATABASE_POOL_RECYCLE_S"] * jitter),
        "connect_args": connect_args(url, timeout_ms, variables),
        "hide_parameters": True,  # an error in the log shall not name people
    }


def warm_up(app: Flask) -> None:
    """Open some connections of each engine before the first visitor comes.

    The first one of an engine costs seven round trips, later ones one or two. A database that
    does not answer stops nothing here: /health/ready tells it, and the pool connects when it can.
    """
    wanted = min(app.config["DATABASE_POOL_WARM"], app.config["DATABASE_POOL_SIZE"])
    with app.app_context(), ExitStack() as borrowed:
        try:
            for engine in db.engines.values():
                for _ in range(wanted):
                    borrowed.enter_context(engine.connect())
        except (SQLAlchemyError, LocalPostgresError) as error:
            log.warning("cannot connect to the database yet: %s", type(error).__name__)


# --- reading -----------------------------------------------------------------------------


class ReadOnlySession(RuntimeError):
    """``db.session`` was asked to write; writes go through ``run_transaction``."""


def _refuse_flush(session: Session, *_: Any) -> None:
    if session.new or session.dirty or session.deleted:
        raise ReadOnlySession("db.session only reads: write with run_transaction")


def _refuse_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        raise ReadOnlySession("db.session only reads: write with run_transaction")


event.listen(db.session, "before_flush", _refuse_flush)
event.listen(db.session, "do_orm_execute", _refuse_statement)


#: CockroachDB's follower reads show what was true 4.2 seconds ago; clocks may differ a little.
STALE_FOR_S = 10.0


def stale_reads() -> dict[str, Any]:
    """Return ``bind_arguments`` for a question to db.session whose answer may be seconds old.

    On CockroachDB the nearest copy answers then, wherever the rows live, with what was true about
    five seconds ago; elsewhere this changes nothing. It costs no more trips than any read, and
    the session's guards and timeouts hold as ever.

    Whoever has changed something in the last seconds gets a fresh answer, so that nobody misses
    what they have just done: a ride that ended, an account that moved. Only what is shown may be
    stale; what is decided on (is this vehicle free?) is always read fresh.
    """
    if STALE not in db.engines or _has_just_changed_something():
        return {}
    return {"bind": db.engines[STALE]}


def _has_just_changed_something() -> bool:
    # Without a cookie nobody has; and not to look keeps "Vary: Cookie" from public answers.
    if not has_request_context() or not request.cookies:
        return False
    changed_at: float = visit.get("changed_at", 0.0)
    return time.time() - changed_at < STALE_FOR_S


def _remember_change(response: Response) -> Response:
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        visit["changed_at"] = time.time()
    return response


# --- writing -----------------------------------------------------------------------------


class AmbiguousCommit(Exception):
    """The connection was lost while the database committed: done or not, nobody can say."""


#: The database undid the transaction because of another one; running it again is the cure.
CONFLICTS = {"40001", "40P01"}
#: The server is shutting down, or lost its session: the transaction is gone with it.
SHUTDOWNS = {"57P01", "57P02", "57P03"}
UNKNOWN_RESULT = "40003"


def sqlstate(error: DBAPIError) -> str:
    """Return the five-character SQLSTATE of a database error, or '' when there is none."""
    return getattr(error.orig, "pgcode", None) or ""


def violated_constraint(error: DBAPIError) -> str:
    """Return the name of the constraint that refused the write, or ''."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether the database is away, or too slow or too busy to serve: try again later."""
    state = sqlstate(error)
    return (
        _is_connection_lost(error)
        or state in CONFLICTS | {UNKNOWN_RESULT, "57014"}
        or state.startswith("53")
    )


def _is_connection_lost(error: DBAPIError) -> bool:
    state = sqlstate(error)
    without_answer = not state and isinstance(error.orig, psycopg2.OperationalError)
    closed = error.connection_invalidated or without_answer
    return closed or state in SHUTDOWNS or state.startswith("08")


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


# --- counting ----------------------------------------------------------------------------


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
