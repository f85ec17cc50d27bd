"""Where sign-in leads: back to the requested page, and never to another site."""

import pytest

from tests.factories import PASSWORD, UserFactory
from tests.visitor import Visitor


def test_signing_in_comes_back_to_where_it_was(visitor: Visitor, make_user: UserFactory) -> None:
    make_user("ada")
    asked = visitor.get("/users/me/edit?x=1")
    assert asked.status_code == 303
    answer = visitor.send(asked.location, username="ada", password=PASSWORD)
    assert answer.location == "/users/me/edit?x=1"


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
