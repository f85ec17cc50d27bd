"""A proxy between the application and PostgreSQL that counts queries, delays them, cuts connections,
and has errors answered that only CockroachDB has.

``DatabaseProxy(server)`` listens on a socket of its own; an application on ``proxy.url(database)``
speaks through it. psycopg2 sends one message for each round trip, so ``proxy.queries`` is what a
page really costs, BEGIN and COMMIT included.
"""

import shutil
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from flask import Flask
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError

from tests.databases import make_app
from tests.visitor import Visitor
from tests.waiting import WAIT_TIMEOUT_S, wait_until
from webapp.db.isolation import SET_READ_COMMITTED
from webapp.db.write_lock import TAKE_WRITE_LOCK
from webapp.extensions import db
from webapp.regions.catalogue import catalogue

#: Where a connection is cut: before the server gets the query, as soon as the server has the query,
#: or when the server sends the result.
Cut = Literal["query", "connection", "result"]


@dataclass(frozen=True)
class ServerError:
    """An error that the server answers with, in place of running the query."""

    sqlstate: str
    message: str

    def replace(self, sql: str) -> str:
        """Return the query that the server gets. After COMMIT no transaction is open, as always."""
        ends = "ROLLBACK; " if sql == "COMMIT" else ""
        text = self.message.replace("'", "''")
        return f"{ends}DO $$BEGIN RAISE '%', '{text}' USING ERRCODE = '{self.sqlstate}'; END$$"


#: What CockroachDB answers when the region of the rows is lost.
LOST_REGION_ERRORS = [
    ServerError("58C00", "key range id:63 is unavailable"),
    ServerError("58C01", "unable to dial n4: breaker open"),
    ServerError(
        "XXUUU", "replica unavailable: (n1,s1):1 unable to serve request to r63: closed timestamp"
    ),
    ServerError("XXUUU", "while reading: lost quorum (down: (n4,s4):2,(n5,s5):3)"),
]

#: Version number of a StartupMessage; other first messages ask for encryption and are answered
#: with one byte, after which the client starts again.
STARTUP = 196608


class DatabaseProxy:
    def __init__(self, server: URL) -> None:
        self.server = server
        #: Without the write lock or the isolation, which stand before a query in the same message.
        self.queries: list[str] = []
        #: How many of them took it.
        self.write_locks = 0
        #: The next cut, and how its query begins.
        self.pending_cut: tuple[Cut, str] | None = None
        #: Called with each query; may do harm, and return where to cut the connection, or with what
        #: the server answers.
        self.on_query: Callable[[str], Cut | ServerError | None] = lambda sql: None
        #: How long a message takes to the server. The result takes no time, so that this is what
        #: one round trip costs, however many messages the result has.
        self.delay_s = 0.0
        self._is_flowing = threading.Event()
        self._is_flowing.set()
        self._in_transit: set[int] = set()
        self._sockets: list[socket.socket] = []
        self.folder = Path(tempfile.mkdtemp(prefix="movr-proxy-"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / ".s.PGSQL.5432"))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database: URL) -> URL:
        """Return the address of a database of the server, through this proxy."""
        return database.set(host=None, port=None).update_query_dict({"host": str(self.folder)})

    def drop_result_of(self, beginning: str) -> None:
        """Cut the connection once, when the server sends the result of a query that begins so."""
        self.pending_cut = ("result", beginning)

    def answer_with(self, error: ServerError, beginning: str) -> None:
        """Have every query that begins so answered with an error."""
        self.on_query = lambda sql: error if sql.startswith(beginning) else None

    def drop_query(self, beginning: str) -> None:
        """Cut the connection once, before a query that begins so reaches the server."""
        self.pending_cut = ("query", beginning)

    def freeze(self) -> None:
        """Hold all messages back; connections stay open."""
        self._is_flowing.clear()

    def thaw(self) -> None:
        """Let messages through again."""
        self._is_flowing.set()

    def is_idle(self) -> bool:
        """Tell whether no query is on its way to the server."""
        return not self._in_transit

    def count_open_sockets(self) -> int:
        """Return how many sockets are open: fewer when one side has closed its connection."""
        return sum(each.fileno() != -1 for each in self._sockets)

    def take_queries(self) -> list[str]:
        """Return the queries since the last call."""
        queries, self.queries = self.queries, []
        return queries

    def close(self) -> None:
        self.thaw()
        for each in [self._listener, *self._sockets]:
            _close(each)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = self._connect()
            except OSError:  # the server is down
                _close(client)
                continue
            self._sockets += [client, server]
            is_cut = threading.Event()
            for forward in (self._forward_queries, self._forward_results):
                threading.Thread(target=forward, args=(client, server, is_cut), daemon=True).start()

    def _connect(self) -> socket.socket:
        folder = self.server.query.get("host") or self.server.host or "localhost"
        port = self.server.port or 5432
        if not str(folder).startswith("/"):
            return socket.create_connection((str(folder), port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{folder}/.s.PGSQL.{port}")
        return server

    def _forward_queries(
        self, client: socket.socket, server: socket.socket, is_cut: threading.Event
    ) -> None:
        thread_id = threading.get_ident()
        try:
            for message in _messages(client):
                self._in_transit.add(thread_id)
                cut = self._record_query(message[5:-1].decode()) if message[:1] == b"Q" else None
                if cut == "query":
                    break
                if isinstance(cut, ServerError):
                    message = _query_message(cut.replace(message[5:-1].decode()))
                if cut in ("connection", "result"):
                    # Before the server gets the query: its answer may be there at once.
                    is_cut.set()
                time.sleep(self.delay_s)
                self._is_flowing.wait()
                server.sendall(message)
                if cut == "connection":
                    _close(client)
                self._in_transit.discard(thread_id)
        except OSError:
            pass
        self._in_transit.discard(thread_id)
        _close(client)
        _close(server)

    def _record_query(self, sql: str) -> Cut | ServerError | None:
        """Record the query; return where to cut its connection, or with what it is answered."""
        self.write_locks += sql.startswith(TAKE_WRITE_LOCK)
        sql = sql.removeprefix(TAKE_WRITE_LOCK).removeprefix(SET_READ_COMMITTED)
        self.queries.append(sql)
        if self.pending_cut and sql.startswith(self.pending_cut[1]):
            cut, self.pending_cut = self.pending_cut[0], None
            return cut
        return self.on_query(sql)

    def _forward_results(
        self, client: socket.socket, server: socket.socket, is_cut: threading.Event
    ) -> None:
        try:
            while data := server.recv(65536):
                self._is_flowing.wait()
                if is_cut.is_set():
                    break
                client.sendall(data)
        except OSError:
            pass
        _close(client)
        _close(server)


@contextmanager
def open_proxied_context(server: URL, database: URL, **settings: object) -> Iterator[DatabaseProxy]:
    """Enter the context of an application that speaks through a new proxy, already connected."""
    with open_proxied_app(server, database, **settings) as (app, proxy), app.app_context():
        try:
            yield proxy
        finally:
            db.session.remove()


@contextmanager
def open_proxied_app(
    server: URL, database: URL, **settings: object
) -> Iterator[tuple[Flask, DatabaseProxy]]:
    """Make an application that speaks through a new proxy, with its pools full."""
    proxy = DatabaseProxy(server)
    app = make_app(proxy.url(database), **{"DATABASE_POOL_SIZE": 1, **settings})
    app.test_client_class = Visitor
    with app.app_context():
        engines = (db.engine, db.engines["write"])
        wait_until(partial(_is_connected, *engines))
    proxy.take_queries()
    try:
        yield app, proxy
    finally:
        for engine in engines:
            engine.dispose()
        proxy.close()


def _is_connected(*engines: Engine) -> bool:
    """Fill what the application keeps, and its pools; tell whether its time-outs were long enough
    for that on this machine, just now."""
    try:
        catalogue().all()
        db.session.remove()
        fill_pools(*engines)
    except DBAPIError:
        return False
    return True


def fill_pools(*engines: Engine) -> None:
    """Open every connection that the pools may hold, so that none is opened while queries are counted."""
    with ExitStack() as borrowed:
        for engine in engines:
            for _ in range(engine.pool.size()):  # type: ignore[attr-defined]
                borrowed.enter_context(engine.connect())


def wait_longer_for_answers(app: Flask) -> None:
    """Let the application wait a minute for an answer; the time-outs of the server stay. On a busy
    machine it would else give up before it hears that the server has."""
    with app.app_context():
        for engine in db.engines.values():
            with engine.connect() as connection:
                timed_class: Any = type(connection.connection.dbapi_connection)
                timed_class.answer_timeout_s = WAIT_TIMEOUT_S


def _messages(client: socket.socket) -> Iterator[bytes]:
    started = False
    while True:
        kind = b"" if not started else _read(client, 1)
        length = _read(client, 4)
        body = _read(client, struct.unpack("!i", length)[0] - 4)
        started = started or struct.unpack("!i", body[:4])[0] == STARTUP
        yield kind + length + body


def _query_message(sql: str) -> bytes:
    body = sql.encode() + b"\0"
    return b"Q" + struct.pack("!i", len(body) + 4) + body


def _read(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data


def _close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
