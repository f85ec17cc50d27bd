"""The plans with which PostgreSQL runs the statements of the application.

A test that uses this is marked ``postgresql_plans``: CockroachDB explains in another form.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import event, text

from webapp.extensions import db


def vacuum(*table_names: str) -> None:
    """Remove deleted rows of earlier tests from the indexes, and update the statistics."""
    engine = db.engines["write"]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in table_names:
            connection.execute(text(f"VACUUM ANALYZE {name}"))


class Plan:
    """The plan of a statement: its nodes and indexes, and how many rows they read."""

    def __init__(self, tree: dict[str, Any]) -> None:
        nodes = list(_walk(tree))
        self.nodes = {node["Node Type"] for node in nodes}
        self.indexes = {node["Index Name"] for node in nodes if "Index Name" in node}
        #: Tables that are read from end to end; right for those with a handful of rows.
        self.read_whole = {n["Relation Name"] for n in nodes if n["Node Type"] == "Seq Scan"}
        self.most_rows = max(
            node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in nodes
        )


def explain_plan(read: Callable[[], Any]) -> Plan:
    """Run ``read``, which sends one statement to db.session, and return its plan."""
    statements: list[tuple[str, Any]] = []

    def record(connection: Any, cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        statements.append((sql, parameters))

    event.listen(db.engine, "before_cursor_execute", record)
    try:
        read()
    finally:
        event.remove(db.engine, "before_cursor_execute", record)
    assert len(statements) == 1, statements
    sql, parameters = statements[0]
    with db.engines["write"].connect() as connection:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}"
        result: Any = connection.exec_driver_sql(explain, parameters).scalar()
    tree = json.loads(result) if isinstance(result, str) else result
    return Plan(tree[0]["Plan"])


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)
