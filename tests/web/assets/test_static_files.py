"""Static files: kept for a year under the names that pages use, and right under any other."""

import re
from collections.abc import Callable

import pytest
from flask import Flask, url_for

from tests.visitor import Visitor
from tests.web.encodings import DECOMPRESS
from webapp.fleet.models import Vehicle
from webapp.web.assets.static_files import asset_store, static_url

IMMUTABLE = {"public", "max-age=31536000", "immutable"}
REVALIDATED = {"public", "no-cache"}
NAMES = ["css/movr.css", "js/main.js", "leaflet/leaflet.js", "img/icons.svg", "img/mark.svg"]


def cache_control(response: object) -> set[str]:
    return set(response.headers["Cache-Control"].split(", "))  # type: ignore[attr-defined]


@pytest.fixture
def url(app: Flask) -> Callable[[str], str]:
    """The address of a file as templates write it."""

    def find(name: str) -> str:
        with app.test_request_context():
            return url_for("static", filename=name)

    return find


@pytest.mark.parametrize("name", NAMES)
def test_a_name_with_the_hash_is_kept_for_a_year_by_everybody(
    rider: Visitor, url: Callable[[str], str], name: str
) -> None:
    response = rider.get(url(name), headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert response.status_code == 200
    assert cache_control(response) == IMMUTABLE
    assert response.headers.get("Vary") == "Accept-Encoding"  # and not Cookie
    assert "Set-Cookie" not in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_files_of_a_package_go_without_a_cookie_too(rider: Visitor) -> None:
    response = rider.get("/bootstrap/static/css/bootstrap.min.css")
    assert cache_control(response) == REVALIDATED
    assert "Cookie" not in response.headers.get("Vary", "")
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("name", NAMES)
def test_a_name_without_a_hash_is_validated_each_time(rider: Visitor, name: str) -> None:
    response = rider.get(f"/static/{name}")
    assert cache_control(response) == REVALIDATED
    assert "Cookie" not in response.headers["Vary"]
    assert "Set-Cookie" not in response.headers
    again = rider.get(f"/static/{name}", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert cache_control(again) == REVALIDATED


def test_a_hash_of_another_release_stands_for_the_file_as_it_is_here(
    visitor: Visitor, url: Callable[[str], str]
) -> None:
    """A page of the release before, or of the next one, during a deployment. No cache keeps it
    without asking, because the name promises other content."""
    response = visitor.get("/static/css/movr.0123456789ab.css")
    assert response.data == visitor.get(url("css/movr.css")).data
    assert cache_control(response) == REVALIDATED
    for path in ("css/gone.0123456789ab.css", "css/movr.0123.css", "css/movr.0123456789ab.js"):
        missing = visitor.get(f"/static/{path}")
        assert missing.status_code == 404
        assert missing.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("gzip;q=0, br;q=0", None),
        ("zstd", "zstd"),
        ("deflate", None),
        ("", None),
    ],
)
def test_the_encoding_is_the_best_that_the_browser_accepts(
    visitor: Visitor, url: Callable[[str], str], accepted: str, encoding: str | None
) -> None:
    response = visitor.get(url("js/main.js"), headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == encoding
    read = DECOMPRESS[encoding]
    assert read(response.data) == asset_store().assets()["js/main.js"].body
    assert int(response.headers["Content-Length"]) == len(response.data)
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_each_encoding_has_its_own_etag(visitor: Visitor, url: Callable[[str], str]) -> None:
    etags = {
        visitor.get(url("css/movr.css"), headers={"Accept-Encoding": encoding}).headers["ETag"]
        for encoding in ("br", "zstd", "gzip", "identity")
    }
    assert len(etags) == 4


def test_images_that_are_compressed_already_are_sent_as_they_are(
    visitor: Visitor, url: Callable[[str], str]
) -> None:
    response = visitor.get(url("leaflet/images/layers.png"), headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in response.headers
    assert "Vary" not in response.headers
    assert response.data.startswith(b"\x89PNG")


def test_pages_load_one_style_sheet_and_few_scripts_by_their_hashes(
    visitor: Visitor, make_vehicle: Callable[..., Vehicle]
) -> None:
    """One for all pages; with a map, two more: Leaflet and ours."""
    vehicle = f"/vehicles/{make_vehicle().public_key}"
    for path, max_scripts in (("/", 3), ("/login", 1), ("/vehicles", 3), (vehicle, 3)):
        text = visitor.get(path).text
        assert len(re.findall(r'rel="stylesheet"', text)) == 1
        assert len(re.findall(r"<script\b", text)) <= max_scripts
        urls = set(re.findall(r'"(/static/[^"#]+)', text))
        assert len(urls) >= 3
        for url in urls:
            assert cache_control(visitor.get(url)) == IMMUTABLE, url


def test_a_file_that_does_not_exist_cannot_be_linked_to(url: Callable[[str], str]) -> None:
    with pytest.raises(KeyError):
        url("css/gone.css")


@pytest.mark.parametrize("root", ["", "/movr"])
def test_pages_link_to_the_address_that_the_route_has(app: Flask, root: str) -> None:
    with app.test_request_context(environ_overrides={"SCRIPT_NAME": root}):
        address = static_url("css/movr.css")
        assert address == url_for("static", filename="css/movr.css")
        assert address.startswith(f"{root}/static/css/movr.")
