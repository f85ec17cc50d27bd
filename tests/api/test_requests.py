"""What all requests to the API have in common: no cookies, CORS, rate limits, reading by type."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from flask import Flask, request, session
from flask.testing import FlaskClient

from tests.api.client import ApiClient
from tests.databases import make_app
from tests.factories import UserFactory
from tests.visitor import Visitor
from webapp.api.operations import operation
from webapp.api.reading import invalid_request
from webapp.api.value_errors import describe_error
from webapp.api.values import Body
from webapp.web import token_limits
from webapp.web.access import public, signed_in
from webapp.web.rate_limits import Limit, count_attempt, make_address_buckets
from webapp.web.scopes import Scope


class Stop(Body):
    minutes: int


class Stops(Body):
    name: str
    stops: list[Stop] = []


@pytest.fixture
def probe(database: Any) -> Flask:
    """An application with a view of the API for each test of this file."""
    app = make_app(database)
    app.test_client_class = Visitor

    @app.post("/api/v1/probe")
    @public
    @operation(Stops, body=Stops)
    def post(body: Stops) -> Stops:
        """Return what was sent."""
        return body

    @app.get("/api/v1/probe")
    @public
    @operation(dict[str, int], query=Stop)
    def get(query: Stop) -> dict[str, int]:
        """Count an attempt."""
        count_attempt(make_address_buckets("probe", Limit(query.minutes, 60), "2001:db8::1"))
        return {"cookies": len(request.cookies)}

    @app.get("/api/v1/page")
    @signed_in
    def page() -> str:
        session["city"] = "paris"
        return "secret"

    return app


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": 1}, "/name"),
        ({"name": "a", "stops": [{"minutes": 1}, {"minutes": "2"}]}, "/stops/1/minutes"),
        ({"name": "a", "unknown": 1}, "/unknown"),
        ({}, "/name"),
        ({"name": "a", "stops": [{}]}, "/stops/0/minutes"),
        ({"name": "\0"}, ""),
        ([], ""),
    ],
)
def test_a_value_of_the_wrong_type_is_named_by_its_pointer(
    probe: Flask, body: Any, pointer: str
) -> None:
    response = probe.test_client().post("/api/v1/probe", json=body)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json["errors"]] == [pointer]  # type: ignore[index]


def test_what_is_no_json_is_refused(probe: Flask) -> None:
    client, kind = probe.test_client(), {"Content-Type": "application/json"}
    assert client.post("/api/v1/probe", data={"name": "a"}).status_code == 415
    for data in (b"", b"{", b"\xff", b'{"name": "\xff"}', b'{"name": "\\ud800"}'):
        assert client.post("/api/v1/probe", data=data, headers=kind).status_code in (400, 422), data
    assert client.post("/api/v1/probe", json={"name": "é"}).get_json() == {"name": "é", "stops": []}


def test_no_cookie_is_read_or_set(probe: Flask, make_user: UserFactory) -> None:
    client: Visitor = probe.test_client()  # type: ignore[assignment]
    client.sign_in(make_user(roles=["admin"]))
    assert client.get("/api/v1/probe?minutes=9").get_json() == {"cookies": 0}
    response = client.get("/api/v1/page")
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", ["//api/v1/probe", "///api/v1/probe"])
def test_no_cookie_is_read_where_the_path_begins_with_more_slashes(
    probe: Flask, make_user: UserFactory, path: str
) -> None:
    """Routes are matched with one slash at the beginning, however many there are."""
    client: Visitor = probe.test_client()  # type: ignore[assignment]
    client.sign_in(make_user())
    response = client.get("/?minutes=9", environ_overrides={"PATH_INFO": path})
    assert response.get_json() == {"cookies": 0}
    assert "Set-Cookie" not in response.headers


def test_an_answer_says_what_is_left_of_a_rate_limit(probe: Flask) -> None:
    client = probe.test_client()
    first = client.get("/api/v1/probe?minutes=1")
    assert first.headers["RateLimit-Policy"] == '"probe";q=1;w=60'
    assert first.headers["RateLimit"] == '"probe";r=0;t=60'
    second = client.get("/api/v1/probe?minutes=1")
    assert second.status_code == 429
    assert second.get_json()["type"].endswith("/problems/too-many-requests")
    assert second.headers["RateLimit"].startswith('"probe";r=0;t=')
    assert 0 < int(second.headers["Retry-After"]) <= 60
    assert "RateLimit" not in client.get("/api/v1/cities").headers


def test_a_token_may_send_so_many_requests(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_API_TOKEN", (2, 60))
    ada = make_user()
    program, other = ApiClient.of(app, ada), ApiClient.of(app, ada)
    answers = [program.get("/api/v1/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    left = [answer.headers["RateLimit"].split(";t=")[0] for answer in answers]
    assert left == ['"requests";r=1', '"requests";r=0', '"requests";r=0']
    assert answers[0].headers["RateLimit-Policy"] == '"requests";q=2;w=60'
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert other.get("/api/v1/me").status_code == 200


def test_a_window_ends_and_what_has_ended_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_limits, "MAX_TOKENS", 2)
    now, limit = [0.0], Limit(5, 60)
    counter = token_limits.RequestCounter(lambda: now[0])
    assert [counter.count("a", limit) for _ in range(2)] == [(1, 60), (2, 60)]
    now[0] = 59.5
    assert counter.count("a", limit) == (3, 1)
    assert counter.count("b", limit) == (1, 60)
    now[0] = 61
    assert counter.count("c", limit) == (1, 60)  # the window of a has ended
    assert counter.count("b", limit) == (2, 59)
    assert counter.count("d", limit) == (1, 60)  # full: all begin again
    assert counter.count("b", limit) == (1, 60)


def test_other_sites_read_the_api_only_where_it_is_switched_on(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = {"Origin": "https://app.example"}, {"Origin": "https://evil.example"}
    assert "Access-Control-Allow-Origin" not in visitor.get("/api/v1/cities", headers=ours).headers
    monkeypatch.setitem(app.config, "API_CORS_ORIGINS", ("https://app.example",))
    response = visitor.get("/api/v1/cities", headers=ours)
    assert response.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert {"Accept-Language", "Origin"} <= set(response.vary)
    assert "Access-Control-Allow-Origin" not in visitor.get("/api/v1/cities", headers=other).headers
    assert "Access-Control-Allow-Origin" not in visitor.get("/vehicles", headers=ours).headers
    preflight = FlaskClient(app, app.response_class).options("/api/v1/cities", headers=ours)
    assert preflight.status_code == 200
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_key_that_is_none_is_not_found_by_any_method(
    app: Flask, make_user: UserFactory, method: str
) -> None:
    program = ApiClient.of(app, make_user())
    for key in ("us-east1." + "0" * 36, "us-east1." + "-" * 36, "nowhere"):
        response = program.open(f"/api/v1/comments/{key}", method=method, json={})
        assert response.status_code == 404


def test_the_language_is_one_that_there_are_texts_in(visitor: Visitor) -> None:
    response = visitor.get("/api/v1/nothing", headers={"Accept-Language": "fr, en;q=0.5"})
    assert response.headers["Content-Language"] == "en"


def test_scopes_are_names_that_documents_may_hold() -> None:
    assert all(scope.count(":") == 1 and scope == scope.lower() for scope in Scope)


@pytest.mark.parametrize(
    ("text", "pointer", "message"),
    [
        ("Expected `int`, got `str` - at `$.stops[...].minutes`", "/stops/.../minutes", "Send int, not str."),
        ("Object missing required field `a` - at `$.b`", "/b/a", "This is missing."),
        ("Object contains unknown field `a`", "/a", "No member has this name."),
        ("Expected `int` >= 1 - at `$.a`", "/a", "Send a number of at least 1."),
        ("Expected `float` <= 90.0 - at `$.a`", "/a", "Send a number of at most 90."),
        ("Expected `str` of length <= 100 - at `$.a`", "/a", "At most 100 are allowed."),
        ("Expected `array` of length >= 1 - at `$.a`", "/a", "At least 1 is needed."),
        ("Expected `str` matching regex '^a' - at `$.a`", "/a", "It is not in the expected format."),
        ("Invalid enum value 'b' - at `$.a`", "/a", "It is none of the allowed values."),
        ("Invalid UUID - at `$.a`", "/a", "Send a UUID."),
        ("Send both lat and lon, or none.", "", "Send both lat and lon, or none."),
    ],
)  # fmt: skip
def test_a_message_names_its_place_and_says_what_to_send(
    app: Flask, text: str, pointer: str, message: str
) -> None:
    with app.test_request_context("/api/v1/rides"):
        error = invalid_request(msgspec.ValidationError(text))
        assert error.details["errors"] == [(pointer, message)]


def test_every_message_of_msgspec_is_known(app: Flask) -> None:
    """A new release of it may have others; they would be shown in English."""

    class Everything(Body):
        number: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
        above: Annotated[float, msgspec.Meta(gt=1)] = 2
        text: Annotated[str, msgspec.Meta(min_length=1, max_length=3, pattern="^a")] = "a"
        kind: Scope = Scope.RIDES_READ
        id: UUID | None = None
        at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
        items: Annotated[list[int], msgspec.Meta(max_length=1)] = []

    values = [
        {"number": 0}, {"number": 9}, {"above": 1}, {"text": ""}, {"text": "aaaa"}, {"text": "b"},
        {"kind": "b"}, {"id": "b"}, {"at": "b"}, {"at": "2026-07-31T17:00:00"}, {"items": [1, 2]},
        {"number": "1"}, {"unknown": 1},
    ]  # fmt: skip
    for value in values:
        with pytest.raises(msgspec.ValidationError) as raised, app.test_request_context("/api/v1/"):
            msgspec.convert(value, Everything)
        with app.test_request_context("/api/v1/"):
            _pointer, message = describe_error(raised.value)
        assert not message.startswith(("Expected", "Invalid", "Object")), value
