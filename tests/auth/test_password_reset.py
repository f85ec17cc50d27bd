"""Resetting a forgotten password by a link in a mail."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from tests.auth.email_steps import NEW_PASSWORD_FIELDS, find_newest_link, request_reset_link
from tests.auth.steps import (
    NEW_PASSWORD,
    find_link,
    is_signed_in,
    new_browser,
    read_login_sessions,
    sign_in,
    update_rows,
)
from tests.factories import PASSWORD, RowReader, UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import Identity, SecondFactor, User
from webapp.extensions import db


def test_a_reset_link_sets_a_password_confirms_the_address_and_signs_in(
    app: Flask, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada", email_confirmed_at=None)
    client = new_browser(app)
    client.send("/forgotten", email="ADA@example.org")
    link = find_newest_link(app, "ada@example.org")
    assert "New password" in client.get(link).text
    response = client.send(link, **NEW_PASSWORD_FIELDS)
    assert (response.status_code, response.location) == (303, "/")
    assert "Your new password is set." in client.get("/").text
    assert is_signed_in(client)
    assert row(User, ada.key).email_confirmed_at
    assert sign_in(new_browser(app), password=PASSWORD).status_code == 422
    assert sign_in(new_browser(app), password=NEW_PASSWORD).status_code == 303
    assert "Your password was changed" in [letter.subject for letter in read_mails(app)]


@pytest.mark.parametrize("city", ["paris", "seattle"])
def test_a_reset_link_works_in_every_region(app: Flask, make_user: UserFactory, city: str) -> None:
    make_user("bob", city)
    client = new_browser(app)
    assert (
        client.send(request_reset_link(app, "bob@example.org"), **NEW_PASSWORD_FIELDS).status_code
        == 303
    )
    assert is_signed_in(client)


def test_a_reset_keeps_the_time_when_the_address_was_confirmed(
    app: Flask, ada: User, row: RowReader
) -> None:
    new_browser(app).send(request_reset_link(app), **NEW_PASSWORD_FIELDS)
    assert row(User, ada.key).email_confirmed_at == ada.email_confirmed_at


def test_a_reset_request_does_not_show_whether_there_is_an_account(
    app: Flask, ada: User, make_user: UserFactory, round_trips: Callable[[], int]
) -> None:
    make_user("eve", disabled_at=func.now())
    responses = []
    for name in ("ada", "bob", "eve"):
        client = new_browser(app)
        data = {"csrf_token": client.token(), "email": f"{name}@example.org"}
        round_trips()
        response = client.post("/forgotten", data=data)
        page = re.sub(r'nonce="[^"]+"', "", response.text).replace(data["email"], "")
        responses.append((response.status_code, page, set(response.headers.keys()), round_trips()))
    assert responses[0][0] == 200
    assert responses[0][-1] == 2
    assert responses[1:] == responses[:1] * 2
    assert [letter.to for letter in read_mails(app)] == [["ada@example.org"]], (
        "and none to the disabled"
    )


@pytest.mark.slow
def test_reset_mails_are_rate_limited_by_account_and_by_ip_address(
    app: Flask, make_user: UserFactory
) -> None:
    make_user("ada")

    def ask(name: str) -> int:
        status: int = new_browser(app).send("/forgotten", email=f"{name}@example.org").status_code
        return status

    for name in ("ada", "nobody"):
        assert [ask(name) for _ in range(6)] == [200] * 5 + [429]
    assert len(read_mails(app)) == 5
    assert [ask(f"n{n}") for n in range(11)] == [200] * 10 + [429], "twenty from one place"


@pytest.mark.slow
def test_a_reset_works_while_sign_in_is_rate_limited(app: Flask, ada: User) -> None:
    for _ in range(11):
        sign_in(new_browser(app), password="wrong password")
    assert sign_in(new_browser(app)).status_code == 429
    client = new_browser(app)
    client.send(request_reset_link(app), **NEW_PASSWORD_FIELDS)
    assert is_signed_in(client)
    client.send("/logout")
    assert sign_in(client, password=NEW_PASSWORD).status_code == 303


@pytest.mark.slow
@pytest.mark.parametrize("password", ["password1!", "Lovelace12", "short"])
def test_a_weak_password_leaves_the_reset_link_valid(app: Flask, ada: User, password: str) -> None:
    link, client = request_reset_link(app), new_browser(app)
    response = client.send(link, password=password, password_again=password)
    assert response.status_code == 422
    assert 'id="password-error"' in response.text
    assert client.send(link, **NEW_PASSWORD_FIELDS).status_code == 303


def test_a_reset_link_signs_in_its_account_where_another_is_signed_in(
    app: Flask, ada: User, make_user: UserFactory
) -> None:
    client = new_browser(app).sign_in(make_user("bob"))
    client.send(request_reset_link(app), **NEW_PASSWORD_FIELDS)
    assert "ada@example.org" in client.get("/account").text


def test_links_of_a_disabled_account_are_invalid(app: Flask, ada: User, row: RowReader) -> None:
    link, client = request_reset_link(app), new_browser(app)
    update_rows(app, User, disabled_at=func.now())
    assert client.get(link).status_code == 410
    assert client.send(link, **NEW_PASSWORD_FIELDS).status_code == 410
    assert row(User, ada.key).password_hash == ada.password_hash
    assert not read_login_sessions(app)


def test_an_intruder_who_knows_the_password_cannot_stop_the_owners_reset(
    app: Flask, ada: User, visitor: Visitor
) -> None:
    visitor.send("/forgotten", email=ada.email)
    link = find_link(read_mails(app, ada.email)[-1], "/reset/")
    intruder_browser = new_browser(app)
    sign_in(intruder_browser)
    another = {"password": "the words of a thief", "password_again": "the words of a thief"}
    assert (
        intruder_browser.send("/account/password", current=PASSWORD, **another).status_code == 303
    )
    assert visitor.send(link, **NEW_PASSWORD_FIELDS).status_code == 303
    assert is_signed_in(visitor)
    assert not is_signed_in(intruder_browser)


def test_a_reset_leaves_an_intruder_no_way_to_sign_in(
    app: Flask, ada: User, visitor: Visitor
) -> None:
    """No account at another site, and no secret that somebody else was shown, opens it any more."""
    intruder_browser = new_browser(app)
    sign_in(intruder_browser)
    intruder_browser.send("/account/second-factor/start")
    with app.app_context(), db.engines["write"].begin() as connection:
        row = {"issuer": "https://id.example", "subject": "thief", "email": "t@example.org"}
        owner = {"region": ada.region, "user_id": ada.id}
        connection.execute(insert(Identity).values(**row, **owner))
    visitor.send("/forgotten", email=ada.email)
    visitor.send(find_link(read_mails(app, ada.email)[-1], "/reset/"), **NEW_PASSWORD_FIELDS)
    with app.app_context():
        assert not db.session.scalars(select(Identity)).all()
        assert not db.session.scalars(select(SecondFactor)).all()
