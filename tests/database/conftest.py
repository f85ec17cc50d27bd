"""A small table to write to, a second application behind a wire, and somebody to kill sessions."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, current_app
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL

from tests.database_proxy import DatabaseProxy, open_proxied_context


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
def notes(admin: Engine) -> Iterator[Callable[[], list[tuple[int, int]]]]:
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
def kill(admin: Engine) -> Callable[[int], None]:
    """End a session of the server, as a restart would; returns when it has gone."""

    def terminate(pid: int) -> None:
        with admin.connect() as connection:
            assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    return terminate


@pytest.fixture
def wire(server: URL, database: URL, request: pytest.FixtureRequest) -> Iterator[DatabaseProxy]:
    """An application whose one connection for reading and one for writing go through a wire."""
    is_impatient = request.node.get_closest_marker("impatient")
    settings = {"DATABASE_ANSWER_TIMEOUT_MS": 1_000} if is_impatient else {}
    with open_proxied_context(server, database, **settings) as cable:
        yield cable


@pytest.fixture
def wired(wire: DatabaseProxy) -> Flask:
    """The application behind ``wire``, whose context is entered."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """The application, with its context."""
    with app.app_context():
        yield app
