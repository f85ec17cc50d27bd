"""Every error is a page of the site without internal details."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from tests.databases import make_app
from tests.factories import UserFactory
from tests.ports import find_free_port
from tests.visitor import Visitor
from webapp.db.transactions import AmbiguousCommit
from webapp.extensions import db
from webapp.web import access
from webapp.web.error_pages import error_page


@pytest.fixture(scope="module")
def broken(database: URL) -> Iterator[Flask]:
    """An application with routes that raise errors."""
    app = make_app(database, PROPAGATE_EXCEPTIONS=False)
    app.test_client_class = Visitor

    @app.get("/abort/<int:status>")
    @access.public
    def aborting(status: int) -> Any:
        abort(status)

    @app.get("/raise/<cause>")
    @access.public
    def raising(cause: str) -> Any:
        if cause == "sql":
            return str(db.session.scalar(text("SELECT secret_column FROM users")))
        if cause == "region":
            db.session.scalar(text("SELECT 'x'::uuid"))
        raise {"bug": KeyError("secret"), "ambiguous": AmbiguousCommit()}[cause]

    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 429, 500, 503])
def test_each_error_has_its_page(broken: Flask, status: int) -> None:
    response = broken.test_client().get(f"/abort/{status}")
    assert response.status_code == status
    assert ("Try again" if status == 503 else "Back to the map") in response.text


def test_a_page_that_is_away_for_a_moment_links_to_itself_and_a_form_does_not(
    broken: Flask,
) -> None:
    client = broken.test_client()
    assert '<a class="btn btn-primary" href="">Try again</a>' in client.get("/abort/503").text
    with broken.test_request_context("/abort/503", method="POST"):
        page = broken.make_response(error_page(503)).get_data(as_text=True)
    assert "Try again" not in page
    assert "Back to the map" in page


def test_statuses_without_their_own_text_keep_their_status(broken: Flask) -> None:
    for status in (406, 411, 418, 501, 504):
        assert broken.test_client().get(f"/abort/{status}").status_code == status


@pytest.mark.parametrize(
    ("cause", "status"), [("bug", 500), ("sql", 500), ("region", 404), ("ambiguous", 503)]
)
def test_error_pages_show_no_internal_details(broken: Flask, cause: str, status: int) -> None:
    response = broken.test_client().get(f"/raise/{cause}")
    assert response.status_code == status
    for secret in ("secret", "Error:", "psycopg", "users", "File "):
        assert secret not in response.text


def test_clients_that_accept_json_get_errors_as_json(broken: Flask) -> None:
    client = broken.test_client()
    response = client.get("/abort/404", headers={"Accept": "application/json"})
    assert response.status_code == 404
    assert response.json == {
        "error": "Page not found",
        "error_description": "It may have been moved or removed.",
    }
    assert client.get("/rides", headers={"Accept": "application/json"}).status_code == 401


def test_a_wrong_method_lists_the_allowed_ones(visitor: Visitor) -> None:
    response = visitor.get("/logout")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]
    assert visitor.open("/", method="TRACE").status_code == 405


def test_a_form_that_is_too_large_is_refused(visitor: Visitor) -> None:
    response = visitor.post("/login", data={"username": "x" * 70_000})
    assert response.status_code == 413


@pytest.fixture
def no_database() -> Visitor:
    """A visitor of a server whose database refuses connections."""
    app = make_app(make_url(f"postgresql+psycopg2://movr@127.0.0.1:{find_free_port()}/movr"))
    app.test_client_class = Visitor
    return app.test_client()  # type: ignore[return-value]


def test_without_a_database_every_page_is_a_503_with_retry_after(
    no_database: Visitor, make_user: UserFactory, app: Flask
) -> None:
    for signed_in in (False, True):
        if signed_in:
            with no_database.session_transaction() as session:
                session["_user_id"] = str(make_user().key)  # cannot be looked up
        for path in ("/", "/city/paris", "/register") + ("/rides", "/users/me") * signed_in:
            response = no_database.get(path)
            assert response.status_code == 503, path
            assert response.headers["Retry-After"] == "5"
            assert (
                "Our database is not responding. This page will work again as soon as it does."
                in response.text
            )
    assert no_database.get("/nowhere").status_code == 404
    assert no_database.get("/static/css/movr.css").status_code == 200


def test_a_database_that_never_answers_is_a_503(database: URL) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = make_url(f"postgresql+psycopg2://movr@127.0.0.1:{silent.getsockname()[1]}/movr")
        client = make_app(url, DATABASE_ANSWER_TIMEOUT_MS=200).test_client()
        assert client.get("/").status_code == 503


def test_pages_work_again_after_all_connections_were_terminated(
    visitor: Visitor, rider: Visitor, database: URL
) -> None:
    assert rider.get("/rides").status_code == 200
    # An engine without the application's timeouts: it waits until each of them has gone.
    with create_engine(database, poolclass=NullPool).connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    for _ in range(3):
        assert rider.get("/rides").status_code == 200
        assert visitor.get("/").status_code == 200


def test_the_log_of_an_error_has_its_place_and_not_the_path(
    app: Flask, visitor: Visitor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path may contain a token, or a line break that forges a line of the log."""

    @access.public
    def broken(**_: str) -> None:
        raise RuntimeError("broken")

    monkeypatch.setitem(app.view_functions, "fleet.search.city", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    assert visitor.get("/city/x%0aERROR forged").status_code == 500
    (record,) = [r for r in caplog.records if "server error" in r.getMessage()]
    assert "RuntimeError" in record.getMessage()
    assert "forged" not in record.getMessage()


def test_database_errors_hide_their_parameters(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as caught:
        db.session.execute(
            text("SELECT 1 / :zero, :person"), {"zero": 0, "person": "ada@example.org"}
        )
    assert "ada@example.org" not in str(caught.value)
