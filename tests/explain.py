"""The plans with which PostgreSQL runs the statements of the application.

A test that uses this is marked ``postgresql_plans``: CockroachDB explains in another form.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from webapp.extensions import db


@contextmanager
def connect_to_fill_tables() -> Iterator[Connection]:
    """Yield a connection, in a transaction, for statements that insert thousands of rows.

    They may take long on a busy machine, so it has no time-outs. It forgets the plans with which
    PostgreSQL checks foreign keys: one that was made while a table was almost empty reads the
    whole table for each new row.
    """
    with db.engines["write"].connect() as connection:
        driver_connection: Any = connection.connection.driver_connection
        connection.detach()  # closed at the end, so what is set here does not last
        driver_connection.answer_timeout_s = None
        with connection.begin():
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            if connection.dialect.name == "postgresql":
                connection.execute(text("DISCARD PLANS"))
            yield connection


def vacuum(*table_names: str, full: bool = False) -> None:
    """Remove deleted rows of earlier tests from the indexes, and update the statistics.

    full: write the tables and indexes anew, without the pages that the rows of earlier tests had.

    The driver leaves the transaction, not SQLAlchemy: that would set an isolation level of its own
    when the connection goes back to the pool, and then psycopg2 sends it to the server each time a
    single statement has run on this connection, one more round trip.
    """
    options = "FULL, ANALYZE" if full else "ANALYZE"
    connection = db.engines["write"].raw_connection()
    driver_connection: Any = connection.driver_connection
    driver_connection.autocommit = True
    try:
        for name in table_names:
            connection.cursor().execute(f"VACUUM ({options}) {name}")
    finally:
        driver_connection.autocommit = False
        connection.close()


def read_statistics(*table_names: str) -> dict[str, tuple[int, float, int]]:
    """Return what PostgreSQL believes of each table, for the message of a test: how many pages and
    rows it has, and how many bytes it has in fact."""
    query = text(
        "SELECT relname, relpages, reltuples, pg_relation_size(oid) FROM pg_class"
        " WHERE relname = ANY(:names)"
    )
    with db.engines["write"].connect() as connection:
        rows = connection.execute(query, {"names": list(table_names)})
        return {name: (pages, rows, size) for name, pages, rows, size in rows}


class Plan:
    """The plan of a statement: its nodes and indexes, and how many rows they read."""

    def __init__(self, tree: dict[str, Any], sql: str) -> None:
        self.sql = sql
        nodes = list(_walk(tree))
        self.nodes = {node["Node Type"] for node in nodes}
        self.indexes = {node["Index Name"] for node in nodes if "Index Name" in node}
        #: Tables that are read from end to end; right for those with a handful of rows.
        self.read_whole = {n["Relation Name"] for n in nodes if n["Node Type"] == "Seq Scan"}
        #: Rows that each node reads in all its loops, by its type and index.
        self.rows_read = {
            f"{node['Node Type']} {node.get('Index Name', node.get('Relation Name', ''))}": (
                _rows_read(node)
            )
            for node in sorted(nodes, key=_rows_read)
        }
        #: Rows that a node reads at a time, at most.
        self.most_rows = max(
            node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in nodes
        )
        #: Rows of tables that were read, whether they matched or not.
        self.table_rows: float = sum(_rows_read(node) for node in nodes if "Relation Name" in node)


def explain_plan(read: Callable[[], Any]) -> Plan:
    """Run ``read``, which sends one statement to db.session, and return its plan."""
    plans = explain_reads(read)
    assert len(plans) == 1, [plan.sql for plan in plans]
    return plans[0]


def explain_reads(read: Callable[[], Any]) -> list[Plan]:
    """Run ``read``; return the plan of each statement that it sends to db.session."""
    return _explain_statements(db.engine, read)


def explain_writes(write: Callable[[], Any]) -> list[Plan]:
    """Run ``write``, whose units of work are single statements; return the plans of those."""
    return _explain_statements(db.engines["write"], write)


def _explain_statements(engine: Engine, call: Callable[[], Any]) -> list[Plan]:
    """Run ``call``; return the plan of each statement that the engine sends. Each is explained just
    before it runs, with the planner settings of that engine. Statements of other threads do not
    count: a job of an earlier test may still be running."""
    plans: list[Plan] = []
    this_thread = get_ident()

    def explain(connection: Any, cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if get_ident() == this_thread:
            plans.append(_explain(engine, sql, parameters))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        call()
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    return plans


def _explain(engine: Engine, sql: str, parameters: Any) -> Plan:
    """Return the plan of a statement; what it writes is undone."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters)
        (result,) = cursor.fetchone() or ("",)
    finally:
        connection.rollback()
        connection.close()
    return Plan((json.loads(result) if isinstance(result, str) else result)[0]["Plan"], sql)


def _rows_read(node: dict[str, Any]) -> float:
    """Return how many rows a node has read, in all its loops."""
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows: float = node["Actual Rows"] + sum(node.get(name, 0) for name in removed)
    loops: float = node["Actual Loops"]
    return rows * loops


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)
