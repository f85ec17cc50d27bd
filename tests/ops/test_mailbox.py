"""The mailbox: whoever develops MovR reads the mail that is not sent on a page."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL

import config
from tests.databases import make_app
from tests.factories import UserFactory
from tests.job_steps import run_jobs
from tests.performance.walk import ACCOUNT
from tests.visitor import Visitor


@pytest.fixture
def mailbox_app(database: URL, tmp_path: Path, app: Flask) -> Flask:
    return make_app(
        database,
        MAIL_URL="folder:",
        INSTANCE_PATH=str(tmp_path),
        MAILBOX_MODULE=config.Development.MAILBOX_MODULE,
    )


@pytest.fixture
def developer(mailbox_app: Flask) -> Visitor:
    mailbox_app.test_client_class = Visitor
    client = mailbox_app.test_client()
    assert isinstance(client, Visitor)
    return client


def test_a_forgotten_password_is_reset_through_the_mailbox(
    mailbox_app: Flask, developer: Visitor, make_user: UserFactory
) -> None:
    make_user("rita", email="rita@example.org")
    page = developer.send("/forgotten", email="rita@example.org")
    run_jobs(mailbox_app)
    assert 'href="/mailbox/"' in page.text
    listed = developer.get("/mailbox/").text
    (name,) = re.findall(r'href="/mailbox/([^"/]+)"', listed)
    assert "rita@example.org" in listed
    text = developer.get(f"/mailbox/{name}").text
    link = re.search(r'href="http://[^"/]+(/reset/[^"]+)"', text)
    assert link
    assert developer.get(link[1]).status_code == 200


def test_who_has_registered_is_led_to_the_mailbox_where_the_mail_appears_a_moment_later(
    mailbox_app: Flask, developer: Visitor
) -> None:
    developer.send("/register", **ACCOUNT)
    page = developer.get("/account").text
    assert 'href="/mailbox/"' in page
    assert "in its mailbox a moment later" in page
    assert "No mail yet" in developer.get("/mailbox/").text
    run_jobs(mailbox_app)
    listed = developer.get("/mailbox/").text
    assert "ada@example.org" in listed
    assert "Reload" in listed


def test_a_mail_is_shown_as_mail_programs_show_it(
    mailbox_app: Flask, developer: Visitor, make_user: UserFactory
) -> None:
    make_user("rita", email="rita@example.org")
    developer.send("/forgotten", email="rita@example.org")
    run_jobs(mailbox_app)
    (file,) = (Path(mailbox_app.instance_path) / "mail").iterdir()
    mail_program = FlaskClient(mailbox_app, mailbox_app.response_class)
    response = mail_program.get(f"/mailbox/{file.name}/html")
    assert "This is an automatic e-mail about your MovR account." in response.text
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_an_empty_mailbox_says_what_fills_it(developer: Visitor) -> None:
    page = developer.get("/mailbox/").text
    assert "No mail yet" in page
    assert "flask work" in page


@pytest.mark.parametrize("name", ["nothing.eml", "../demo-password.txt", "..%2Fdemo-password.txt"])
def test_the_mailbox_shows_no_other_files(
    mailbox_app: Flask, developer: Visitor, name: str
) -> None:
    (Path(mailbox_app.instance_path) / "demo-password.txt").write_text("secret")
    for address in (f"/mailbox/{name}", f"/mailbox/{name}/html"):
        assert developer.get(address).status_code == 404


def test_only_development_has_a_mailbox(app: Flask) -> None:
    assert "mailbox" not in app.blueprints
    assert config.Production.MAILBOX_MODULE == config.Test.MAILBOX_MODULE == ""
