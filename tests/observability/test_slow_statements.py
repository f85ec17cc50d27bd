"""Slow statements are logged with their place in the code, and without values."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from tests.databases import dispose_engines, make_app
from tests.observability.log_lines import LogLines
from webapp.extensions import db
from webapp.observability.execution import Execution, running
from webapp.regions import catalogue


@pytest.fixture
def slow_app(database: URL) -> Iterator[Flask]:
    """An application for which every statement is slow."""
    app = make_app(database, SLOW_STATEMENT_MS=0, DATABASE_ANSWER_TIMEOUT_MS=20_000)
    yield app
    dispose_engines(app)


def test_a_slow_statement_is_logged_with_its_place_and_without_its_values(
    slow_app: Flask, log_lines: LogLines
) -> None:
    with slow_app.app_context(), running(Execution("request", "/rides")):
        catalogue.catalogue().all()
        db.session.execute(text("SELECT :name"), {"name": "Ada Lovelace"})
    *_, first, second = log_lines.of("slow statement")
    assert "FROM cities" in first["statement"]
    assert first["place"].startswith("webapp/regions/catalogue.py:")
    assert first["route"] == "/rides"
    assert second["statement"] == "SELECT %(name)s"
    assert "Lovelace" not in log_lines.text


def test_a_statement_that_fails_is_logged_too(slow_app: Flask, log_lines: LogLines) -> None:
    with (
        slow_app.app_context(),
        running(Execution("request", "/rides")),
        pytest.raises(DBAPIError),
    ):
        db.session.execute(text("SELECT 1 / :zero"), {"zero": 0})
    assert log_lines.last("slow statement")["statement"] == "SELECT 1 / %(zero)s"


def test_a_fast_statement_is_not_logged(app: Flask, log_lines: LogLines) -> None:
    with app.app_context(), running(Execution("request", "/rides")):
        db.session.execute(text("SELECT 1"))
    assert log_lines.of("slow statement") == []
