"""The pages that sign in and out, and their cookies."""

import re

import pytest

from tests.factories import PASSWORD, UserFactory
from tests.visitor import Visitor


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org", " Ada@Example.ORG "])
def test_signing_in_takes_username_or_email_in_any_case(
    visitor: Visitor, make_user: UserFactory, name: str
) -> None:
    make_user("ada")
    response = visitor.send("/login", username=name, password=PASSWORD)
    assert response.status_code == 303
    assert "Sign out" in visitor.get("/").text


@pytest.mark.parametrize("name", ["ada", "nobody", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_name_look_the_same(
    visitor: Visitor, make_user: UserFactory, name: str
) -> None:
    make_user("ada")
    response = visitor.send("/login", username=name, password="wrong password")
    assert response.status_code == 422
    assert "Wrong username or password." in response.text
    assert f'value="{name}"' in response.text


def test_the_first_visit_to_login_is_no_error(visitor: Visitor) -> None:
    response = visitor.get("/login")
    assert response.status_code == 200
    assert "field-error" not in response.text
    assert not re.search(r'class="flash [^>]*(?<!hidden)>', response.text), "hidden: for passkeys"


def test_only_stay_signed_in_sets_a_cookie_that_outlives_the_browser(
    visitor: Visitor, make_user: UserFactory
) -> None:
    make_user("ada")
    visitor.send("/login", username="ada", password=PASSWORD)
    assert visitor.get_cookie("movr").expires is None  # type: ignore[union-attr]
    visitor.send("/logout")
    visitor.send("/login", username="ada", password=PASSWORD, remember="y")
    visitor.get("/")
    assert visitor.get_cookie("movr").expires is not None  # type: ignore[union-attr]


def test_signing_in_starts_a_new_session(visitor: Visitor, make_user: UserFactory) -> None:
    make_user("ada")
    before = visitor.token()
    with visitor.session_transaction() as session:
        session["planted"] = "by somebody else"
    visitor.send("/login", username="ada", password=PASSWORD)
    with visitor.session_transaction() as session:
        assert "planted" not in session
    assert visitor.post("/logout", data={"csrf_token": before}).status_code == 400


def test_signing_out_is_a_button_and_ends_the_session(rider: Visitor) -> None:
    assert rider.get("/logout").status_code == 405
    assert rider.send("/logout").status_code == 303
    assert rider.get("/rides").status_code == 303
    assert "Sign in" in rider.get("/").text


@pytest.mark.parametrize(
    "body", [{"username": 5, "password": "x"}, [1], "text", {"password": "\ud800abcdefgh"}, None]
)
@pytest.mark.parametrize("path", ["/login", "/register"])
def test_a_form_reads_no_json(visitor: Visitor, path: str, body: object) -> None:
    response = visitor.post(path, json=body, headers={"X-CSRFToken": visitor.token()})
    assert response.status_code == 422


def test_the_cookie_has_the_key_of_the_session_and_nothing_else(rider: Visitor) -> None:
    rider.get("/")
    with rider.session_transaction() as session:
        assert set(session) <= {"_user_id", "_fresh", "csrf_token", "_permanent"}
        assert session["_user_id"].startswith("us-east1.")


@pytest.mark.parametrize("cookie", ["nonsense", "us-east1.nonsense", "mars.00000000", ""])
def test_an_invalid_session_key_is_not_signed_in(visitor: Visitor, cookie: str) -> None:
    with visitor.session_transaction() as session:
        session["_user_id"] = cookie
    assert "Sign in" in visitor.get("/").text


@pytest.mark.slow
def test_every_page_of_a_signed_in_user_has_the_sign_out_button(
    visitor: Visitor, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user(roles=["admin"]))
    for rule in visitor.application.url_map.iter_rules():
        if rule.rule == "/offline":  # phones keep it: it is the same for everybody
            continue
        if "GET" in (rule.methods or ()) and not rule.arguments:
            response = visitor.get(rule.rule)
            if response.mimetype == "text/html" and response.status_code == 200:
                assert 'action="/logout"' in response.text, rule
    assert 'action="/logout"' in visitor.get("/nowhere").text
