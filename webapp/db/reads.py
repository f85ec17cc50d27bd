"""Reads: ``db.session`` is in AUTOCOMMIT and refuses to write; some reads may be seconds old."""

import logging
import time
from typing import Any, TypeVar

from flask import Response, has_request_context, request
from flask import session as flask_session
from sqlalchemy import Row, Select, event
from sqlalchemy.orm import ORMExecuteState, Session

from webapp.db.circuit_breaker import get_circuit_breaker
from webapp.db.keys import RowKey, key_condition
from webapp.extensions import db

log = logging.getLogger(__name__)
T = TypeVar("T")
RowValues = TypeVar("RowValues", bound=tuple[Any, ...])


#: The bind for reads that may be a few seconds old; it exists on CockroachDB only.
STALE = "stale"


class ReadOnlySession(RuntimeError):
    """``db.session`` was asked to write; writes go through ``run_transaction``."""


def _refuse_flush(session: Session, *_: Any) -> None:
    if session.new or session.dirty or session.deleted:
        raise ReadOnlySession("db.session only reads: write with run_transaction")


def _refuse_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        raise ReadOnlySession("db.session only reads: write with run_transaction")


def _check_circuit(_: ORMExecuteState) -> None:
    get_circuit_breaker().check()


event.listen(db.session, "before_flush", _refuse_flush)
event.listen(db.session, "do_orm_execute", _refuse_statement)
event.listen(db.session, "do_orm_execute", _check_circuit)


#: CockroachDB's follower reads are 4.2 seconds old; clocks may differ a little.
STALE_FOR_S = 10.0


def stale_reads() -> dict[str, Any]:
    """Return ``bind_arguments`` for a query of db.session whose result may be seconds old.

    On CockroachDB the nearest replica answers, wherever the rows live, with the state of about
    five seconds ago; elsewhere this changes nothing. It costs as many round trips as any read.

    A visitor who has changed something in the last seconds gets a fresh result, so that they see
    what they have just done. Use it only for what is shown: decisions (is this vehicle free?)
    need a fresh read.
    """
    if STALE not in db.engines or _has_just_changed_something():
        return {}
    return {"bind": db.engines[STALE]}


def _has_just_changed_something() -> bool:
    # Without a cookie there was no change. Not reading the session keeps "Vary: Cookie" out of
    # public responses.
    if not has_request_context() or not request.cookies:
        return False
    changed_at: float = flask_session.get("changed_at", 0.0)
    return time.time() - changed_at < STALE_FOR_S


def remember_change(response: Response) -> Response:
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        flask_session["changed_at"] = time.time()
    return response


def read_slice(query: Select[RowValues]) -> list[Row[RowValues]]:
    """Return the rows of a query that is one of many, such as those of a file.

    The connection is back in the pool when the first of them is sent to a slow client. The rows may
    be seconds old (``stale_reads``).
    """
    rows = list(db.session.execute(query, bind_arguments=stale_reads()))
    release_connection()
    return rows


def release_connection() -> None:
    """Give the connection of ``db.session`` back to the pool, before this thread waits for somebody
    else: a slow client, or another service. Else a few who wait would leave none for the pages of
    others.

    Loaded rows stay readable, and the next read takes a connection again. It costs no round trip:
    the session is in AUTOCOMMIT.
    """
    db.session.commit()


def find_in_any_region(query: Select[RowValues], model: Any, key: RowKey) -> Row[RowValues] | None:
    """Return the row of ``model`` with this key, with the columns of ``query``; None if it is gone.

    model: the mapped class. Any: its columns are looked up by name.

    If it has moved to another region, it is found by its id alone: one more statement, which asks
    all regions.
    """
    for condition in (key_condition(model, key), model.id == key.id):
        if row := db.session.execute(query.where(condition)).unique().one_or_none():
            return row
    return None
