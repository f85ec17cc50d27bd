"""A cable between the application and PostgreSQL that counts questions and can be cut.

``Wire(server)`` listens on a socket of its own; an application on ``wire.url(database)`` speaks
through it. psycopg2 sends one message for each round trip, so ``wire.queries`` is what a page
really costs, BEGIN and COMMIT included.
"""

import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.engine import URL

from tests.conftest import make_app
from webapp.extensions import db
from webapp.regions import catalogue

#: Version number of a StartupMessage; other first messages ask for encryption and are answered
#: with one byte, after which the client starts again.
STARTUP = 196608


class Wire:
    def __init__(self, server: URL) -> None:
        self.server = server
        self.queries: list[str] = []
        #: What is still to be cut: "answer" or "question", and how the query begins.
        self.to_lose: tuple[str, str] | None = None
        self._flowing = threading.Event()
        self._flowing.set()
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
            server = self._connect()
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
        try:
            for message in _messages(client):
                if message[:1] == b"Q" and self._notice(message[5:-1].decode(), muted):
                    break
                self._flowing.wait()
                server.sendall(message)
        except OSError:
            pass
        _close(client)
        _close(server)

    def _notice(self, sql: str, muted: threading.Event) -> bool:
        """Write down the query; return whether it is to be lost."""
        self.queries.append(sql)
        if not self.to_lose or not sql.startswith(self.to_lose[1]):
            return False
        what, self.to_lose = self.to_lose[0], None
        if what == "answer":
            muted.set()
        return what == "question"

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
    wire = Wire(server)
    with make_app(wire.url(database), DATABASE_POOL_SIZE=1, **settings).app_context():
        engines = (db.engine, db.engines["write"])
        for engine in engines:
            engine.connect().close()
        catalogue().all()
        wire.take_queries()
        try:
            yield wire
        finally:
            db.session.remove()
            for engine in engines:
                engine.dispose()
            wire.close()


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
