"""How PostgreSQL would run what the application asks.

A test that uses this is marked ``postgresql_plans``: CockroachDB explains in another form.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import event, text

from webapp.extensions import db


class Plan:
    """The plan of a statement that was run: its nodes, indexes, and the rows they touched."""

    def __init__(self, tree: dict[str, Any]) -> None:
        every = list(_walk(tree))
        self.nodes = {node["Node Type"] for node in every}
        self.indexes = {node["Index Name"] for node in every if "Index Name" in node}
        #: Tables that are read from end to end; right for those with a handful of rows.
        self.read_whole = {n["Relation Name"] for n in every if n["Node Type"] == "Seq Scan"}
        self.most_rows = max(
            node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in every
        )


def explain_plan(read: Callable[[], Any]) -> Plan:
    """Run ``read``, which asks one thing of db.session, and return how that was done."""
    asked: list[tuple[str, Any]] = []

    def notice(connection: Any, cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        asked.append((sql, parameters))

    event.listen(db.engine, "before_cursor_execute", notice)
    try:
        read()
    finally:
        event.remove(db.engine, "before_cursor_execute", notice)
    assert len(asked) == 1, asked
    sql, parameters = asked[0]
    with db.engines["write"].connect() as connection:
        question = f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}"
        answer: Any = connection.exec_driver_sql(question, parameters).scalar()
    tree = json.loads(answer) if isinstance(answer, str) else answer
    return Plan(tree[0]["Plan"])


def vacuum(*tables: str) -> None:
    """Remove deleted rows of earlier tests from tables and their indexes, and count the rows."""
    write_engine = db.engines["write"]
    with write_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in tables:
            connection.execute(text(f"VACUUM ANALYZE {name}"))


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)
