"""A fake CockroachDB cluster with regions. There is no CockroachDB here: a fake engine returns the
rows and raises the errors that a CockroachDB would; the exact text of all statements is kept in
tests/golden."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg2
from sqlalchemy.exc import ProgrammingError

from webapp.regions.regional_database import Regions

CLUSTER = ("us-east1", "us-west1", "europe-west1", "asia-south1")
NEW = Regions("movr", CLUSTER)
TWO = Regions("movr", CLUSTER, ("us-east1", "us-west1"), "us-east1", "zone")
THREE = Regions("movr", CLUSTER, CLUSTER[:3], "us-east1", "zone")
SAFE = Regions("movr", CLUSTER, CLUSTER[:3], "us-east1", "region")
FOUR = Regions("movr", CLUSTER, CLUSTER, "us-east1", "region")


class FakeCluster:
    """A fake engine: it answers as CockroachDB would, and records the statements."""

    def __init__(self, regions: Regions = THREE) -> None:
        self.regions = regions
        self.statements: list[str] = []
        self.jobs: list[list[float]] = []
        self.error: Exception | None = None

    @contextmanager
    def connect(self) -> Iterator["FakeCluster"]:
        yield self

    def execute(self, statement: Any) -> Any:
        sql = str(statement)
        self.statements.append(sql)
        if sql.startswith("ALTER") and self.error:
            raise self.error
        rows = self._answer(sql)
        return SimpleNamespace(
            returns_rows=not sql.startswith("ALTER"),
            mappings=lambda: SimpleNamespace(all=lambda: rows),
        )

    def _answer(self, sql: str) -> list[dict[str, Any]]:
        regions = self.regions
        if sql.startswith("SELECT current_database"):
            return [{"name": regions.database}]
        if sql == "SHOW REGIONS FROM CLUSTER":
            return [{"region": name, "zones": ["a"]} for name in regions.cluster_regions]
        if sql.startswith("SHOW REGIONS FROM DATABASE"):
            return [
                {"region": n, "primary": n == regions.primary} for n in regions.database_regions
            ]
        if sql.startswith("SHOW SURVIVAL GOAL"):
            return [{"database": regions.database, "survival_goal": regions.survival_goal}]
        if "[SHOW JOBS]" in sql and self.jobs:
            fractions = self.jobs.pop(0)
            return [{"description": "ALTER", "fraction_completed": f} for f in fractions]
        return []

    @property
    def changes(self) -> list[str]:
        return [sql for sql in self.statements if sql.startswith("ALTER")]


def make_error(state: str, message: str) -> ProgrammingError:
    """Return an error as psycopg2 raises it when the server sends that SQLSTATE."""
    error = psycopg2.ProgrammingError(f"{message}\nHINT: more")
    error.__setstate__({"pgcode": state})
    return ProgrammingError("ALTER", {}, error)
