"""The plans of all statements that an application sends, as PostgreSQL executes them.

``auto_explain`` sends each plan to the client, with the rows that it has really read; writes too.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from tests.explain import Plan
from webapp.extensions import db

SETTINGS = (
    "LOAD 'auto_explain'",
    "SET auto_explain.log_min_duration = 0",
    "SET auto_explain.log_analyze = on",
    "SET auto_explain.log_buffers = on",
    "SET auto_explain.log_format = json",
    "SET auto_explain.log_level = notice",
)
NOTICE = re.compile(r"duration: ([\d.]+) ms  plan:\s*(\{.*\})", re.S)


class ExecutedPlan(Plan):
    """The plan of a statement that was executed."""

    def __init__(self, duration_ms: float, document: dict[str, Any]) -> None:
        super().__init__(_executed(document["Plan"]), document["Query Text"])
        #: Without planning.
        self.duration_ms = duration_ms


def _executed(node: dict[str, Any]) -> dict[str, Any]:
    """Return a plan without the parts that were not needed."""
    parts = [_executed(part) for part in node.get("Plans", ()) if part["Actual Loops"]]
    return {**node, "Plans": parts}


class PlanCollector:
    """Gets the notices of the connections."""

    def __init__(self) -> None:
        self._plans: list[ExecutedPlan] = []

    def append(self, notice: str) -> None:
        """Take a notice of the server; psycopg2 calls this."""
        if match := NOTICE.search(notice):
            self._plans.append(ExecutedPlan(float(match[1]), json.loads(match[2])))

    def take_queries(self) -> list[ExecutedPlan]:
        """Return the plans since the last call."""
        plans, self._plans = self._plans, []
        return plans


@contextmanager
def collect_plans(app: Flask) -> Iterator[PlanCollector]:
    """Within, the connections of an application report their plans. They are opened anew."""
    collector = PlanCollector()

    def connect(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            for setting in SETTINGS:
                cursor.execute(setting)
        connection.commit()
        connection.notices = collector

    with app.app_context():
        engines = list(db.engines.values())
    for engine in engines:
        engine.dispose()
        event.listen(engine, "connect", connect)
    try:
        yield collector
    finally:
        for engine in engines:
            event.remove(engine, "connect", connect)
            engine.dispose()
