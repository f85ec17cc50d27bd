"""Server-Timing is for admins and for development."""

import re

import pytest
from flask import Flask
from sqlalchemy.engine import URL

from tests.databases import dispose_engines, make_app
from tests.factories import UserFactory
from tests.visitor import Visitor


@pytest.mark.parametrize(
    ("roles", "is_shown"), [(None, False), ((), False), (("fleet",), False), (("admin",), True)]
)
def test_admins_see_how_long_the_database_took_and_others_do_not(
    app: Flask, make_user: UserFactory, roles: tuple[str, ...] | None, is_shown: bool
) -> None:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    if roles is not None:
        client.sign_in(make_user(roles=roles))
    for path in ("/vehicles", "/health/live"):
        header = client.get(path).headers.get("Server-Timing", "")
        is_read = path == "/vehicles"  # a page that reads no account knows no admin
        assert bool(header) == (is_shown and is_read)
        if header:
            pattern = r'db;dur=[\d.]+;desc="\d+ round trips", total;dur=[\d.]+'
            assert re.fullmatch(pattern, header)


def test_in_development_every_response_shows_it(database: URL) -> None:
    app = make_app(database, DEBUG=True)
    assert "Server-Timing" in app.test_client().get("/health/live").headers
    dispose_engines(app)
