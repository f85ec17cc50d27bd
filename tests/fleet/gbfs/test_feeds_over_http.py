"""Feeds over HTTP: followed to their parts, and never farther than they may lead."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.fleet.gbfs.conftest import ImportFeed
from tests.fleet.gbfs.feeds import FeedServer, feed, feed_file, serve_files, vehicle, write_files
from tests.ports import find_free_port
from webapp.extensions import db
from webapp.fleet.gbfs import http_files
from webapp.fleet.models import Vehicle
from webapp.web import fetching


@pytest.fixture
def feed_server() -> Iterator[FeedServer]:
    with serve_files() as server:
        yield server


def last_line(result: Result) -> str:
    return result.output.splitlines()[-1]


def publish(feed_server: FeedServer, files: dict[str, Any], folder: str = "/gbfs/3/") -> str:
    feed_server.answers |= {folder + name: content for name, content in files.items()}
    return f"{feed_server.url}{folder}gbfs.json"


@pytest.mark.parametrize("absolute", [True, False])
def test_all_files_that_a_feed_names_are_read(
    import_feed: ImportFeed, feed_server: FeedServer, absolute: bool
) -> None:
    files = feed(
        [vehicle("v1"), vehicle("v2")], base_url=f"{feed_server.url}/gbfs/3/" if absolute else ""
    )
    url = publish(feed_server, files)
    assert last_line(import_feed(url)) == "  2 new, 0 updated"
    assert last_line(import_feed(url)) == "  0 new, 2 updated"


def test_a_single_vehicle_file_is_imported(
    import_feed: ImportFeed, feed_server: FeedServer
) -> None:
    publish(
        feed_server, {"vehicle_status.json": feed_file(vehicles=[vehicle(vehicle_type_id=...)])}
    )
    assert (
        last_line(import_feed(f"{feed_server.url}/gbfs/3/vehicle_status.json"))
        == "  1 new, 0 updated"
    )


def test_a_feed_without_system_id_is_identified_by_its_url(
    import_feed: ImportFeed, feed_server: FeedServer, app: Flask
) -> None:
    url = publish(feed_server, feed([vehicle()], system=None))
    secret = url.replace("http://", "http://me:secret@") + "?token=secret"
    feed_server.answers["/gbfs/3/gbfs.json?token=secret"] = feed_server.answers["/gbfs/3/gbfs.json"]
    assert last_line(import_feed(secret)) == "  1 new, 0 updated"
    with app.app_context():
        system = db.session.scalar(select(Vehicle.feed_system))
    assert system == url.removeprefix("http://")


def test_redirects_are_followed_and_relative_urls_start_at_their_target(
    import_feed: ImportFeed, feed_server: FeedServer
) -> None:
    publish(feed_server, feed([vehicle()]))
    feed_server.answers["/old"] = "-> /gbfs/3/gbfs.json"
    assert last_line(import_feed(f"{feed_server.url}/old")) == "  1 new, 0 updated"


def test_a_feed_on_disk_fetches_files_that_are_not_beside_it(
    import_feed: ImportFeed, feed_server: FeedServer, tmp_path: Path
) -> None:
    files = feed([vehicle()], base_url=f"{feed_server.url}/gbfs/3/")
    publish(feed_server, files)
    write_files(tmp_path, {"gbfs.json": files["gbfs.json"]})
    assert last_line(import_feed(str(tmp_path))) == "  1 new, 0 updated"


@pytest.mark.slow
@pytest.mark.parametrize("part", ["gbfs.json", "vehicle_status.json", "vehicle_types.json"])
@pytest.mark.parametrize(
    ("response", "words"),
    [
        (404, "does not exist (HTTP 404)."),
        (500, "answers with HTTP 500."),
        (204, "answers with HTTP 204."),
        (b"<html>", "is not JSON."),
        (["x"], "is no GBFS file: it has no object 'data'."),
        ("-> /loop", "redirects without end."),
        ("-> file:///etc/passwd", "cannot be reached (InvalidSchema)."),
    ],
)
def test_a_file_that_cannot_be_fetched_is_named(
    import_feed: ImportFeed,
    feed_server: FeedServer,
    app: Flask,
    part: str,
    response: Any,
    words: str,
) -> None:
    url = publish(feed_server, feed([vehicle()]))
    feed_server.answers |= {f"/gbfs/3/{part}": response, "/loop": "-> /loop"}
    assert last_line(import_feed(url)) == f"Error: {feed_server.url}/gbfs/3/{part} {words}"


def test_a_failing_system_information_stops_the_import_and_a_missing_one_does_not(
    import_feed: ImportFeed, feed_server: FeedServer
) -> None:
    """Another name for the system, while its server fails, would import each vehicle twice."""
    url = publish(feed_server, feed([vehicle()]))
    feed_server.answers["/gbfs/3/system_information.json"] = 503
    assert last_line(import_feed(url)).endswith("answers with HTTP 503.")
    feed_server.answers["/gbfs/3/system_information.json"] = 404
    assert last_line(import_feed(url)) == "  1 new, 0 updated"


@pytest.mark.parametrize(
    "reference",
    ["file://{path}", "FILE:{path}", "ftp://127.0.0.1/x.json", "data:,{{}}", "http://["],
)
def test_a_feed_over_http_cannot_name_local_files_or_other_schemes(
    import_feed: ImportFeed, feed_server: FeedServer, tmp_path: Path, reference: str
) -> None:
    path = write_files(tmp_path, {"secret.json": feed_file(vehicles=[vehicle()])}) / "secret.json"
    feeds = [{"name": "vehicle_status", "url": reference.format(path=path)}]
    output = last_line(import_feed(publish(feed_server, {"gbfs.json": feed_file(feeds=feeds)})))
    assert "is no http or https address." in output or "is no URL" in output


def test_a_path_in_a_feed_over_http_is_a_path_on_its_server(
    import_feed: ImportFeed, feed_server: FeedServer, tmp_path: Path
) -> None:
    path = write_files(tmp_path, {"secret.json": feed_file(vehicles=[vehicle()])}) / "secret.json"
    feeds = [{"name": "vehicle_status", "url": str(path)}]
    output = last_line(import_feed(publish(feed_server, {"gbfs.json": feed_file(feeds=feeds)})))
    assert output == f"Error: {feed_server.url}{path} does not exist (HTTP 404)."


def test_an_unreachable_server_is_reported(import_feed: ImportFeed) -> None:
    url = f"http://127.0.0.1:{find_free_port()}/gbfs.json"
    assert last_line(import_feed(url)) == f"Error: {url} cannot be reached (ConnectionError)."


@pytest.mark.parametrize("url", ["http://", "http://[", "https://.example.org", "http://a:b:c/",
                                 "http://x\udc00/", "http://127.0.0.1:99999/"])  # fmt: skip
def test_an_invalid_url_is_refused(import_feed: ImportFeed, url: str) -> None:
    assert last_line(import_feed(url)).startswith("Error: ")


@pytest.mark.slow
def test_a_feed_over_the_deadline_is_refused(
    import_feed: ImportFeed, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "DEADLINE_S", 0)
    released = Event()
    feed_server.answers["/gbfs.json"] = lambda: 404 if released.wait(60) else 500
    output = last_line(import_feed(f"{feed_server.url}/gbfs.json"))
    released.set()
    assert output.endswith("was not read within 0 seconds, the time for the whole feed.")


def test_a_private_address_is_refused_without_the_option(
    import_feed: ImportFeed, feed_server: FeedServer
) -> None:
    url = publish(feed_server, feed([vehicle()]))
    assert last_line(import_feed(url, private=False)) == (
        f"Error: {url} leads to 127.0.0.1, which is no public address (--allow-private permits it)."
    )


def test_a_feed_cannot_take_over_the_vehicles_of_another(
    import_feed: ImportFeed, feed_server: FeedServer, app: Flask
) -> None:
    url = publish(feed_server, feed([vehicle("v1"), vehicle("v2")]))
    import_feed(url)
    other_url = publish(feed_server, feed([vehicle("v1", lat=40.75)]), folder="/others/")
    source = url.removeprefix("http://")
    assert last_line(import_feed(other_url)) == (
        f"Error: Vehicles of acme_nyc in New York come from {source}, not from "
        f"{other_url.removeprefix('http://')}. If the feed is right, an operator accepts it once: flask fleet "
        f"import-gbfs {other_url} --city 'new york' --allow-private --take-over"
    )
    query = select(Vehicle.feed_vehicle, Vehicle.lat, Vehicle.state).order_by(Vehicle.feed_vehicle)
    with app.app_context():
        rows = [tuple(row) for row in db.session.execute(query)]
    assert rows == [("v1", 40.73, "available"), ("v2", 40.73, "available")]
    output = import_feed(other_url, "--take-over").output
    assert "0 new, 1 updated" in output
    assert "1 missing" in output
    assert last_line(import_feed(other_url)) == "  0 new, 1 updated"


def test_a_server_that_does_not_answer_times_out(
    import_feed: ImportFeed, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT_S", (0.2, 0.2))
    released = Event()
    feed_server.answers["/gbfs.json"] = lambda: 404 if released.wait(60) else 500
    output = last_line(import_feed(f"{feed_server.url}/gbfs.json"))
    released.set()
    assert output.endswith("does not answer in time.")


def test_reading_a_body_stops_at_the_size_limit(
    import_feed: ImportFeed, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_files, "MAX_BYTES", 1_000_000)
    feed_server.answers["/gbfs.json"] = b" " * 5_000_000
    assert last_line(import_feed(f"{feed_server.url}/gbfs.json")).endswith("is larger than 1 MB.")


def test_a_truncated_body_is_refused(import_feed: ImportFeed, app: Flask) -> None:
    body = json.dumps(feed_file(vehicles=[vehicle(vehicle_type_id=...)])).encode()
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/vehicle_status.json"

        def response() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                header = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body) + 10}\r\n\r\n"
                connection.sendall(header.encode() + body)

        thread = Thread(target=response)
        thread.start()
        output = last_line(import_feed(url))
        thread.join()
    assert output == f"Error: {url} cannot be reached (ChunkedEncodingError)."
