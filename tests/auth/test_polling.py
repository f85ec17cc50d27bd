"""Pages that read themselves again and again: an open one is no use of the session."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from tests.auth.steps import age_rows, read_login_sessions
from tests.factories import UserFactory
from tests.fleet.bulk_actions.steps import insert_bulk_action
from tests.visitor import Visitor
from webapp.auth.models import LoginSession

WEBAPP = Path(__file__).parents[2] / "webapp"
STATIC = WEBAPP / "static" / "js"
POLLED = ["/fleet/board.json", "/fleet/map.json?city=new+york&bbox=-74,40,-73,41", "/fleet/tasks"]
#: Modules that ask again and again: of these only the live map, as nobody (credentials: "omit"), and
#: the path of a ride, which its rider records, without ``poll.js``.
OTHERS = {"poll.js", "live_vehicles.js", "ride_path.js"}


@pytest.mark.parametrize("path", POLLED)
def test_what_an_open_page_asks_does_not_keep_the_session_alive(
    app: Flask, visitor: Visitor, make_user: UserFactory, path: str
) -> None:
    visitor.sign_in(make_user(roles=["admin"]))
    age_rows(app, LoginSession, "last_seen_at", timedelta(minutes=10))
    before = read_login_sessions(app)[0].last_seen_at
    assert visitor.get(path, headers={"X-Poll": "1"}).status_code == 200
    assert read_login_sessions(app)[0].last_seen_at == before
    assert visitor.get(path).status_code == 200
    assert read_login_sessions(app)[0].last_seen_at > before


def test_a_page_that_reloads_itself_without_javascript_does_not_keep_the_session_alive(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user(roles=["admin"]))
    page = f"/fleet/bulk-actions/{insert_bulk_action(app, finished_at=None)}"
    address = re.findall(r'http-equiv="refresh" content="10; url=([^"]*)"', visitor.get(page).text)
    age_rows(app, LoginSession, "last_seen_at", timedelta(minutes=10))
    before = read_login_sessions(app)[0].last_seen_at
    assert visitor.get(unescape(address[0])).status_code == 200
    assert read_login_sessions(app)[0].last_seen_at == before
    visitor.send(f"{page}/undo?reload=1")  # what a person sends
    assert read_login_sessions(app)[0].last_seen_at > before


def test_each_page_that_reloads_itself_says_so() -> None:
    for template in (WEBAPP / "templates").rglob("*.html"):
        is_macro = template.name == "polling.html"
        text = template.read_text().replace(
            'http-equiv="refresh" content="0;', ""
        )  # leads elsewhere
        assert is_macro or 'http-equiv="refresh"' not in text, template


def test_each_script_that_asks_again_and_again_says_so() -> None:
    for module in STATIC.glob("*.js"):
        text = module.read_text()
        repeats = re.search(r"setInterval|setTimeout\(\(\) => this\.load", text)
        if repeats and "fetch(" in text and module.name not in OTHERS:
            assert 'from "./poll.js"' in text, module.name
