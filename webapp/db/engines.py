"""The two engines: the default one reads, the bind ``write`` writes."""

import logging
import random
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from click import ClickException
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from webapp.db import circuit_breaker, local, retries
from webapp.db.connections import connect_args, replace_closed_connection
from webapp.db.isolation import execute_read_committed
from webapp.db.pool import MeasuredPool
from webapp.db.reads import STALE, remember_change
from webapp.db.slow_statements import make_cursor_class
from webapp.db.transactions import refuse_second_statement
from webapp.db.write_lock import execute_with_write_lock
from webapp.extensions import db
from webapp.observability.metrics import POOL_SIZE

#: CockroachDB is SERIALIZABLE by itself. A sequential scan, which PostgreSQL prefers for small
#: tables, locks the whole table against changes by anyone else; an index scan locks what it reads.
POSTGRESQL_WRITE_SETTINGS = {
    "default_transaction_isolation": "serializable",
    "enable_seqscan": "off",
}

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Give ``app`` its engines: the default one reads, the bind ``write`` writes.

    On CockroachDB the bind ``stale`` reads too, from the nearest copy (see ``stale_reads``).
    """
    retries.init_app(app)
    circuit_breaker.init_app(app)
    local.init_app(app)
    local_server = local.local_database(app)
    url = make_url(local_server.url() if local_server else app.config["DATABASE_URL"])
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    read_only = {"default_transaction_read_only": "on"}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _make_reader_options(app, url, read_only)
    # PostgreSQL is told at connect, which costs no trip.
    write = POSTGRESQL_WRITE_SETTINGS if _is_postgresql(url) else {}
    write_engine = {"url": url, **_make_options(app, url, write), "pool_logging_name": "write"}
    app.config["SQLALCHEMY_BINDS"] = {"write": write_engine}
    if not _is_postgresql(url) and app.config["FOLLOWER_READS"]:
        follower_reads = {**read_only, "default_transaction_use_follower_reads": "on"}
        stale_engine = {"url": url, **_make_reader_options(app, url, follower_reads)}
        stale_engine["pool_logging_name"] = STALE
        app.config["SQLALCHEMY_BINDS"][STALE] = stale_engine
        app.after_request(remember_change)
    app.config.setdefault("SQLALCHEMY_RECORD_QUERIES", app.config["DEBUG_TOOLBAR"])
    db.init_app(app)
    with app.app_context():
        event.listen(db.engines["write"], "before_cursor_execute", refuse_second_statement)
        if _is_postgresql(url):
            event.listen(db.engines["write"], "do_execute", execute_read_committed)
        if _is_postgresql(url) and app.config["POSTGRESQL_WRITE_LOCK"]:
            event.listen(db.engines["write"], "do_execute", execute_with_write_lock)
        for engine in db.engines.values():
            event.listen(engine, "checkout", replace_closed_connection)
            if local_server:
                event.listen(engine, "do_connect", lambda *_: local_server.ensure_started())


def _is_postgresql(url: URL) -> bool:
    return url.get_backend_name() == "postgresql"


def _make_reader_options(app: Flask, url: URL, variables: Mapping[str, str]) -> dict[str, Any]:
    return {**_make_options(app, url, variables), "isolation_level": "AUTOCOMMIT"}


def _make_options(app: Flask, url: URL, variables: Mapping[str, str]) -> dict[str, Any]:
    config = app.config
    timeout_ms: int = config["DATABASE_ANSWER_TIMEOUT_MS"]
    # Servers that started together must not all reconnect at the same moment.
    jitter = random.uniform(0.9, 1.1)  # noqa: S311 - not a secret
    return {
        "poolclass": MeasuredPool,
        "pool_size": config["DATABASE_POOL_SIZE"],
        "max_overflow": 0,
        "pool_timeout": timeout_ms / 1000,
        "pool_recycle": round(config["DATABASE_POOL_RECYCLE_S"] * jitter),
        "connect_args": {
            **connect_args(url, timeout_ms, variables, circuit_breaker.get_circuit_breaker(app)),
            "cursor_factory": make_cursor_class(config["SLOW_STATEMENT_MS"]),
        },
        "hide_parameters": True,  # an error in the log shall not name people
    }


def warm_up(app: Flask) -> None:
    """Open some connections of each engine before the first visitor comes.

    The first one of an engine costs seven round trips, later ones one or two. A database that
    does not answer stops nothing here: /health/ready tells it, and the pool connects when it can.
    """
    for name in ("read", *app.config["SQLALCHEMY_BINDS"]):
        POOL_SIZE.labels(name).set(app.config["DATABASE_POOL_SIZE"])
    connection_count = min(app.config["DATABASE_POOL_WARM"], app.config["DATABASE_POOL_SIZE"])
    with app.app_context(), ExitStack() as borrowed:
        try:
            for engine in db.engines.values():
                for _ in range(connection_count):
                    borrowed.enter_context(engine.connect())
        except (SQLAlchemyError, ClickException) as error:  # of the local PostgreSQL
            log.warning("cannot connect to the database yet: %s", type(error).__name__)
