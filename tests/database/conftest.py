"""A small table to write to, a second application behind a proxy, and a way to kill sessions."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, current_app
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL

from tests.database_proxy import DatabaseProxy, open_proxied_context

#: Read the rows of the table ``notes``.
ReadNotes = Callable[[], list[tuple[int, int]]]
#: End a session of the server, by its process id.
KillSession = Callable[[int], None]


@pytest.fixture(autouse=True)
def _postgresql_only(server: URL) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol and reads its system tables")


@pytest.fixture
def admin(database: URL) -> Iterator[Engine]:
    """Connections that are none of the application's."""
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def read_notes(admin: Engine) -> Iterator[ReadNotes]:
    """The table ``notes (id, n)``; calling it returns its rows."""
    with admin.connect() as connection:
        connection.execute(text("CREATE TABLE notes (id integer PRIMARY KEY, n integer NOT NULL)"))

    def rows() -> list[tuple[int, int]]:
        with admin.connect() as connection:
            return [
                tuple(r) for r in connection.execute(text("SELECT id, n FROM notes ORDER BY 1"))
            ]

    yield rows
    with admin.connect() as connection:
        connection.execute(text("DROP TABLE notes"))


@pytest.fixture
def kill_session(admin: Engine) -> KillSession:
    """End a session of the server, as a restart would; returns when it has gone."""

    def terminate(pid: int) -> None:
        with admin.connect() as connection:
            assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 60000)"), {"pid": pid})

    return terminate


@pytest.fixture
def proxy(server: URL, database: URL, request: pytest.FixtureRequest) -> Iterator[DatabaseProxy]:
    """An application whose one connection for reading and one for writing go through a proxy."""
    has_short_timeouts = request.node.get_closest_marker("short_timeouts")
    settings = {"DATABASE_ANSWER_TIMEOUT_MS": 1_000} if has_short_timeouts else {}
    with open_proxied_context(server, database, **settings) as proxy:
        yield proxy


@pytest.fixture
def proxied_app(proxy: DatabaseProxy) -> Flask:
    """The application behind ``proxy``, whose context is entered."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


@pytest.fixture
def app_in_context(app: Flask) -> Iterator[Flask]:
    """The application, with its context."""
    with app.app_context():
        yield app
