"""Signing up, in and out, as a visitor meets it."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from tests.factories import PASSWORD, UserFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db

STATIC = Path(__file__).parents[2] / "webapp" / "static"
REGISTRATION = {
    "city": "paris",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "username": "Ada",
    "email": "Ada@Example.org",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


def count_users(visitor: Visitor) -> int:
    with visitor.application.app_context():
        return db.session.scalar(select(func.count()).select_from(User)) or 0


def test_registering_opens_an_account_in_the_citys_region_and_signs_in(visitor: Visitor) -> None:
    answer = visitor.send("/register", **REGISTRATION)
    assert answer.status_code == 303
    assert urlsplit(answer.location).path == "/"
    home = visitor.get("/").text
    assert "Welcome to MovR, Ada." in home
    assert "Paris" in home
    with visitor.application.app_context():
        user = db.session.scalars(select(User)).unique().one()
        assert (user.region, user.city, user.username) == ("europe-west1", "paris", "ada")
        assert user.email == "ada@example.org"


def test_registering_is_prefilled_with_the_city_of_this_server(visitor: Visitor) -> None:
    assert '<option selected value="new york">' in visitor.get("/register").text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first_name": ""}, "Please fill this in."),
        ({"first_name": "A" * 61}, "60 characters at most"),
        ({"first_name": "A\x00da"}, "cannot be shown"),
        ({"username": "ab"}, "Between 3 and 30 characters."),
        ({"username": "ada lovelace"}, "Letters, digits, dots"),
        ({"email": "ada"}, "That is no e-mail address."),
        ({"email": "ada@" + "x" * 260 + ".org"}, "254 characters at most"),
        ({"password": "short", "password_again": "short"}, "Between 8 and 128 characters."),
        ({"password_again": "another password"}, "The two passwords are not the same."),
        ({"city": "atlantis"}, "Choose one from the list."),
        ({"city": ""}, "Choose your city."),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_nothing_typed_is_lost(
    visitor: Visitor, wrong: dict[str, str], message: str
) -> None:
    answer = visitor.send("/register", **{**REGISTRATION, **wrong})
    assert answer.status_code == 422
    assert message in answer.text
    name = next(iter(wrong))
    assert f'id="{name}-error"' in answer.text
    for kept in set(REGISTRATION) - set(wrong) - {"city", "password", "password_again"}:
        assert f'value="{REGISTRATION[kept]}"' in answer.text
    assert PASSWORD not in answer.text
    assert count_users(visitor) == 0


@pytest.mark.parametrize(
    ("field", "taken", "message"),
    [
        ("username", {"username": "ada"}, "Somebody has this username already."),
        ("email", {"email": "ada@example.org"}, "There is an account with this e-mail"),
    ],
)
def test_a_taken_name_is_told_at_its_field(
    visitor: Visitor,
    make_user: UserFactory,
    field: str,
    taken: dict[str, str],
    message: str,
) -> None:
    make_user("somebody", city="seattle", **taken)
    answer = visitor.send("/register", **REGISTRATION)
    assert answer.status_code == 422
    assert message in answer.text
    assert f'id="{field}-error"' in answer.text


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org", " Ada@Example.ORG "])
def test_signing_in_takes_username_or_email_in_any_case(
    visitor: Visitor, make_user: UserFactory, name: str
) -> None:
    make_user("ada")
    answer = visitor.send("/login", username=name, password=PASSWORD)
    assert answer.status_code == 303
    assert "Sign out" in visitor.get("/").text


@pytest.mark.parametrize("name", ["ada", "nobody", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_name_look_the_same(
    visitor: Visitor, make_user: UserFactory, name: str
) -> None:
    make_user("ada")
    answer = visitor.send("/login", username=name, password="wrong password")
    assert answer.status_code == 422
    assert "Name and password do not belong together." in answer.text
    assert f'value="{name}"' in answer.text


def test_the_first_visit_to_login_is_no_error(visitor: Visitor) -> None:
    answer = visitor.get("/login")
    assert answer.status_code == 200
    assert "field-error" not in answer.text
    assert "flash" not in answer.text


def test_stay_signed_in_outlives_the_browser_and_not_ticking_it_does_not(
    visitor: Visitor, make_user: UserFactory
) -> None:
    make_user("ada")
    visitor.send("/login", username="ada", password=PASSWORD)
    assert visitor.get_cookie("movr").expires is None  # type: ignore[union-attr]
    visitor.send("/logout")
    visitor.send("/login", username="ada", password=PASSWORD, remember="y")
    visitor.get("/")
    assert visitor.get_cookie("movr").expires is not None  # type: ignore[union-attr]


def test_signing_in_begins_a_fresh_session(visitor: Visitor, make_user: UserFactory) -> None:
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


def test_signing_in_comes_back_to_where_it_was(visitor: Visitor, make_user: UserFactory) -> None:
    make_user("ada")
    asked = visitor.get("/users/me/edit?x=1")
    assert asked.status_code == 303
    answer = visitor.send(asked.location, username="ada", password=PASSWORD)
    assert answer.location == "/users/me/edit?x=1"


def test_registering_instead_comes_back_too(visitor: Visitor) -> None:
    page = visitor.get("/login?next=/rides").text
    assert 'href="/register?next=/rides"' in page
    assert visitor.send("/register?next=/rides", **REGISTRATION).location == "/rides"


def test_a_button_pressed_by_a_stranger_leads_back_to_its_page(visitor: Visitor) -> None:
    page = "/city/paris"
    answer = visitor.post(
        "/logout-nowhere", data={"csrf_token": visitor.token()}, headers={"Referer": page}
    )
    assert answer.status_code == 404
    start = "/rides/start/us-east1.00000000-0000-4000-8000-000000000000"
    answer = visitor.post(
        start,
        data={"csrf_token": visitor.token()},
        headers={"Referer": "http://localhost/city/paris"},
    )
    assert answer.location == "/login?next=/city/paris"


def test_a_stranger_whose_page_is_old_is_asked_to_sign_in_not_to_reload(visitor: Visitor) -> None:
    start = "/rides/start/us-east1.00000000-0000-4000-8000-000000000000"
    for referrer in ("http://localhost/city/paris", "http://[", "http://elsewhere.example/x", ""):
        answer = visitor.post(start, headers={"Referer": referrer})
        assert answer.status_code == 303
        assert str(answer.location).startswith("/login")
        assert "elsewhere" not in answer.location


@pytest.mark.parametrize(
    "body", [{"username": 5, "password": "x"}, [1], "text", {"password": "\ud800abcdefgh"}, None]
)
@pytest.mark.parametrize("path", ["/login", "/register"])
def test_a_form_reads_no_json(visitor: Visitor, path: str, body: object) -> None:
    answer = visitor.post(path, json=body, headers={"X-CSRFToken": visitor.token()})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
     "http://evil.example/x", "javascript:alert(1)", "/\t/evil.example", "/x\r\nSet-Cookie: a=b", ""],
)  # fmt: skip
def test_next_never_leaves_the_site(
    visitor: Visitor, make_user: UserFactory, elsewhere: str
) -> None:
    make_user("ada")
    token = visitor.token()
    answer = visitor.post(
        "/login",
        query_string={"next": elsewhere},
        data={"csrf_token": token, "username": "ada", "password": PASSWORD},
    )
    assert answer.location == "/"


def test_who_is_signed_in_needs_no_login_page(rider: Visitor) -> None:
    assert rider.get("/login").location == "/"
    assert rider.get("/register").location == "/"


def test_the_cookie_names_the_row_and_nothing_else(rider: Visitor) -> None:
    rider.get("/")
    with rider.session_transaction() as session:
        assert set(session) <= {"_user_id", "_fresh", "csrf_token", "_permanent"}
        assert session["_user_id"].startswith("us-east1.")


@pytest.mark.parametrize("cookie", ["nonsense", "us-east1.nonsense", "mars.00000000", ""])
def test_an_invalid_session_key_is_not_signed_in(visitor: Visitor, cookie: str) -> None:
    with visitor.session_transaction() as session:
        session["_user_id"] = cookie
    assert "Sign in" in visitor.get("/").text


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        ("/login", ["current-password"]),
        ("/register", ["new-password", "new-password"]),
        ("/account/password", ["current-password", "new-password", "new-password"]),
    ],
)
def test_password_managers_know_what_each_field_is_for(
    visitor: Visitor, make_user: UserFactory, page: str, kinds: list[str]
) -> None:
    if page == "/account/password":
        visitor.sign_in(make_user())
    boxes = re.findall(r'<input[^>]*type="password"[^>]*>', visitor.get(page).text)
    found = [box.split('autocomplete="')[1].split('"')[0] for box in boxes]
    assert sorted(found) == kinds


def test_no_script_keeps_anybody_from_pasting() -> None:
    scripts = [file.read_text() for file in (STATIC / "js").glob("*.js")]
    assert scripts
    assert not [script for script in scripts if "paste" in script]


def test_an_error_is_tied_to_its_field_for_whoever_cannot_see_it(visitor: Visitor) -> None:
    page = visitor.send("/register", **{**REGISTRATION, "username": "ab"}).text
    (box,) = re.findall(r'<input[^>]*name="username"[^>]*>', page)
    assert 'aria-invalid="true"' in box
    assert "username-error" in box.split('aria-describedby="')[1].split('"')[0].split()


def test_every_page_of_somebody_signed_in_has_the_way_out(
    visitor: Visitor, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user(roles=["admin"]))
    for rule in visitor.application.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments:
            answer = visitor.get(rule.rule)
            if answer.mimetype == "text/html" and answer.status_code == 200:
                assert 'action="/logout"' in answer.text, rule
    assert 'action="/logout"' in visitor.get("/nowhere").text
