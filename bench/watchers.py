"""Programs that watch a city by server-sent events: what a connection costs, and what reading the
changes of a large city does."""

import os
import socket
import time
from contextlib import ExitStack
from statistics import median
from unittest.mock import patch

from flask import Flask
from sqlalchemy import text

from bench.gbfs import CITY, INSERT
from bench.server import RunningServer, memory_mb, processor_s, serve
from bench.support.application import (
    close_application,
    make_bench_app,
    open_application,
    open_database,
)
from bench.support.report import Figure, Section
from bench.support.small_city import populate
from bench.support.timing import processor_ms
from webapp.extensions import db
from webapp.fleet.live_map.changes import CityChanges
from webapp.regions.catalogue import add_city, catalogue

WATCHERS, QUICK_WATCHERS = 50, 2
VEHICLES, QUICK_VEHICLES = 50_000, 200
#: Vehicles that change between two looks.
CHANGED = 100
SECONDS, QUICK_SECONDS = 10.0, 0.2
REQUEST = b"GET /api/v1/cities/new%20york/vehicles/changes HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHANGE = """UPDATE vehicles SET lat = lat + 0.0001, changed_at = now()
    WHERE id IN (SELECT id FROM vehicles LIMIT :vehicles)"""
TEXT = (
    "Connections to one worker of gunicorn, beside the same worker without them, while vehicles of"
    " a small city change all the time; then the statements that are run for all of them, in a city"
    " with 50,000 vehicles."
)


def measure(quick: bool) -> Section:
    """Return what a connection costs, and a look at a large city."""
    return Section("Watchers", TEXT, [*_measure_connections(quick), *_measure_looks(quick)])


def _measure_connections(quick: bool) -> list[Figure]:
    count, seconds = (QUICK_WATCHERS, QUICK_SECONDS) if quick else (WATCHERS, SECONDS)
    settings = {
        "EVENT_STREAM_S": "3600",
        "LIVE_MAX_AGE_S": "3",
        "EVENT_STREAMS_PER_PROCESS": str(count),
    }
    settings["EVENT_STREAMS_PER_ADDRESS"] = str(count)
    with open_database() as database, patch.dict(os.environ, settings), ExitStack() as stack:
        app = make_bench_app(database)
        populate(app, quick=True)
        with serve("main:app", database, 1, 8, True) as server:
            server.measure("", 8, seconds)  # fills caches
            alone_ms, alone_mb, alone_s = _measure_server(app, server, seconds)
            for _ in range(count):
                client = socket.create_connection(("127.0.0.1", server.port))
                client.sendall(REQUEST)
                client.recv(4096)
                stack.push(client)
            watched_ms, watched_mb, watched_s = _measure_server(app, server, seconds)
        close_application(app)
    each = f"{count} connections; without"
    return [
        Figure("memory of the worker", each, watched_mb, alone_mb, "MB"),
        Figure("of a connection", "", (watched_mb - alone_mb) * 1000 / count, 0, "kB"),
        Figure("processor, each second", each, watched_s * 1000, alone_s * 1000),
        Figure("of a connection, each second", "", (watched_s - alone_s) * 1000 / count, 0),
        Figure("a page for riders, p50", each, watched_ms, alone_ms, "ms"),
    ]


def _measure_server(
    app: Flask, server: RunningServer, seconds: float
) -> tuple[float, float, float]:
    """Return the time of a page (ms, median), the memory of the worker (MB), and its processor time
    in a second without requests for pages."""
    (worker,) = server._workers()
    p50_ms = server.measure("", 1, seconds).p50_ms
    begin, begin_s = time.perf_counter(), processor_s(worker)
    while time.perf_counter() < begin + seconds:
        _change_vehicles(app, CHANGED)
        time.sleep(min(1.0, seconds))
    used_s = processor_s(worker) - begin_s
    return p50_ms, memory_mb(worker), used_s / (time.perf_counter() - begin)


def _measure_looks(quick: bool) -> list[Figure]:
    with open_application(DATABASE_ANSWER_TIMEOUT_MS=120_000) as app, app.app_context():
        add_city(**CITY)
        with db.engines["write"].begin() as connection:
            connection.execute(text(INSERT), {"vehicles": QUICK_VEHICLES if quick else VEHICLES})
            connection.execute(text("UPDATE vehicles SET changed_at = now() - interval '1 day'"))
        with db.engines["write"].connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE vehicles")
            )
        changes = CityChanges(catalogue().all()[0], 0.0)
        first_ms = processor_ms(changes.read)
        quiet_ms = median(processor_ms(changes.read) for _ in range(3))
        looks_ms = []
        for _ in range(1 if quick else 5):
            _change_vehicles(app, CHANGED)
            looks_ms.append(processor_ms(changes.read))
    return [
        Figure("the first look at a city", "all vehicles", first_ms, 0),
        Figure("a look, nothing has changed", "", quiet_ms, 0),
        Figure("a look, some have changed", f"{CHANGED} vehicles", median(looks_ms), 0),
    ]


def _change_vehicles(app: Flask, count: int) -> None:
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(text(CHANGE), {"vehicles": count})
