"""A cable between the application and PostgreSQL that counts questions, delays them, and can be cut.

``Wire(server)`` listens on a socket of its own; an application on ``wire.url(database)`` speaks
through it. psycopg2 sends one message for each round trip, so ``wire.queries`` is what a page
really costs, BEGIN and COMMIT included.
"""

import shutil
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from flask import Flask
from sqlalchemy.engine import URL, Engine

from tests.databases import make_app
from tests.visitor import Visitor
from webapp.extensions import db
from webapp.regions.catalogue import catalogue

#: Version number of a StartupMessage; other first messages ask for encryption and are answered
#: with one byte, after which the client starts again.
STARTUP = 196608


class Wire:
    def __init__(self, server: URL) -> None:
        self.server = server
        self.queries: list[str] = []
        #: What is still to be cut: "answer" or "question", and how the query begins.
        self.to_lose: tuple[str, str] | None = None
        #: Called with each query; may do harm, and say what is to be cut: "question" (the server
        #: never sees it), "line" (it does, but nobody waits for it) or "answer" (it is done, and
        #: nobody hears of it).
        self.on_query: Callable[[str], str | None] = lambda sql: None
        #: How long a message takes to the server. The way back takes no time, so that this is what
        #: one round trip costs, however many pieces the answer has.
        self.delay_s = 0.0
        self._flowing = threading.Event()
        self._flowing.set()
        self._in_transit: set[int] = set()
        self._cables: list[socket.socket] = []
        self.folder = Path(tempfile.mkdtemp(prefix="movr-wire-"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / ".s.PGSQL.5432"))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database: URL) -> URL:
        """Return the address of a database of the server, through this cable."""
        return database.set(host=None, port=None).update_query_dict({"host": str(self.folder)})

    def lose_answer_to(self, beginning: str) -> None:
        """Cut the connection once, when the server answers a query that begins like that."""
        self.to_lose = ("answer", beginning)

    def lose_question(self, beginning: str) -> None:
        """Cut the connection once, before a query that begins like that reaches the server."""
        self.to_lose = ("question", beginning)

    def freeze(self) -> None:
        """Let nothing through any more; connections stay open."""
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    def is_empty(self) -> bool:
        """Tell whether no question is on its way to the server any more."""
        return not self._in_transit

    def open_ends(self) -> int:
        """Return how many ends of cables are open: fewer when somebody's hanging up has come through."""
        return sum(end.fileno() != -1 for end in self._cables)

    def take_queries(self) -> list[str]:
        """Return the queries since the last call."""
        taken, self.queries = self.queries, []
        return taken

    def close(self) -> None:
        self.thaw()
        for end in [self._listener, *self._cables]:
            _close(end)
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
            self._cables += [client, server]
            muted = threading.Event()
            for pump in (self._questions, self._answers):
                threading.Thread(target=pump, args=(client, server, muted), daemon=True).start()

    def _connect(self) -> socket.socket:
        folder = self.server.query.get("host") or self.server.host or "localhost"
        port = self.server.port or 5432
        if not str(folder).startswith("/"):
            return socket.create_connection((str(folder), port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{folder}/.s.PGSQL.{port}")
        return server

    def _questions(self, client: socket.socket, server: socket.socket, muted: threading.Event):
        me = threading.get_ident()
        try:
            for message in _messages(client):
                self._in_transit.add(me)
                lost = self._notice(message[5:-1].decode()) if message[:1] == b"Q" else None
                if lost == "question":
                    break
                if lost == "answer":
                    muted.set()
                time.sleep(self.delay_s)
                self._flowing.wait()
                server.sendall(message)
                if lost == "line":
                    _close(client)
                self._in_transit.discard(me)
        except OSError:
            pass
        self._in_transit.discard(me)
        _close(client)
        _close(server)

    def _notice(self, sql: str) -> str | None:
        """Write down the query; return what is to be lost."""
        self.queries.append(sql)
        if self.to_lose and sql.startswith(self.to_lose[1]):
            what, self.to_lose = self.to_lose[0], None
            return what
        return self.on_query(sql)

    def _answers(self, client: socket.socket, server: socket.socket, muted: threading.Event):
        try:
            while data := server.recv(65536):
                self._flowing.wait()
                if muted.is_set():
                    break
                client.sendall(data)
        except OSError:
            pass
        _close(client)
        _close(server)


@contextmanager
def wired_app(server: URL, database: URL, **settings: object) -> Iterator[Wire]:
    """Enter the context of an application that speaks through a new wire, already connected."""
    with wired(server, database, **settings) as (app, wire), app.app_context():
        try:
            yield wire
        finally:
            db.session.remove()


@contextmanager
def wired(server: URL, database: URL, **settings: object) -> Iterator[tuple[Flask, Wire]]:
    """Make an application that speaks through a new wire, with its pools full."""
    wire = Wire(server)
    app = make_app(wire.url(database), **{"DATABASE_POOL_SIZE": 1, **settings})
    app.test_client_class = Visitor
    with app.app_context():
        engines = (db.engine, db.engines["write"])
        catalogue().all()
        db.session.remove()
    fill(*engines)
    wire.take_queries()
    try:
        yield app, wire
    finally:
        for engine in engines:
            engine.dispose()
        wire.close()


def fill(*engines: Engine) -> None:
    """Open every connection that the pools may hold, so that none is opened while one counts."""
    with ExitStack() as borrowed:
        for engine in engines:
            for _ in range(engine.pool.size()):  # type: ignore[attr-defined]
                borrowed.enter_context(engine.connect())


def _messages(client: socket.socket) -> Iterator[bytes]:
    started = False
    while True:
        kind = b"" if not started else _read(client, 1)
        length = _read(client, 4)
        body = _read(client, struct.unpack("!i", length)[0] - 4)
        started = started or struct.unpack("!i", body[:4])[0] == STARTUP
        yield kind + length + body


def _read(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
