"""Asks all regions of the database at once, with a time limit: a lost one holds up nobody."""

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

from flask import Flask, current_app
from sqlalchemy import Engine, Executable, create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from webapp.auth.models import User
from webapp.db.connections import connect_args
from webapp.db.types import table

#: A region that takes longer counts as lost.
ANSWER_TIMEOUT_S = 1.0
ENGINE = "movr_status_engine"


def init_app(app: Flask) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.extensions[ENGINE] = create_engine(
        url,
        poolclass=NullPool,  # neither takes a connection from visitors, nor keeps one
        isolation_level="AUTOCOMMIT",
        connect_args=connect_args(url, round(ANSWER_TIMEOUT_S * 1000), {}),
    )


class RegionProbe:
    """Questions to the regions, on their way. ``read`` waits for the answers.

    Each is a connection to the nearest node and one statement that reads a row of the region.
    """

    def __init__(self, regions: Iterable[str]) -> None:
        engine: Engine = current_app.extensions[ENGINE]
        names = sorted(regions)
        self._deadline = time.monotonic() + ANSWER_TIMEOUT_S * 1.5
        self._threads = ThreadPoolExecutor(max(1, len(names)), thread_name_prefix="status")
        self._answers: dict[str, Future[float]] = {
            name: self._threads.submit(_ask, engine, row_statement(name)) for name in names
        }

    def read(self) -> dict[str, float | None]:
        """Return how many milliseconds each region took; None: no answer in time."""
        results = {name: self._wait(answer) for name, answer in self._answers.items()}
        self._threads.shutdown(wait=False, cancel_futures=True)
        return results

    def _wait(self, answer: "Future[float]") -> float | None:
        try:
            return answer.result(max(0.0, self._deadline - time.monotonic()))
        except (DBAPIError, FutureTimeout):
            return None


def row_statement(region: str) -> Executable:
    """Return a statement that only the replicas of a region can answer."""
    accounts = table(User).c
    return select(accounts.id).where(accounts.region == region).limit(1)


def _ask(engine: Engine, statement: Executable) -> float:
    with engine.connect() as connection:
        started_at = time.monotonic()
        connection.execute(statement).all()
        return (time.monotonic() - started_at) * 1000
