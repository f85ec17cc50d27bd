"""Asks all regions of the database at once, with a time limit: a lost one holds up nobody."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, NamedTuple

from flask import Flask, current_app
from sqlalchemy import Engine, Executable, Row, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from webapp.db.connections import connect_args

ENGINE = "movr_region_probe_engine"


def init_app(app: Flask) -> None:
    url, timeout_s = app.config["SQLALCHEMY_DATABASE_URI"], app.config["REGION_TIMEOUT_S"]
    app.extensions[ENGINE] = create_engine(
        url,
        poolclass=NullPool,  # neither takes a connection from visitors, nor keeps one
        isolation_level="AUTOCOMMIT",
        connect_args=connect_args(url, round(timeout_s * 1000), {}),
    )


class RegionAnswer(NamedTuple):
    """What a region answered."""

    #: How long the first statement took, milliseconds.
    ms: float
    #: The rows of each statement. Any: columns of any type.
    results: list[Sequence[Row[Any]]]


class RegionProbe:
    """Questions to the regions, on their way. ``read`` waits for the answers.

    Each is a connection to the nearest node, and the statements of the region, one after the other.
    """

    def __init__(self, statements: Mapping[str, Sequence[Executable]]) -> None:
        """statements: by region; each reads rows of that region only."""
        engine: Engine = current_app.extensions[ENGINE]
        # Half as much again for the connection.
        self._deadline = time.monotonic() + current_app.config["REGION_TIMEOUT_S"] * 1.5
        self._threads = ThreadPoolExecutor(max(1, len(statements)), thread_name_prefix="regions")
        self._answers: dict[str, Future[RegionAnswer]] = {
            region: self._threads.submit(_ask, engine, asked)
            for region, asked in statements.items()
        }

    def read(self) -> dict[str, RegionAnswer | None]:
        """Return the answer of each region; None: none in time."""
        answers = {region: self._wait(answer) for region, answer in self._answers.items()}
        self._threads.shutdown(wait=False, cancel_futures=True)
        return answers

    def _wait(self, answer: "Future[RegionAnswer]") -> RegionAnswer | None:
        try:
            return answer.result(max(0.0, self._deadline - time.monotonic()))
        except (DBAPIError, FutureTimeout):
            return None


def _ask(engine: Engine, statements: Sequence[Executable]) -> RegionAnswer:
    with engine.connect() as connection:
        started_at = time.monotonic()
        first = connection.execute(statements[0]).all()
        ms = (time.monotonic() - started_at) * 1000
        others = [connection.execute(statement).all() for statement in statements[1:]]
        return RegionAnswer(ms, [first, *others])
