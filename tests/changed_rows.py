"""Counting the rows that statements change, also by a cascade. PostgreSQL only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

from webapp.extensions import db

#: Counts the rows that each statement changes, also by a cascade, in a table of the test.
COUNT_ROWS = """
CREATE TABLE changed_rows (name text, number bigint);
CREATE FUNCTION count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed_rows SELECT TG_TABLE_NAME, count(*) FROM changed;
  RETURN NULL;
END $$;
"""


@contextmanager
def counting_rows() -> Iterator[Callable[[], dict[str, int]]]:
    """Yield a function that returns the most rows of each table that one statement has changed."""
    names = [each.name for each in db.metadata.sorted_tables]
    query: Any = text("SELECT name, max(number) FROM changed_rows GROUP BY name")
    with db.engines["write"].begin() as connection:
        connection.execute(text(COUNT_ROWS))
        for name in names:
            for number, kind in enumerate(("UPDATE", "DELETE")):
                is_new = "NEW" if kind == "UPDATE" else "OLD"
                connection.execute(
                    text(
                        f"CREATE TRIGGER count_{number} AFTER {kind} ON {name} REFERENCING {is_new}"
                        " TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_changed()"
                    )
                )
    try:
        yield lambda: dict(db.session.execute(query).tuples().all())
    finally:
        with db.engines["write"].begin() as connection:
            connection.execute(text("DROP FUNCTION count_changed CASCADE; DROP TABLE changed_rows"))
