"""The texts that MovR comes with, and what the status page says of them."""

import re

import pytest
from flask import Flask

from tests.texts.steps import insert_text
from webapp.auth.devices import COOKIE_LIFETIME_S
from webapp.hooks import StatusLevel
from webapp.texts.defaults import read_default_text
from webapp.texts.enums import TextKind
from webapp.texts.status import check_texts

#: What the privacy text says is kept for so many days, and the setting that says so.
KEPT_DAYS = {
    "Your sign-ins": "sessions",
    "What you did": "events",
    "Your route": "paths",
    "Reports and disputes": "photos",
}


@pytest.mark.parametrize(("subject", "setting"), KEPT_DAYS.items())
def test_the_privacy_text_says_how_long_data_is_kept(
    app: Flask, subject: str, setting: str
) -> None:
    text = read_default_text(TextKind.PRIVACY)
    (paragraph,) = re.findall(rf"- \*\*{subject}\*\*(.*?)(?=\n- |\n\n)", text, re.DOTALL)
    assert re.findall(r"(\d+)\sdays", paragraph) == [str(app.config["SWEEP_AFTER_DAYS"][setting])]


def test_the_privacy_text_says_how_long_a_browser_is_recognised(app: Flask) -> None:
    text = read_default_text(TextKind.PRIVACY)
    assert f"recognises the browser for {COOKIE_LIFETIME_S // 86_400} days" in text


def test_the_status_page_tells_where_people_read_an_example(app: Flask) -> None:
    with app.test_request_context():
        before = {line.name: line for line in check_texts()}
    assert {line.level for line in before.values()} == {StatusLevel.AMBER}
    assert before["Terms of service"].word == "4 cities show the example"
    insert_text(app, "Ours.")
    insert_text(app, "Ours.", "privacy", city="paris")
    with app.test_request_context():
        after = {line.name: line for line in check_texts()}
    assert (after["Terms of service"].level, after["Terms of service"].word) == (
        StatusLevel.GREEN,
        "published",
    )
    assert after["Privacy policy"].word == "3 cities show the example"
