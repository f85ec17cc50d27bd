"""What figures stand beside: the least that Flask, Jinja and a database take for the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from flask import Flask, Response, render_template
from sqlalchemy.engine import URL

from bench.support.requests import Request, get

BARE_FLASK = "bare Flask, same bytes"
BARE_PAGE = "bare Flask, one query of 30 rows, 31 KB template"
SELECT_1 = "SELECT 1"
UPDATE_1 = "UPDATE of one row"

#: A list of 30 rows with six columns each; the page has 31 KB.
ROWS = 30
ROWS_QUERY = f"""SELECT n, 'vehicle ' || n, 'bike', n * 1.5, now(), 'by the fountain'
    FROM generate_series(1, {ROWS}) AS n"""  # noqa: S608 - a constant
PAGE_TEMPLATE = (
    "<!doctype html><title>List</title>"
    "{% for row in rows %}<article><h2>{{ row[1] }}</h2><p>{{ row[0] }} {{ row[2] }} {{ row[3] }}"
    " {{ row[4] }} {{ row[5] }}</p>" + "<p>padding</p>" * 66 + "</article>{% endfor %}"
)


def bare_flask(body: bytes, mimetype: str) -> Request:
    """Return a request to a Flask application that only answers these bytes."""
    app = Flask("bare")

    @app.get("/")
    def index() -> Response:
        return Response(body, mimetype=mimetype)

    return get(app.wsgi_app, "/")


@contextmanager
def bare_page(database: URL) -> Iterator[Request]:
    """Yield a request to a Flask application that reads 30 rows and renders them."""
    app = Flask("bare")
    template = app.jinja_env.from_string(PAGE_TEMPLATE)
    with _connect(database) as connection:

        @app.get("/")
        def index() -> str:
            with connection.cursor() as cursor:
                cursor.execute(ROWS_QUERY)
                return render_template(template, rows=cursor.fetchall())

        yield get(app.wsgi_app, "/")


class Statement:
    """A call that runs one statement in a transaction of its own: one round trip on the wire."""

    def __init__(self, connection: "psycopg2.extensions.connection", sql: str) -> None:
        self._connection = connection
        self._sql = sql

    def __call__(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(self._sql)


@contextmanager
def select_1(database: URL) -> Iterator[Statement]:
    """Yield a call that asks the database for nothing."""
    with _connect(database) as connection:
        yield Statement(connection, "SELECT 1")


@contextmanager
def update_1(database: URL) -> Iterator[Statement]:
    """Yield a call that changes one row of a small table, and waits until it is on the disk."""
    with _connect(database) as connection:
        for sql in (
            "CREATE TABLE IF NOT EXISTS bench_writes (number integer)",
            "INSERT INTO bench_writes VALUES (0)",
        ):
            Statement(connection, sql)()
        yield Statement(connection, "UPDATE bench_writes SET number = number + 1")


@contextmanager
def _connect(database: URL) -> Iterator["psycopg2.extensions.connection"]:
    url = database.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()
