"""Access tokens in the API: whose they are, what they may do, and when they work no more."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text, update

from tests.api.client import ApiClient, insert_token
from tests.auth.second_factor_steps import START_PATH, confirm_setup
from tests.factories import PASSWORD, RowReader, UserFactory
from tests.visitor import Visitor
from webapp.auth.models import ApiToken, User
from webapp.auth.services import password_change, staff_accounts
from webapp.auth.token_text import PREFIX, TokenText, make_token_text, parse_token_text
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.riders.services.account_deletion import delete_account
from webapp.web.scopes import Scope

ME = "/api/v1/me"


def test_the_api_and_the_profile_agree_on_an_account(app: Flask, make_user: UserFactory) -> None:
    ada = make_user("ada", city="paris", roles=["owner"])
    account = ApiClient.of(app, ada, Scope.ACCOUNT_READ).get(ME).get_json()
    assert account["id"] == str(ada.key)
    assert account["city"] == "paris"
    assert account["roles"] == ["owner", "rider"]
    assert account["token_scopes"] == ["account:read"]
    assert datetime.fromisoformat(account["created_at"]) == ada.created_at
    page = app.test_client().sign_in(ada).get("/profile").text  # type: ignore[attr-defined]
    assert account["first_name"] in page


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer x", "Basic {token}", "{token}", "Bearer {token}x", "Bearer {other}"],
)
def test_what_is_no_valid_token_gets_401(
    app: Flask, make_user: UserFactory, authorization: str
) -> None:
    token = insert_token(app, make_user())
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    header = authorization.format(token=token, other=other)
    response = ApiClient.of(app, None).get(ME, headers={"Authorization": header})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.get_json()["type"].endswith("/problems/unauthorized")


def test_a_token_does_only_what_its_scopes_say(app: Flask, make_user: UserFactory) -> None:
    response = ApiClient.of(app, make_user(), Scope.RIDES_READ).get(ME)
    assert response.status_code == 403
    problem = response.get_json()
    assert problem["type"].endswith("/problems/insufficient-scope")
    assert problem["scope"] == "account:read"


def test_a_token_opens_no_page_and_a_session_no_resource(
    app: Flask, make_user: UserFactory
) -> None:
    ada = make_user()
    assert ApiClient.of(app, ada).get("/account").status_code == 303
    assert app.test_client().sign_in(ada).get(ME).status_code == 401  # type: ignore[attr-defined]


def _change_password(user: User) -> None:
    password_change.change_password(user, PASSWORD, "five words make another one")


def _close(user: User) -> None:
    with db.engines["write"].begin() as connection:
        connection.execute(staff_accounts.close_account_statement(user.key))


def _expire(user: User) -> None:
    with db.engines["write"].begin() as connection:
        connection.execute(
            update(ApiToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        )


@pytest.mark.parametrize("change", [_change_password, _close, _expire, delete_account])
def test_a_token_ends_with_the_password_the_account_and_its_time(
    app: Flask, visitor: Visitor, make_user: UserFactory, change: Callable[[User], Any]
) -> None:
    ada = make_user("ada")
    program = ApiClient.of(app, ada)
    assert program.get(ME).status_code == 200
    visitor.sign_in(ada)
    with app.test_request_context():
        change(ada)
    assert program.get(ME).status_code == 401


def test_a_request_reads_its_token_with_the_account_in_one_round_trip(
    app: Flask, make_user: UserFactory, round_trips: Callable[[], int]
) -> None:
    program = ApiClient.of(app, make_user())
    round_trips()
    program.get(ME)
    assert round_trips() == 1


def test_the_last_use_is_written_once_an_hour(
    app: Flask, make_user: UserFactory, row: RowReader, round_trips: Callable[[], int]
) -> None:
    program = ApiClient.of(app, make_user(), last_used_at=None)
    parsed = parse_token_text(program.token)
    assert parsed
    round_trips()
    for expected in (2, 1):
        program.get(ME).close()
        assert round_trips() == expected
    assert row(ApiToken, parsed.key).last_used_at


def test_a_token_moves_with_its_account_to_another_region(
    app: Flask, make_user: UserFactory, server: Any
) -> None:
    ada = make_user("ada")
    program = ApiClient.of(app, ada)
    with app.app_context(), db.engines["write"].begin() as connection:
        move = "UPDATE users SET region = 'us-west1', city = 'seattle' WHERE username = 'ada'"
        connection.execute(text(move))
    assert program.get(ME).get_json()["id"] == str(RowKey("us-west1", ada.id))


def test_only_a_digest_is_stored(app: Flask, make_user: UserFactory, row: RowReader) -> None:
    token = insert_token(app, make_user())
    parsed = parse_token_text(token)
    assert parsed
    assert token.startswith(PREFIX)
    stored = vars(row(ApiToken, parsed.key))
    assert parsed.secret not in str(stored)
    assert stored["digest"] == parsed.digest


def test_tokens_of_before_end_with_a_new_second_factor_and_with_all_sessions(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    ada, boss = make_user("ada"), make_user("boss", roles=["admin"])
    program = ApiClient.of(app, ada)
    visitor.sign_in(ada).send(START_PATH)
    confirm_setup(visitor)
    assert program.get(ME).status_code == 401
    other = ApiClient.of(app, ada)
    with app.test_request_context():
        staff_accounts.end_sessions(boss, ada.key)
    assert other.get(ME).status_code == 401


def test_an_address_with_too_many_wrong_tokens_is_refused_and_valid_ones_there_are_not(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_TOKEN_ADDRESS", (2, 900))
    program, stranger = ApiClient.of(app, make_user()), ApiClient.of(app, None)
    for status in (401, 401, 429, 429):
        stranger.token = str(make_token_text(RowKey("us-east1", uuid4())))
        response = stranger.get(ME)
        assert response.status_code == status
        assert program.get(ME).status_code == 200
    assert int(response.headers["Retry-After"]) > 0
    assert response.get_json()["type"].endswith("/problems/too-many-requests")


def test_tokens_of_one_id_in_two_regions_are_told_apart_and_those_that_moved_are_not_counted(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_TOKEN_ADDRESS", (1, 900))
    token_id, ada, eve = uuid4(), make_user(city="seattle"), make_user(city="paris")
    for user in (ada, eve):
        program = ApiClient.of(app, None)
        program.token = insert_token(app, user, id=token_id)
        parsed = parse_token_text(program.token)
        assert parsed
        program.token = str(TokenText(RowKey("us-east1", token_id), parsed.secret))
        for _ in range(2):
            assert program.get(ME).get_json()["id"] == str(user.key)
