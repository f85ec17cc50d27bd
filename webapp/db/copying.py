"""COPY: many rows in one statement, for commands that fill a database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import StringIO

from psycopg2 import extensions as pg
from sqlalchemy import Connection, Engine, create_engine, pool
from sqlalchemy.engine import URL

from webapp.db.types import table
from webapp.extensions import Base

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@contextmanager
def open_copy_engine(url: URL) -> Iterator[Engine]:
    """Open an engine on whose connections ``copy_rows`` works, without the answer time-out.

    Only for commands: until it is closed, no connection of the process has that time-out, since
    psycopg2 allows either COPY or a function of ours that waits for answers.
    """
    wait = pg.get_wait_callback()
    pg.set_wait_callback(None)
    arguments = {"connect_timeout": 10, "application_name": "movr copy"}
    engine = create_engine(url, poolclass=pool.StaticPool, connect_args=arguments)
    try:
        yield engine
    finally:
        engine.dispose()
        pg.set_wait_callback(wait)


def copy_rows(
    connection: Connection, model: type[Base], rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert rows, all with the same columns, in the transaction of the connection.

    Arrays are lists of texts; JSON is given as text.
    """
    if not rows:
        return
    lines = ("\t".join(map(_format_value, row.values())) for row in rows)
    quote = connection.dialect.identifier_preparer.quote
    rows_table = table(model)
    names = ", ".join(quote(rows_table.c[column].name) for column in rows[0])
    statement = f"COPY {quote(rows_table.name)} ({names}) FROM STDIN"
    cursor = connection.connection.cursor()
    cursor.copy_expert(statement, StringIO("\n".join(lines)))
    cursor.close()


def _format_value(value: object) -> str:
    """Return a value in the text format of COPY."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return _format_array(value).translate(_ESCAPES)
    return str(value)


def _format_array(texts: list[str]) -> str:
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"
