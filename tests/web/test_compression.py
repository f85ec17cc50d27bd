"""Pages and data are compressed, except where another site could learn a secret from their length."""

import csv
import io
import json
import time
from base64 import urlsafe_b64decode
from typing import Any
from unittest import mock

import pytest
from flask import Flask
from flask_compress.compat import compression

from tests.factories import VehicleFactory
from tests.fleet.live_map.steps import MAP_URL, POSITION
from tests.visitor import Visitor
from tests.web.encodings import DECOMPRESS
from webapp.fleet.live_map import services
from webapp.web.responses import CHUNK, attachment

ALL = "gzip, deflate, br, zstd"


def get(client: Visitor, path: str, site: str | None = None, accept: str = ALL, **more: str) -> Any:
    """Request a page as a browser does; ``site`` is how it stands to the page that asked for it."""
    headers = {"Accept-Encoding": accept, **more} | ({"Sec-Fetch-Site": site} if site else {})
    return client.get(path, headers=headers)


def decompress(response: Any) -> str:
    return DECOMPRESS[response.headers.get("Content-Encoding")](response.data).decode()


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [(ALL, "zstd"), ("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None), ("", None)],
)
def test_a_page_is_compressed_as_the_browser_accepts(
    visitor: Visitor, accept: str, encoding: str | None
) -> None:
    response = get(visitor, "/login", accept=accept)
    assert response.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in response.headers["Vary"]
    assert response.headers["Cache-Control"] == "no-store"
    assert int(response.headers["Content-Length"]) == len(response.data)
    assert decompress(response).startswith("<!doctype html>")


def test_a_head_request_gets_the_headers_of_the_page(visitor: Visitor) -> None:
    response = visitor.head("/login", headers={"Accept-Encoding": ALL})
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Encoding"] == "zstd"


def test_error_pages_and_short_answers_are_sent_as_they_are(visitor: Visitor) -> None:
    for path in ("/nowhere", "/health/live"):
        assert "Content-Encoding" not in get(visitor, path).headers


# --- what another site could measure ------------------------------------------------------------


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_pages_that_people_open_themselves_are_compressed(rider: Visitor, site: str) -> None:
    response = get(rider, "/rides", site)
    assert response.headers["Content-Encoding"] == "zstd"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "SAME-ORIGIN", "junk", None])
@pytest.mark.parametrize(
    "path", ["/vehicles?q=secret", "/rides", "/users/me/edit", "/users/me/account"]
)
def test_the_length_of_a_page_with_secrets_tells_other_sites_nothing(
    rider: Visitor, path: str, site: str | None
) -> None:
    """A browser that does not say who asks for the page might do so for another site."""
    response = get(rider, path, site)
    assert "Content-Encoding" not in response.headers
    assert response.headers["Cache-Control"] == "no-store, no-transform"


def test_the_length_does_not_depend_on_whether_what_was_sent_is_on_the_page(
    rider: Visitor,
) -> None:
    """The attack itself: the search repeats a guess of the token that stands in the same page."""
    token = rider.get("/vehicles").text.partition('name="csrf_token"')[2].split('"')[1]
    right, wrong = token[:24], token[:24][::-1]

    def length(guess: str, site: str) -> int:
        return len(get(rider, f"/vehicles?q={guess}", site).data)

    with mock.patch("webapp.web.security_headers.secrets.token_urlsafe", return_value="n" * 22):
        assert length(right, "cross-site") == length(wrong, "cross-site")
        assert length(right, "same-origin") < length(wrong, "same-origin")  # what it is about


def test_a_visitor_without_a_cookie_has_no_secrets(visitor: Visitor) -> None:
    assert get(visitor, "/vehicles?q=secret", "cross-site").headers["Content-Encoding"] == "zstd"
    visitor.get("/login")  # which begins a session
    assert "Content-Encoding" not in get(visitor, "/login", "cross-site").headers


def test_a_token_is_of_no_use_without_the_part_that_changes_every_second(
    rider: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rider.token()
    later = time.time() + 2
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: later)
        second = rider.token()
    secret, _, signature = first.partition(".")
    assert second.partition(".")[0] == secret
    assert second.partition(".")[2] != signature
    assert json.loads(urlsafe_b64decode(secret + "=="))
    for sent in (secret, json.loads(urlsafe_b64decode(secret + "=="))):
        assert rider.post("/logout", data={"csrf_token": sent}).status_code == 400


# --- data ---------------------------------------------------------------------------------------


def test_data_that_is_the_same_for_all_is_compressed_for_all_and_validated_by_its_etag(
    rider: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_round_down", lambda at: 1_800_000_000)
    for _ in range(9):
        make_vehicle(at=POSITION)
    for path, encoding in ((MAP_URL, "zstd"), ("/city/new%20york/zones.json", None)):
        plain = rider.get(path)
        response = get(rider, path, "cross-site")
        assert response.headers.get("Content-Encoding") == encoding  # the other one is short
        assert json.loads(decompress(response)) == plain.json
        assert "Cookie" not in response.headers["Vary"]
        assert response.headers["ETag"] == plain.headers["ETag"]
        for accept in (ALL, "gzip", ""):
            again = get(rider, path, accept=accept, **{"If-None-Match": response.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b"")


def test_a_file_that_is_sent_while_it_is_read_is_compressed_piece_by_piece(
    app: Flask, visitor: Visitor
) -> None:
    rows = [f"{number},{number * number}\r\n" for number in range(100_000)]
    read: list[int] = []

    def parts() -> Any:
        for number, row in enumerate(rows):
            read.append(number)
            yield row

    with app.test_request_context(headers={"Accept-Encoding": "zstd"}):
        response = app.process_response(attachment(parts(), "squares.csv", "text/csv"))
        assert response.headers["Content-Encoding"] == "zstd"
        assert "Content-Length" not in response.headers
        assert len(read) < 2 * CHUNK / 5  # the first piece only
        body = b"".join(response.response)  # type: ignore[arg-type]
    assert len(body) < sum(map(len, rows)) / 2
    text = compression.zstd.ZstdFile(io.BytesIO(body)).read().decode()
    assert list(csv.reader(io.StringIO(text, newline="")))[-1] == ["99999", str(99999**2)]


def test_without_zstd_and_brotli_such_a_file_is_sent_as_it_is(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Encoding": "gzip"}):
        response = app.process_response(attachment(iter(["a,b\r\n"] * 1000), "a.csv", "text/csv"))
        assert "Content-Encoding" not in response.headers
        assert b"".join(response.iter_encoded()) == b"a,b\r\n" * 1000
