"""Where sign-in leads: back to the requested page, and never to another site."""

import pytest

from tests.factories import PASSWORD, UserFactory
from tests.visitor import Visitor


def test_signing_in_returns_to_the_requested_page(visitor: Visitor, make_user: UserFactory) -> None:
    make_user("ada")
    redirect = visitor.get("/users/me/edit?x=1")
    assert redirect.status_code == 303
    response = visitor.send(redirect.location, username="ada", password=PASSWORD)
    assert response.location == "/users/me/edit?x=1"


def test_a_form_sent_without_login_leads_back_to_its_page_after_login(visitor: Visitor) -> None:
    page = "/city/paris"
    response = visitor.post(
        "/logout-nowhere", data={"csrf_token": visitor.token()}, headers={"Referer": page}
    )
    assert response.status_code == 404
    start = "/rides/start/us-east1.00000000-0000-4000-8000-000000000000"
    response = visitor.post(
        start,
        data={"csrf_token": visitor.token()},
        headers={"Referer": "http://localhost/city/paris"},
    )
    assert response.location == "/login?next=/city/paris"


def test_a_form_without_login_and_token_leads_to_the_login_page(visitor: Visitor) -> None:
    start = "/rides/start/us-east1.00000000-0000-4000-8000-000000000000"
    for referrer in ("http://localhost/city/paris", "http://[", "http://elsewhere.example/x", ""):
        response = visitor.post(start, headers={"Referer": referrer})
        assert response.status_code == 303
        assert str(response.location).startswith("/login")
        assert "elsewhere" not in response.location


@pytest.mark.slow
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
    response = visitor.post(
        "/login",
        query_string={"next": elsewhere},
        data={"csrf_token": token, "username": "ada", "password": PASSWORD},
    )
    assert response.location == "/"


def test_the_login_page_redirects_users_who_are_signed_in(rider: Visitor) -> None:
    assert rider.get("/login").location == "/"
    assert rider.get("/register").location == "/"
