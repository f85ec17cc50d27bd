"""Statements on the table ``notes (id, n)`` of the fixture ``read_notes``."""

from collections.abc import Callable

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

INSERT = text("INSERT INTO notes VALUES (:id, :n)")
INSERT_ONCE = text("INSERT INTO notes VALUES (:id, :n) ON CONFLICT DO NOTHING")
READ = text("SELECT n FROM notes WHERE id = :id")
WRITE = text("UPDATE notes SET n = :n WHERE id = :id")
PID = text("SELECT pg_backend_pid()")


def insert(id_: int = 1, n: int = 0) -> Callable[[Session], object]:
    return lambda session: session.execute(INSERT, {"id": id_, "n": n})


def insert_once(id_: int = 1, n: int = 0) -> Callable[[Session], object]:
    return lambda session: session.execute(INSERT_ONCE, {"id": id_, "n": n})


def fail_with(state: str) -> TextClause:
    """Return a statement that raises an error with this SQLSTATE."""
    return text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")
