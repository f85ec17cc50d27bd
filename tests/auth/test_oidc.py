"""The authorization code flow of OpenID Connect, with PKCE, against a real issuer."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from joserfc.jwk import RSAKey

import config
from tests.auth.issuer import CALLBACK, LOGIN, Issuer, read_oidc_cookie
from tests.auth.steps import is_signed_in, read_all_rows
from tests.visitor import Visitor
from webapp import create_app
from webapp.auth.models import User
from webapp.auth.oidc.providers import create_providers
from webapp.settings.environment import read_overrides

LONG_AGO = datetime.now(UTC) - timedelta(hours=1)


# --- the authorization request -----------------------------------------------------------------------------------


def test_without_providers_there_is_no_link_and_no_page(visitor: Visitor) -> None:
    for path in ("/login", "/register"):
        assert "/login/with" not in visitor.get(path).text
    for path in (LOGIN, CALLBACK, "/register/with/example"):
        assert visitor.get(path).status_code == 404


def test_the_login_and_register_pages_link_to_each_provider(
    visitor: Visitor, issuer: Issuer
) -> None:
    for path in ("/login", "/register"):
        page = visitor.get(f"{path}?next=/rides").text
        assert "Continue with Example ID" in page
        assert 'href="http://127.0.0.1:8000/login/with/example?next=/rides"' in page


def test_the_authorization_request_has_state_nonce_and_code_challenge(
    visitor: Visitor, issuer: Issuer
) -> None:
    response = visitor.get(LOGIN, headers={"Host": "evil.example"})
    parameters = {
        name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()
    }
    assert response.location.startswith(f"{issuer.url}/authorize?")
    assert parameters.pop("redirect_uri") == f"http://127.0.0.1:8000{CALLBACK}"
    secrets = [parameters.pop(name) for name in ("state", "nonce", "code_challenge")]
    assert min(map(len, secrets)) >= 20
    assert parameters == {
        "response_type": "code",
        "client_id": "movr",
        "scope": "openid email profile",
        "code_challenge_method": "S256",
    }


def test_an_unknown_provider_is_not_found(visitor: Visitor, issuer: Issuer) -> None:
    assert visitor.get("/login/with/nobody").status_code == 404


# --- responses that are refused -------------------------------------------------------------------------


@pytest.fixture
def no_change(
    visitor: Visitor, linked_ada: User, app: Flask, round_trips: Callable[[], int]
) -> Iterator[None]:
    """Check that nobody is signed in, nothing is written or stored in the cookie, and that while the
    issuer was asked, no database connection was used."""
    before = read_all_rows(app)
    round_trips()
    yield
    assert round_trips() == 0
    assert read_all_rows(app) == before
    assert not is_signed_in(visitor)
    assert not read_oidc_cookie(visitor)


@pytest.mark.slow
@pytest.mark.usefixtures("no_change")
@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": "another", "azp": "movr"},
        {"aud": ["another"], "azp": "movr"},
        {"aud": ["movr", "another"]},
        {"aud": ["movr", "another"], "azp": "another"},
        {"aud": None},
        {"aud": 5},
        {"iss": "https://accounts.example.com"},
        {"iss": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 5},
        {"sub": "a\0b"},
        {"sub": "x" * 256},
    ],
    ids=json.dumps,
)
def test_an_id_token_with_invalid_claims_is_refused(
    visitor: Visitor, issuer: Issuer, claims: dict[str, Any]
) -> None:
    issuer.claims = claims
    response = issuer.sign_in(visitor)
    assert response.status_code == 400
    assert "start again" in response.text


@pytest.mark.usefixtures("no_change")
@pytest.mark.parametrize("algorithm", ["none", "HS256", "XX"])
def test_only_signatures_with_the_issuers_private_key_are_accepted(
    visitor: Visitor, issuer: Issuer, algorithm: str
) -> None:
    """Though its metadata offer more: a token without any, or with the secret that we share."""
    issuer.algorithm = algorithm
    assert issuer.sign_in(visitor).status_code == 400


@pytest.mark.usefixtures("no_change")
def test_another_key_of_the_same_name_is_refused(visitor: Visitor, issuer: Issuer) -> None:
    issuer.published = RSAKey.generate_key(2048, {"kid": issuer.key.kid})
    assert issuer.sign_in(visitor).status_code == 400


def test_a_new_key_of_the_issuer_is_found(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    issuer.sign_in(visitor)
    visitor.send("/logout")
    issuer.rotate()
    issuer.sign_in(visitor)
    assert is_signed_in(visitor)


def test_metadata_and_keys_are_cached_for_an_hour(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    issuer.sign_in(visitor)
    visitor.send("/logout")
    assert {"metadata", "keys"} <= set(issuer.calls)
    issuer.calls.clear()
    issuer.sign_in(visitor)
    assert not {"metadata", "keys"} & set(issuer.calls)
    issuer.calls.clear()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=True):
        visitor.get(LOGIN)
    assert issuer.calls == ["metadata"]


@pytest.mark.slow
@pytest.mark.usefixtures("no_change")
@pytest.mark.parametrize(
    ("endpoint", "response", "status"),
    [
        ("token", (500, "oops"), 503),
        ("token", (200, "oops"), 400),
        ("token", (200, "[]"), 400),
        ("token", (200, "{}"), 400),
        ("token", (200, '{"access_token": "x"}'), 400),
        ("token", (200, '{"access_token": "x", "id_token": 5}'), 400),
        ("token", (200, '{"access_token": "x", "id_token": "a.b.c"}'), 400),
        ("token", (400, '{"error": "invalid_grant"}'), 400),
        ("token", (429, "slow down"), 503),
        ("keys", (500, "oops"), 503),
        ("keys", (200, "{}"), 400),
        ("keys", (200, '{"keys": [{"kty": "XX"}]}'), 400),
    ],
)
def test_an_error_in_the_code_exchange_is_an_error_page(
    visitor: Visitor, issuer: Issuer, endpoint: str, response: tuple[int, str], status: int
) -> None:
    issuer.error_responses[endpoint] = response
    page = issuer.sign_in(visitor)
    assert page.status_code == status
    assert ("Retry-After" in page.headers) == (status == 503)
    assert "Back to the map" in page.text


@pytest.mark.usefixtures("no_change")
@pytest.mark.parametrize(
    ("response", "status"),
    [((500, ""), 503), ((200, "oops"), 503), ((200, "[]"), 400), ((200, "{}"), 400)],
)
def test_an_error_in_the_metadata_is_an_error_page_and_is_not_cached(
    visitor: Visitor, issuer: Issuer, response: tuple[int, str], status: int
) -> None:
    issuer.error_responses["metadata"] = response
    assert visitor.get(LOGIN).status_code == status
    issuer.error_responses.clear()
    assert visitor.get(LOGIN).status_code == 302
    visitor.get(CALLBACK)


@pytest.mark.slow
@pytest.mark.usefixtures("no_change")
@pytest.mark.parametrize(
    "endpoint", ["token_endpoint", "jwks_uri", "authorization_endpoint", "userinfo_endpoint"]
)
@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://x", 5, None, ""])
def test_an_endpoint_must_have_the_scheme_of_the_issuer(
    visitor: Visitor, issuer: Issuer, endpoint: str, address: Any
) -> None:
    issuer.metadata = {endpoint: address}
    assert visitor.get(LOGIN).status_code == 400


@pytest.mark.usefixtures("no_change")
def test_a_slow_issuer_times_out(
    visitor: Visitor, issuer: Issuer, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "OIDC_TIMEOUT_S", 0.1)
    monkeypatch.setitem(app.extensions, "oidc", create_providers(app.config))
    issuer.responding.clear()
    response = visitor.get(LOGIN)
    assert response.status_code == 503
    assert "Example ID is not responding" in response.text


@pytest.mark.usefixtures("no_change")
def test_an_unreachable_issuer_is_an_error_page(
    visitor: Visitor, issuer: Issuer, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = {"example": {**issuer.settings, "issuer": "http://127.0.0.1:1"}}
    monkeypatch.setitem(app.config, "OIDC_PROVIDERS", nobody)
    monkeypatch.setitem(app.extensions, "oidc", create_providers(app.config))
    assert visitor.get(LOGIN).status_code == 503


# --- the response belongs to the request --------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("no_change")
@pytest.mark.parametrize(
    "change_url",
    [
        lambda callback: callback.replace("state=", "x="),
        lambda callback: callback.replace("state=", "state=x"),
        lambda callback: callback.replace("code=", "x="),
        lambda callback: callback.replace("code=", "code=x"),
        lambda callback: callback.replace("/example/", "/other/"),
        lambda callback: callback.partition("?")[0],
    ],
)
def test_a_response_that_does_not_fit_the_request_is_refused(
    visitor: Visitor, issuer: Issuer, change_url: Callable[[str], str]
) -> None:
    callback = issuer.authenticate(visitor.get(LOGIN).location)
    assert visitor.get(change_url(callback)).status_code == 400
    assert visitor.get(callback).status_code == 400


@pytest.mark.usefixtures("no_change")
def test_a_response_in_another_browser_is_refused(
    visitor: Visitor, issuer: Issuer, app: Flask
) -> None:
    other: Visitor = app.test_client()  # type: ignore[assignment]
    callback = issuer.authenticate(other.get(LOGIN).location)
    visitor.get(LOGIN)
    issuer.calls.clear()
    assert visitor.get(callback).status_code == 400
    assert issuer.calls == []


def test_a_response_works_once(visitor: Visitor, issuer: Issuer, linked_ada: User) -> None:
    callback = issuer.authenticate(visitor.get(LOGIN).location)
    assert visitor.get(callback).status_code == 303
    visitor.send("/logout")
    assert visitor.get(callback).status_code == 400
    assert not is_signed_in(visitor)


def test_a_code_works_once_even_with_an_old_cookie(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    callback = issuer.authenticate(visitor.get(LOGIN).location)
    cookie = visitor.get_cookie("movr").value  # type: ignore[union-attr]
    visitor.get(callback)
    visitor.send("/logout")
    visitor.set_cookie("movr", cookie)
    assert visitor.get(callback).status_code == 400
    assert not is_signed_in(visitor)


@pytest.mark.usefixtures("no_change")
def test_a_response_after_ten_minutes_is_refused(visitor: Visitor, issuer: Issuer) -> None:
    with time_machine.travel(LONG_AGO, tick=True):
        authorization_url = visitor.get(LOGIN).location
    callback = issuer.authenticate(authorization_url)
    issuer.calls.clear()
    assert visitor.get(callback).status_code == 400
    assert issuer.calls == []


@pytest.mark.usefixtures("no_change")
def test_a_cookie_of_an_earlier_version_is_ignored(visitor: Visitor, issuer: Issuer) -> None:
    with visitor.session_transaction() as session:
        session["oidc_request"] = {"state": "x", "of": "an earlier version"}
        session["oidc_claims"] = {"issuer": issuer.url, "kept_at": 4_000_000_000}
    assert visitor.get(f"{CALLBACK}?state=x&code=x").status_code == 400
    assert visitor.get("/register/with/example").location == "/register"


def test_the_cookie_keeps_one_authorization_request(visitor: Visitor, issuer: Issuer) -> None:
    for _ in range(5):
        visitor.get(LOGIN)
    assert len(visitor.get_cookie("movr").value) < 1000  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("error", "status"), [("server_error", 503), ("login_required", 400), ("<script>", 400)]
)
def test_error_responses_of_the_issuer_are_error_pages(
    visitor: Visitor, issuer: Issuer, error: str, status: int
) -> None:
    state = parse_qs(urlsplit(visitor.get(LOGIN).location).query)["state"][0]
    parameters = {"state": state, "error": error, "error_description": "<b>Call 0900</b>"}
    response = visitor.get(CALLBACK, query_string=parameters)
    assert response.status_code == status
    assert "Call 0900" not in response.text


def test_cancelling_at_the_issuer_returns_to_the_login_page(
    visitor: Visitor, issuer: Issuer
) -> None:
    authorization_url = visitor.get(f"{LOGIN}?next=/rides").location
    state = parse_qs(urlsplit(authorization_url).query)["state"][0]
    response = visitor.get(CALLBACK, query_string={"state": state, "error": "access_denied"})
    assert response.location == "/login?next=/rides"
    assert "The sign-in was cancelled. Nothing has changed." in visitor.get(response.location).text


# --- settings -------------------------------------------------------------------------------------

GOOD = {"label": "Example", "issuer": "https://id.example", "client_id": "a", "client_secret": "b"}


def test_providers_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_PROVIDERS", json.dumps({"example": GOOD}))
    monkeypatch.setenv("OIDC_TIMEOUT_S", "2.5")
    overrides = read_overrides()
    assert overrides["OIDC_PROVIDERS"] == {"example": GOOD}
    assert overrides["OIDC_TIMEOUT_S"] == 2.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{secret", "not JSON"),
        ('["secret"]', "it must be like"),
        ('{"Example": {}}', "small letters"),
        (json.dumps({"x" * 31: GOOD}), "small letters"),
        ('{"example": "secret"}', "example must have label, issuer, client_id, client_secret"),
        (json.dumps({"example": {**GOOD, "label": ""}}), "example must have"),
        (json.dumps({"example": {**GOOD, "client_secret": 5}}), "example must have"),
        (json.dumps({"example": {**GOOD, "more": "secret"}}), "and no others"),
        (json.dumps({"example": {k: v for k, v in GOOD.items() if k != "issuer"}}), "must have"),
        *[
            (json.dumps({"example": {**GOOD, "issuer": issuer}}), "issuer of example must be like")
            for issuer in ("id.example", "ftp://id.example", "https://", "https://[", "https://x/?y",
                           "https://me:secret@id.example", "https://x/" + "y" * 250)
        ],
    ],
)  # fmt: skip
def test_invalid_providers_are_reported_in_one_line_without_secrets(
    monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    monkeypatch.setenv("OIDC_PROVIDERS", text)
    with pytest.raises(config.ConfigurationError, match="OIDC_PROVIDERS cannot be read") as refusal:
        read_overrides()
    assert words in str(refusal.value)
    assert "secret" not in str(refusal.value).replace("client_secret", "")


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", ""])
def test_a_timeout_must_be_positive(monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    monkeypatch.setenv("OIDC_TIMEOUT_S", seconds or " ")
    with pytest.raises(config.ConfigurationError, match="OIDC_TIMEOUT_S"):
        read_overrides()


def test_in_production_issuers_must_use_https() -> None:
    far = {"example": {**GOOD, "issuer": "http://localhost"}}
    with pytest.raises(config.ConfigurationError, match=r"the issuer of example.*https"):
        create_app(config.Production, OIDC_PROVIDERS=far)
