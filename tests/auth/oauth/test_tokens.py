"""Codes and tokens of apps: what they are good for, and when they end."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import text, update

from tests.api.client import ApiClient
from tests.auth.oauth.program import REVOKE, TOKEN, Program
from tests.auth.oauth.steps import SECRET
from tests.auth.second_factor_steps import START_PATH, confirm_setup
from tests.auth.steps import read_audit_kinds
from tests.factories import PASSWORD, RowReader, UserFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.oauth.family_secrets import REFRESH_PREFIX, parse_family_secret
from webapp.auth.oauth.issuer import find_api_audience, issuer
from webapp.auth.oauth.models import OAuthSigningKey, OAuthTokenFamily
from webapp.auth.oauth.services import signing_keys
from webapp.auth.oauth.services.access_tokens import read_access_token
from webapp.auth.services import password_change, sessions, staff_accounts
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.riders.services.account_deletion import delete_account


def change_families(app: Flask, **values: Any) -> None:
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(update(OAuthTokenFamily).values(values))


def past(seconds: int) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


# --- codes ---------------------------------------------------------------------------------------


def test_a_code_that_is_used_twice_ends_what_it_has_given(
    app: Flask, ada_browser: Visitor, program: Program
) -> None:
    code = program.get_code(ada_browser)
    assert program.exchange(code).status_code == 200
    assert program.get_me().status_code == 200
    assert program.exchange(code).get_json()["error"] == "invalid_grant"
    assert program.get_me().status_code == 401
    assert program.refresh().get_json()["error"] == "invalid_grant"
    assert read_audit_kinds(app)[-1] == "account.app_token_reused"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"redirect_uri": "https://app.example/other"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"code": "x"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": 'x" é'}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"client_id": str(UUID(int=0))}, "invalid_client"),
        ({"client_id": "x"}, "invalid_client"),
    ],
)
def test_a_code_is_good_for_its_app_its_address_and_its_challenge_only(
    ada_browser: Visitor, program: Program, changes: dict[str, str], error: str
) -> None:
    code = program.get_code(ada_browser)
    response = program.exchange(**{"code": code, **changes})
    assert response.status_code in (400, 401)
    assert response.get_json()["error"] == error
    assert program.exchange(code).status_code == 200  # it was not used


def test_a_code_of_another_app_and_an_expired_one_are_refused(
    app: Flask, ada_browser: Visitor, program: Program, make_program: Callable[..., Program]
) -> None:
    code = program.get_code(ada_browser)
    other = make_program()
    other.verifier = program.verifier
    assert other.exchange(code).get_json()["error"] == "invalid_grant"
    change_families(app, expires_at=past(1))
    assert program.exchange(code).get_json()["error"] == "invalid_grant"


def test_parameters_count_in_the_body_only(ada_browser: Visitor, program: Program) -> None:
    query = f"grant_type=authorization_code&client_id={program.client_id}"
    response = program.http.post(f"{TOKEN}?{query}&code={program.get_code(ada_browser)}")
    assert response.get_json()["error"] == "unsupported_grant_type"


def test_guesses_are_limited_by_address(
    app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_TOKEN_ADDRESS", (2, 900))
    statuses = [program.exchange("x").status_code for _ in range(3)]
    assert statuses == [400, 400, 429]


def test_sign_ins_that_have_ended_are_limited_by_app_if_it_has_a_secret(
    app: Flask, make_program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come from one server, whose address others may have, too."""
    monkeypatch.setitem(app.config, "LIMIT_TOKEN_ADDRESS", (1, 900))
    monkeypatch.setitem(app.config, "LIMIT_TOKEN_APP", (2, 900))
    program, other = (make_program(secret=SECRET) for _ in range(2))
    statuses = [program.refresh(refresh_token="x").status_code for _ in range(3)]
    assert statuses == [400, 400, 429]
    assert other.refresh(refresh_token="x").status_code == 400


# --- refresh tokens ------------------------------------------------------------------------------


def test_a_lost_answer_is_given_again_for_a_while(
    app: Flask, ada_browser: Visitor, program: Program
) -> None:
    program.sign_in(ada_browser)
    first = program.refresh_token
    program.refresh()
    second = program.refresh_token
    assert program.refresh(refresh_token=first).status_code == 200
    assert program.refresh_token == second  # there are never two that work
    change_families(app, refreshed_at=past(app.config["OAUTH_REFRESH_GRACE_S"] + 1))
    assert program.refresh(refresh_token=first).status_code == 400
    assert program.refresh(refresh_token=second).status_code == 400


def test_an_earlier_token_ends_its_family_but_not_if_another_app_sends_it(
    ada_browser: Visitor, program: Program, make_program: Callable[..., Program]
) -> None:
    program.sign_in(ada_browser)
    first = program.refresh_token
    for _ in range(2):
        program.refresh()
    other = make_program(secret=SECRET)
    for token in (first, program.refresh_token):
        assert other.refresh(refresh_token=token).get_json()["error"] == "invalid_grant"
    assert program.get_me().status_code == 200
    assert program.refresh(refresh_token=first).get_json()["error"] == "invalid_grant"
    assert program.get_me().status_code == 401


def test_a_made_up_secret_ends_nothing(ada_browser: Visitor, program: Program) -> None:
    """Who knows the id of a family, such as from a log, cannot end it."""
    code = program.get_code(ada_browser)
    program.exchange(code)
    family_id = program.refresh_token[: -len("_") - 43]
    code_secret = code[-43:]  # of the same family, but no refresh token
    for secret in ("w" * 43, code_secret):
        guess = f"{family_id}_{secret}"
        assert program.refresh(refresh_token=guess).get_json()["error"] == "invalid_grant"
    assert program.get_me().status_code == 200
    assert program.refresh().status_code == 200


def test_a_refresh_gives_fewer_scopes_and_never_more(
    ada_browser: Visitor, program: Program
) -> None:
    program.sign_in(ada_browser, "account:read rides:read")
    assert program.refresh(scope="rides:read").get_json()["scope"] == "rides:read"
    assert program.get_me().status_code == 403
    assert program.refresh(scope="rides:write").get_json()["error"] == "invalid_scope"
    assert program.refresh().get_json()["scope"] == "account:read rides:read"


def test_a_refresh_token_expires_if_it_is_not_used(
    app: Flask, ada_browser: Visitor, program: Program
) -> None:
    program.sign_in(ada_browser)
    change_families(app, expires_at=past(1))
    assert program.refresh().get_json()["error"] == "invalid_grant"


def test_only_digests_of_secrets_are_stored(
    app: Flask, ada_browser: Visitor, program: Program, row: RowReader
) -> None:
    code = program.get_code(ada_browser)
    program.exchange(code)
    secret = parse_family_secret(program.refresh_token, REFRESH_PREFIX)
    assert secret
    stored = str(vars(row(OAuthTokenFamily, secret.family_key)))
    assert secret.digest in stored
    assert secret.secret not in stored
    assert code[-43:] not in stored


# --- access tokens -------------------------------------------------------------------------------


def _sign(app: Flask, key: ECKey, header: dict[str, str], **claims: Any) -> str:
    with app.app_context():
        usual = {
            "iss": issuer(),
            "aud": find_api_audience(),
            "scope": "account:read",
            "client_id": "x",
        }
    sid = str(RowKey("us-east1", uuid4()))
    values = {**usual, "sid": sid, "exp": int(past(-60).timestamp()), **claims}
    return jwt.encode(header, values, key)


def test_a_made_up_token_is_refused_without_the_database(
    app: Flask, ada_browser: Visitor, program: Program, round_trips: Callable[[], int]
) -> None:
    program.sign_in(ada_browser)
    header = {"alg": "ES256", "typ": "at+jwt", "kid": "x"}
    own_key = ECKey.generate_key("P-256")
    head, claims, signature = program.access_token.split(".")
    made_up = [
        _sign(app, own_key, header),
        f"{head}.{claims}.{signature[::-1]}",
        f"{head}.{claims[:-2]}.{signature}",
        f"{head}.{claims}.",
        urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=") + ".e30.",
        "a.b.c",
        ".." * 1,
        "é.é.é",
        "x" * 3000,
    ]
    round_trips()
    for each in made_up:
        response = program.http.get("/api/v1/me", headers={"Authorization": f"Bearer {each}"})
        assert response.status_code == 401
    assert round_trips() == 0


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "JWT"}, {}),
        ({}, {"iss": "https://evil.example"}),
        ({}, {"aud": "https://evil.example"}),
        ({}, {"sid": "x"}),
        ({}, {"scope": 1}),
    ],
)
def test_a_token_of_ours_for_something_else_is_refused(
    app: Flask, header: dict[str, str], claims: dict[str, Any]
) -> None:
    with app.app_context():
        kid, key = signing_keys.find_signing_key()
        usual = {"alg": "ES256", "typ": "at+jwt", "kid": kid}
        assert read_access_token(_sign(app, key, usual))
        assert read_access_token(_sign(app, key, usual | header, **claims)) is None


def test_an_access_token_ends_after_minutes(
    app: Flask, ada_browser: Visitor, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "OAUTH_ACCESS_TOKEN_S", 0)
    program.sign_in(ada_browser)
    assert program.get_me().status_code == 401


def test_an_access_token_opens_no_page(ada_browser: Visitor, program: Program) -> None:
    program.sign_in(ada_browser)
    assert program.http.get("/account").status_code == 303


def _change_password(user: User) -> None:
    password_change.change_password(user, PASSWORD, "five words make another one")


def _close(user: User) -> None:
    with db.engines["write"].begin() as connection:
        connection.execute(staff_accounts.close_account_statement(user.key))


def _sign_out_elsewhere(user: User) -> None:
    sessions.end_other_sessions(user.key, user.login_session.key)


@pytest.mark.parametrize("change", [_change_password, _close, _sign_out_elsewhere, delete_account])
def test_apps_lose_their_access_with_the_password_the_sessions_and_the_account(
    app: Flask, ada: User, ada_browser: Visitor, program: Program, change: Callable[[User], Any]
) -> None:
    program.sign_in(ada_browser)
    with app.test_request_context():
        change(ada)
    assert program.get_me().status_code == 401
    assert program.refresh().get_json()["error"] == "invalid_grant"


def test_apps_lose_their_access_with_a_new_second_factor_and_when_staff_end_all_sessions(
    app: Flask, ada: User, ada_browser: Visitor, program: Program, make_user: UserFactory
) -> None:
    program.sign_in(ada_browser)
    ada_browser.send(START_PATH)
    confirm_setup(ada_browser)
    assert program.get_me().status_code == 401
    program.sign_in(ada_browser)
    with app.test_request_context():
        staff_accounts.end_sessions(make_user("boss", roles=["admin"]), ada.key)
    assert program.get_me().status_code == 401


def test_tokens_move_with_their_account_to_another_region(
    app: Flask, ada: User, ada_browser: Visitor, program: Program, server: Any
) -> None:
    program.sign_in(ada_browser)
    with app.app_context(), db.engines["write"].begin() as connection:
        move = "UPDATE users SET region = 'us-west1', city = 'seattle' WHERE username = 'ada'"
        connection.execute(text(move))
    moved = str(RowKey("us-west1", ada.id))
    assert program.get_me().get_json()["id"] == moved
    assert program.refresh().status_code == 200
    assert program.get_me().get_json()["id"] == moved


@pytest.mark.parametrize("token", ["access_token", "refresh_token"])
def test_an_app_signs_out_and_only_that_sign_in_ends(
    app: Flask, ada_browser: Visitor, program: Program, token: str
) -> None:
    program.sign_in(ada_browser)
    other = Program(app, program.client_id).sign_in(ada_browser)
    thief = Program(app, UUID(int=0))
    assert thief.post(REVOKE, token=getattr(program, token)).get_json()["error"] == "invalid_client"
    for _ in range(2):
        response = program.post(REVOKE, token=getattr(program, token))
        assert response.status_code == 200
    assert program.get_me().status_code == 401
    assert other.get_me().status_code == 200
    assert read_audit_kinds(app).count("account.app_signed_out") == 1


def test_an_app_signs_no_other_app_out(
    ada_browser: Visitor, program: Program, make_program: Callable[..., Program]
) -> None:
    program.sign_in(ada_browser)
    for token in (program.access_token, program.refresh_token, "x", ""):
        assert make_program().post(REVOKE, token=token).status_code == 200
    assert program.get_me().status_code == 200


# --- keys ----------------------------------------------------------------------------------------


def _kids(program: Program) -> list[str]:
    keys = program.http.get("/.well-known/jwks.json").get_json()["keys"]
    return [key["kid"] for key in keys]


def test_a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_have_ended(
    app: Flask, ada_browser: Visitor, program: Program
) -> None:
    program.sign_in(ada_browser)
    (old,) = _kids(program)
    with app.app_context():
        signing_keys.rotate_if_due()
        assert _kids(program) == [old]
        _age_keys(100)
        signing_keys.rotate_if_due()
        new, _ = _kids(program)
        assert signing_keys.find_signing_key()[0] == old
        signing_keys.rotate_if_due()  # the new one is young
        assert len(_kids(program)) == 2
        _age_keys(1)
        signing_keys.keys_cache().clear()
        assert signing_keys.find_signing_key()[0] == new
        assert program.get_me().status_code == 200
        _age_keys(1)
        signing_keys.rotate_if_due()
        assert _kids(program) == [new]
    assert program.get_me().status_code == 401
    assert program.refresh().status_code == 200
    assert program.get_me().status_code == 200


def _age_keys(days: float) -> None:
    age = timedelta(days=days, seconds=1)
    with db.engines["write"].begin() as connection:
        connection.execute(
            update(OAuthSigningKey).values(
                created_at=OAuthSigningKey.created_at - age,
                signs_from=OAuthSigningKey.signs_from - age,
            )
        )


def test_leaked_keys_are_replaced_at_once(
    app: Flask, ada_browser: Visitor, program: Program
) -> None:
    program.sign_in(ada_browser)
    (old,) = _kids(program)
    result = app.test_cli_runner().invoke(args=["rotate-oauth-keys", "--leaked"])
    assert result.exit_code == 0
    assert old not in _kids(program)
    assert program.get_me().status_code == 401
    assert program.refresh().status_code == 200
    assert program.get_me().status_code == 200
    assert app.test_cli_runner().invoke(args=["rotate-oauth-keys"]).exit_code == 0
    assert len(_kids(program)) == 2


def test_a_private_key_is_stored_encrypted_and_replaced_when_no_key_opens_it(
    app: Flask, ada_browser: Visitor, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.sign_in(ada_browser)
    with app.app_context():
        key = db.session.scalars(db.select(OAuthSigningKey)).one()
        assert '"d"' not in key.private_jwk
        monkeypatch.setitem(app.config, "SECRET_KEY", "another key of more than 32 characters")
        monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", ())
        signing_keys.keys_cache().clear()
        assert signing_keys.find_signing_key()[0] != key.kid
        signing_keys.keys_cache().clear()


@pytest.mark.parametrize("path", [TOKEN, REVOKE])
def test_a_header_that_is_no_text_is_no_app(app: Flask, path: str) -> None:
    fields = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
    header = {"Authorization": f"Basic {b64encode(bytes([255])).decode()}"}
    response = ApiClient.of(app, None).post(path, data=fields, headers=header)
    assert (response.status_code, response.get_json()["error"]) == (401, "invalid_client")
