"""Changing the e-mail address by two links, one to each address."""

import pytest
from flask import Flask
from sqlalchemy import func

from tests.auth.email_steps import (
    HOUR,
    NEW_PASSWORD_FIELDS,
    request_change_links,
    submit_link,
)
from tests.auth.steps import (
    age_rows,
    find_link,
    is_signed_in,
    new_browser,
    read_all_rows,
    read_login_sessions,
    sign_in,
    update_rows,
)
from tests.factories import PASSWORD, RowReader, UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import EmailLink, LoginSession, User
from webapp.extensions import db


def read_email(app: Flask, ada: User, row: RowReader) -> str:
    email: str = row(User, ada.key).email
    return email


@pytest.mark.slow
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["old first", "new first"])
def test_an_address_changes_when_both_links_were_used_in_any_order(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader, order: tuple[int, int]
) -> None:
    links = request_change_links(app, ada_browser)
    first, last = (links[n] for n in order)
    client = new_browser(app)
    assert client.send(first).status_code == 303
    assert "Thanks. Now open the link we sent to the other address." in client.get("/").text
    assert read_email(app, ada, row) == "ada@example.org"
    assert sign_in(new_browser(app), "new@example.org").status_code == 422
    assert client.send(last).status_code == 303
    assert "Your e-mail address has been changed." in client.get("/").text
    assert read_email(app, ada, row) == "new@example.org"
    assert row(User, ada.key).email_confirmed_at > ada.email_confirmed_at
    assert read_mails(app)[-1].to == ["ada@example.org"]
    assert read_mails(app)[-1].subject == "Your e-mail address was changed"
    assert sign_in(new_browser(app), "new@example.org").status_code == 303


def test_one_of_the_two_links_alone_changes_nothing(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader
) -> None:
    _, new = request_change_links(app, ada_browser)
    assert submit_link(app, new) == 303
    assert submit_link(app, new) == 410
    _, second_link = request_change_links(app, ada_browser)
    assert submit_link(app, second_link) == 303
    assert read_email(app, ada, row) == "ada@example.org"


@pytest.mark.parametrize("wish", ["other@example.org", "new@example.org"])
def test_a_second_change_request_expires_the_links_of_the_first(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader, wish: str
) -> None:
    """Also when it is the same wish: an agreement to the first is none to the second."""
    old, new = request_change_links(app, ada_browser)
    assert submit_link(app, old) == 303
    second_old, second_new = request_change_links(app, ada_browser, wish)
    assert submit_link(app, new) == 410
    assert submit_link(app, second_new) == 303
    assert read_email(app, ada, row) == "ada@example.org"
    assert submit_link(app, second_old) == 303
    assert read_email(app, ada, row) == wish


def test_a_used_link_of_a_change_expires_too(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader
) -> None:
    old, new = request_change_links(app, ada_browser)
    assert submit_link(app, old) == 303
    age_rows(app, EmailLink, "expires_at", 72 * HOUR, EmailLink.used_at.is_not(None))
    assert submit_link(app, new) == 303
    assert read_email(app, ada, row) == "ada@example.org"


def test_an_address_that_was_taken_meanwhile_is_refused_and_nothing_changes(
    app: Flask, ada: User, ada_browser: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    old, new = request_change_links(app, ada_browser)
    assert submit_link(app, old) == 303
    bob = make_user("bob", "paris", email="new@example.org")
    before = read_all_rows(app)
    for _ in range(2):
        response = new_browser(app).send(new)
        assert response.status_code == 422
        assert (
            "There is already an account with this e-mail address. Sign in instead."
            in response.text
        )
    assert read_all_rows(app) == before
    update_rows(app, User, User.id == bob.id, email="bob@example.org")
    assert submit_link(app, new) == 303
    assert read_email(app, ada, row) == "new@example.org"


@pytest.mark.parametrize("email", ["", "no address", "a@b", "x" * 250 + "@example.org"])
def test_an_invalid_address_shows_its_error_at_the_field(
    app: Flask, ada_browser: Visitor, email: str
) -> None:
    response = ada_browser.send("/account/email", email=email)
    assert response.status_code == 422
    assert 'id="email-error"' in response.text
    assert not read_mails(app)


def test_requests_to_change_the_address_are_rate_limited(app: Flask, ada_browser: Visitor) -> None:
    def wish(n: int) -> int:
        status: int = ada_browser.send("/account/email", email=f"n{n}@example.org").status_code
        return status

    assert [wish(n) for n in range(6)] == [303] * 5 + [429]
    assert len(read_mails(app)) == 10


def test_a_password_change_expires_the_links_of_an_intruders_address_change(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader
) -> None:
    old, new = request_change_links(app, new_browser(app).sign_in(ada))
    assert submit_link(app, new) == 303
    ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    assert submit_link(app, old) == 410
    assert read_email(app, ada, row) == "ada@example.org"


def test_the_open_sessions_stay_when_the_address_changes(
    app: Flask, ada: User, ada_browser: Visitor
) -> None:
    for link in request_change_links(app, ada_browser):
        submit_link(app, link)
    assert is_signed_in(ada_browser)
    assert len(read_login_sessions(app, LoginSession.ended_at.is_(None))) == 1


def test_a_change_requested_before_the_address_was_confirmed_is_invalid_afterwards(
    app: Flask, make_user: UserFactory
) -> None:
    """Otherwise somebody who registered with another's address could take the account over."""
    eve = make_user("eve", email_confirmed_at=None)
    client = new_browser(app)
    sign_in(client, "eve")
    client.send("/account/email", email="new@example.org")
    update_rows(app, User, User.id == eve.id, email_confirmed_at=func.now())
    link = find_link(read_mails(app, "new@example.org")[-1], "/account/email/")
    assert new_browser(app).send(link).status_code == 410
    with app.app_context():
        assert db.session.get_one(User, tuple(eve.key)).email == eve.email
