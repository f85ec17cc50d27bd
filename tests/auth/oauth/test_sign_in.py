"""Signing in with an app, from the first page to the end of its access."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import update

from tests.auth.oauth.program import AUTHORIZE, Program, read_answer, read_return_url
from tests.auth.oauth.steps import REDIRECT_URI, SECRET, insert_client
from tests.auth.steps import new_browser, read_audit_kinds
from tests.factories import PASSWORD, UserFactory
from tests.job_steps import forget_mails, read_mails
from tests.performance.walk import LONG_AGO
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.oauth.models import OAuthClient
from webapp.auth.oauth.redirect_uris import find_form_action_source
from webapp.auth.oauth.services.codes import MAX_CODES_AN_HOUR
from webapp.extensions import db

METADATA = "/.well-known/oauth-authorization-server"


def test_an_app_signs_somebody_in_uses_the_api_refreshes_and_ends_with_a_token_used_twice(
    app: Flask, ada: User, ada_browser: Visitor, program: Program
) -> None:
    page = ada_browser.get(program.authorize_path("rides:read account:read"))
    assert page.status_code == 200
    for text in (
        "Trip planner",
        ada.email,
        "See your rides, where they went, and your messages to staff about them",
        "See your name",
    ):
        assert text in page.text
    response = ada_browser.send(program.authorize_path("rides:read account:read"), decision="allow")
    answer = read_answer(response.location)
    assert response.location.startswith(f"{REDIRECT_URI}?")
    assert answer["state"] == program.state
    assert answer["iss"] == app.config["PUBLIC_URL"]

    response = program.exchange(answer["code"])
    tokens = response.get_json()
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == app.config["OAUTH_ACCESS_TOKEN_S"]
    assert tokens["scope"] == "account:read rides:read"
    account = program.get_me().get_json()
    assert account["id"] == str(ada.key)
    assert account["token_scopes"] == ["account:read", "rides:read"]

    first = program.refresh_token
    assert program.refresh().status_code == 200
    assert program.refresh_token != first
    assert program.refresh().status_code == 200
    assert program.get_me().status_code == 200
    reused = program.refresh(refresh_token=first)
    assert reused.status_code == 400
    assert reused.get_json()["error"] == "invalid_grant"
    assert program.get_me().status_code == 401
    assert program.refresh().get_json()["error"] == "invalid_grant"
    kinds = read_audit_kinds(app)
    assert kinds[-2:] == ["account.app_access_given", "account.app_token_reused"]


def test_the_first_access_of_an_app_is_told_by_mail_and_again_after_it_was_taken_away(
    app: Flask, ada: User, ada_browser: Visitor, program: Program
) -> None:
    def read_subjects() -> list[str]:
        return [mail.subject for mail in read_mails(app, ada.email)]

    first = ["An app has access to your account"]
    forget_mails(app)
    program.sign_in(ada_browser)
    assert read_subjects() == first
    assert "Trip planner" in read_mails(app)[0].body
    program.sign_in(ada_browser, "account:read rides:read")
    assert read_subjects() == first
    ada_browser.send(f"/account/apps/{program.client_id}/end")
    program.sign_in(ada_browser)
    assert read_subjects() == first * 2


def test_programs_find_out_where_to_go_and_check_tokens_by_the_published_keys(
    app: Flask, ada: User, ada_browser: Visitor, program: Program
) -> None:
    program.sign_in(ada_browser)
    document = program.http.get(METADATA)
    metadata = AuthorizationServerMetadata(document.get_json())
    secure = {
        name: value.replace("http://", "https://") if isinstance(value, str) else value
        for name, value in metadata.items()
    }
    AuthorizationServerMetadata(secure).validate()
    assert metadata["issuer"] == app.config["PUBLIC_URL"]
    assert metadata["authorization_endpoint"].endswith(AUTHORIZE)
    addresses = {url for name, url in metadata.items() if name.endswith(("_endpoint", "_uri"))}
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    routes = {
        rule for rule in rules if rule.startswith(("/oauth/", "/api/oauth/", "/.well-known/jwks"))
    }
    assert {url.removeprefix(metadata["issuer"]) for url in addresses} == routes
    assert "public" in document.headers["Cache-Control"]
    path = metadata["jwks_uri"].removeprefix(app.config["PUBLIC_URL"])
    keys = program.http.get(path).get_json()
    assert "d" not in keys["keys"][0]
    token = jwt.decode(program.access_token, KeySet.import_key_set(keys), algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"
    claims = token.claims
    assert claims["iss"] == app.config["PUBLIC_URL"]
    assert claims["sub"] == str(ada.id)
    assert claims["aud"] == f"{app.config['PUBLIC_URL']}/api"
    assert claims["client_id"] == str(program.client_id)
    assert claims["exp"] - claims["iat"] == app.config["OAUTH_ACCESS_TOKEN_S"]
    jwt.JWTClaimsRegistry(sub={"essential": True}, jti={"essential": True}).validate(claims)


@pytest.mark.parametrize("as_form", [True, False])
def test_an_app_on_a_server_proves_itself_with_its_secret(
    app: Flask, ada_browser: Visitor, make_program: Callable[..., Program], as_form: bool
) -> None:
    program = make_program(secret=SECRET)
    code = program.get_code(ada_browser)
    thief = Program(app, program.client_id, verifier=program.verifier, secret="movr_app_x")
    for guess in ("", "movr_app_x"):
        thief.secret = guess
        response = thief.exchange(code)
        assert response.status_code == 401
        assert response.get_json()["error"] == "invalid_client"
        assert response.headers["WWW-Authenticate"].startswith("Basic")
    if as_form:
        program.secret = ""
        response = program.exchange(code, client_secret=SECRET)
    else:
        response = program.exchange(code)
    assert response.status_code == 200, response.text


def test_consent_is_remembered_by_app_and_scopes(
    ada_browser: Visitor, program: Program, make_program: Callable[..., Program]
) -> None:
    program.sign_in(ada_browser, "rides:read account:read")
    page = ada_browser.get(program.authorize_path("rides:read")).text
    assert "Back to the app" in page
    response = program.exchange(read_answer(read_return_url(page))["code"])
    assert response.get_json()["scope"] == "rides:read"
    assert "Allow Trip planner?" in ada_browser.get(program.authorize_path("rides:write")).text
    other = make_program()
    assert "Allow Trip planner?" in ada_browser.get(other.authorize_path("rides:read")).text


def test_riders_are_not_asked_for_what_only_staff_can_do(
    ada_browser: Visitor, program: Program
) -> None:
    page = ada_browser.get(program.authorize_path("rides:read fleet:read")).text
    assert "See your rides, where they went" in page
    assert "As staff" not in page
    response = program.exchange(program.get_code(ada_browser, "rides:read fleet:read"))
    assert response.get_json()["scope"] == "rides:read"


def test_where_another_app_could_pose_as_this_one_consent_is_asked_for_each_time(
    app: Flask, ada_browser: Visitor
) -> None:
    client_id = insert_client(app, redirect_uris=["http://127.0.0.1/back"])
    program = Program(app, client_id, redirect_uri="http://127.0.0.1:51004/back")
    program.sign_in(ada_browser)
    page = ada_browser.get(program.authorize_path())
    assert "Allow Trip planner?" in page.text
    assert "form-action 'self' http://127.0.0.1:51004;" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://app.example:8443/cb?x=1", "https://app.example:8443"),
        ("http://[::1]:51004/cb", "http:"),
        ("com.example.app:/cb", "com.example.app:"),
    ],
)
def test_the_form_may_lead_to_the_app_and_nowhere_else(uri: str, source: str) -> None:
    assert find_form_action_source(uri) == source


def test_a_sensitive_scope_needs_a_recent_authentication_each_time(
    app: Flask, ada: User, ada_browser: Visitor, program: Program
) -> None:
    program.sign_in(ada_browser, "rides:write")
    old = new_browser(app).sign_in(ada, authenticated_at=LONG_AGO)
    path = program.authorize_path("rides:write")
    for response in (old.get(path), old.send(path, decision="allow")):
        assert response.location.startswith("/login/again?next=/oauth/authorize")
    assert old.get(program.authorize_path("rides:read")).status_code == 200


def test_who_is_not_signed_in_signs_in_first_and_comes_back(app: Flask, program: Program) -> None:
    response = new_browser(app).get(program.authorize_path())
    assert response.location.startswith("/login?next=/oauth/authorize")
    assert "code_challenge" in response.location


def test_the_state_of_an_app_may_be_long(
    app: Flask, program: Program, make_user: UserFactory
) -> None:
    make_user("omar")
    program.state = "s" * 3000
    login_path = new_browser(app).get(program.authorize_path()).location
    signed_in = new_browser(app).send(login_path, username="omar", password=PASSWORD)
    assert program.state in signed_in.location


def test_who_says_no_is_sent_back_with_access_denied(
    app: Flask, ada_browser: Visitor, program: Program
) -> None:
    response = ada_browser.send(program.authorize_path(), decision="deny")
    answer = read_answer(response.location)
    assert answer == {
        "error": "access_denied",
        "state": program.state,
        "iss": app.config["PUBLIC_URL"],
    }
    assert "account.app_access_given" not in read_audit_kinds(app)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": 'co"de é'}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": "account:read rides:write x"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "fleet:read fleet:write"}, "invalid_scope"),  # Ada is no staff
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_wrong_request_of_an_app_is_told_to_the_app(
    app: Flask, ada_browser: Visitor, program: Program, changes: dict[str, str], error: str
) -> None:
    path = program.authorize_path(**changes)
    for response in (ada_browser.get(path), ada_browser.send(path, decision="allow")):
        url = read_return_url(response.text)
        assert url.startswith(f"{REDIRECT_URI}?")
        answer = read_answer(url)
        assert answer["error"] == error
        assert answer["state"] == program.state
        assert answer["iss"] == app.config["PUBLIC_URL"]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "planner"},
        {"client_id": "00000000-0000-4000-8000-000000000000"},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{REDIRECT_URI}/"},
        {"redirect_uri": f'{REDIRECT_URI}" é\\'},
        {"redirect_uri": f"{REDIRECT_URI}?x=1", "response_type": "token"},
        {"redirect_uri": "https://evil.example/", "scope": "everything"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    ada_browser: Visitor, program: Program, changes: dict[str, str]
) -> None:
    path = program.authorize_path(**changes)
    for response in (ada_browser.get(path), ada_browser.send(path, decision="allow")):
        assert response.status_code == 400
        assert "Location" not in response.headers
        assert "evil.example" not in response.text
        assert "isn&#39;t valid" in response.text


def test_consent_needs_the_token_of_the_form_and_cannot_be_framed(
    app: Flask, ada_browser: Visitor, program: Program, make_user: UserFactory
) -> None:
    path = program.authorize_path()
    page = ada_browser.get(path)
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://app.example;" in page.headers["Content-Security-Policy"]
    assert "form-action 'self';" in ada_browser.get("/").headers["Content-Security-Policy"]
    assert ada_browser.post(path, data={"decision": "allow"}).status_code == 400
    eve = new_browser(app).sign_in(make_user("eve"))
    stolen = {"decision": "allow", "csrf_token": eve.token()}
    assert ada_browser.post(path, data=stolen).status_code == 400
    assert "account.app_access_given" not in read_audit_kinds(app)


def test_an_address_that_is_not_confirmed_gives_no_access(
    app: Flask, make_user: UserFactory, program: Program
) -> None:
    browser = new_browser(app).sign_in(make_user(email_confirmed_at=None))
    assert browser.get(program.authorize_path()).status_code == 403
    assert browser.send(program.authorize_path(), decision="allow").status_code == 403


def test_one_person_signs_in_to_one_app_a_limited_number_of_times_an_hour(
    ada_browser: Visitor, program: Program
) -> None:
    for _ in range(MAX_CODES_AN_HOUR):
        program.get_code(ada_browser)
    assert ada_browser.send(program.authorize_path(), decision="allow").status_code == 429


def test_a_removed_app_and_a_scope_taken_from_it_have_no_access_at_once(
    app: Flask, ada_browser: Visitor, program: Program
) -> None:
    program.sign_in(ada_browser)
    _change_client(app, program, scopes=["rides:read"])
    assert program.get_me().status_code == 403
    assert program.refresh().get_json()["scope"] == ""
    _change_client(app, program, removed_at=datetime.now(UTC))
    assert program.get_me().status_code == 401
    assert program.refresh().get_json()["error"] == "invalid_client"
    assert ada_browser.get(program.authorize_path()).status_code == 400
    assert "Trip planner" not in ada_browser.get("/account/apps").text


def _change_client(app: Flask, program: Program, **values: Any) -> None:
    with app.app_context(), db.engines["write"].begin() as connection:
        is_program = OAuthClient.id == program.client_id
        connection.execute(update(OAuthClient).where(is_program).values(values))


def test_scripts_of_other_sites_get_tokens_only_if_they_may(
    app: Flask, monkeypatch: pytest.MonkeyPatch, program: Program
) -> None:
    monkeypatch.setitem(app.config, "API_CORS_ORIGINS", ("https://app.example",))
    for origin, is_allowed in (("https://app.example", True), ("https://evil.example", False)):
        for path in ("/api/oauth/token", METADATA, "/.well-known/jwks.json"):
            headers = {"Origin": origin}
            method = "OPTIONS" if "token" in path else "GET"
            response = program.http.open(path, method=method, headers=headers)
            assert ("Access-Control-Allow-Origin" in response.headers) == is_allowed
            assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_request_of_an_app_costs_one_round_trip_and_its_last_use_is_written_once_a_day(
    ada_browser: Visitor, program: Program, round_trips: Callable[[], int]
) -> None:
    program.sign_in(ada_browser)
    assert "never used" in ada_browser.get("/account/apps").text
    round_trips()
    for expected in (2, 1):
        program.get_me().close()
        assert round_trips() == expected
    assert "last used" in ada_browser.get("/account/apps").text


def test_people_see_the_apps_with_access_and_take_it_away(
    app: Flask, ada_browser: Visitor, program: Program, make_user: UserFactory
) -> None:
    program.sign_in(ada_browser)
    page = ada_browser.get("/account/apps").text
    assert "Trip planner" in page
    assert "See your name" in page
    path = f"/account/apps/{program.client_id}/end"
    assert new_browser(app).sign_in(make_user()).send(path).status_code == 404
    assert program.get_me().status_code == 200
    assert ada_browser.send(path).status_code == 303
    assert program.get_me().status_code == 401
    assert program.refresh().get_json()["error"] == "invalid_grant"
    assert "No app has access" in ada_browser.get("/account/apps").text
    assert ada_browser.send(path).status_code == 404
    assert re.search("Allow", ada_browser.get(program.authorize_path()).text)
