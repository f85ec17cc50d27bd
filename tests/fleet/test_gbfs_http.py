"""Feeds over HTTP: followed to their parts, and never farther than they may lead."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.fleet.feeds import Site, feed, file, served, vehicle, write
from webapp.extensions import db
from webapp.fleet.gbfs import documents
from webapp.fleet.models import Vehicle


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as running:
        yield running


@pytest.fixture
def run(app: Flask) -> Callable[[str], str]:
    """Import into New York; return the last line of what was said."""

    def invoke(source: str) -> str:
        arguments = ["fleet", "import-gbfs", source, "--city", "New York"]
        result = app.test_cli_runner().invoke(args=arguments)
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert result.output.startswith("Error: ") == (result.exit_code == 1)
        return result.output.splitlines()[-1]

    return invoke


def publish(site: Site, files: dict[str, Any], at: str = "/gbfs/3/") -> str:
    site.answers |= {at + name: content for name, content in files.items()}
    return f"{site.url}{at}gbfs.json"


@pytest.mark.parametrize("absolute", [True, False])
def test_a_feed_is_followed_to_its_parts(run: Any, site: Site, absolute: bool) -> None:
    files = feed([vehicle("v1"), vehicle("v2")], at=f"{site.url}/gbfs/3/" if absolute else "")
    url = publish(site, files)
    assert run(url) == "  2 new, 0 updated"
    assert run(url) == "  0 new, 2 updated"


def test_a_lone_vehicle_file_is_enough(run: Any, site: Site) -> None:
    publish(site, {"vehicle_status.json": file(vehicles=[vehicle(vehicle_type_id=...)])})
    assert run(f"{site.url}/gbfs/3/vehicle_status.json") == "  1 new, 0 updated"


def test_a_feed_without_system_id_is_known_by_its_address(run: Any, site: Site, app: Flask) -> None:
    url = publish(site, feed([vehicle()], system=None))
    secret = url.replace("http://", "http://me:secret@") + "?token=secret"
    site.answers["/gbfs/3/gbfs.json?token=secret"] = site.answers["/gbfs/3/gbfs.json"]
    assert run(secret) == "  1 new, 0 updated"
    with app.app_context():
        system = db.session.scalar(select(Vehicle.feed_system))
    assert system == url.removeprefix("http://")


def test_redirects_are_followed_and_parts_found_from_where_they_lead(run: Any, site: Site) -> None:
    publish(site, feed([vehicle()]))
    site.answers["/old"] = "-> /gbfs/3/gbfs.json"
    assert run(f"{site.url}/old") == "  1 new, 0 updated"


def test_a_feed_on_disk_reaches_for_what_does_not_lie_beside_it(
    run: Any, site: Site, tmp_path: Path
) -> None:
    files = feed([vehicle()], at=f"{site.url}/gbfs/3/")
    publish(site, files)
    write(tmp_path, {"gbfs.json": files["gbfs.json"]})
    assert run(str(tmp_path)) == "  1 new, 0 updated"


@pytest.mark.parametrize("part", ["gbfs.json", "vehicle_status.json", "vehicle_types.json"])
@pytest.mark.parametrize(
    ("answer", "words"),
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
def test_a_part_that_fails_is_named(
    run: Any, site: Site, app: Flask, part: str, answer: Any, words: str
) -> None:
    url = publish(site, feed([vehicle()]))
    site.answers |= {f"/gbfs/3/{part}": answer, "/loop": "-> /loop"}
    assert run(url) == f"Error: {site.url}/gbfs/3/{part} {words}"


def test_a_system_information_that_fails_stops_the_import_and_one_that_is_gone_does_not(
    run: Any, site: Site
) -> None:
    """Guessing another name for the system while its server is ill would double the fleet."""
    url = publish(site, feed([vehicle()]))
    site.answers["/gbfs/3/system_information.json"] = 503
    assert run(url).endswith("answers with HTTP 503.")
    site.answers["/gbfs/3/system_information.json"] = 404
    assert run(url) == "  1 new, 0 updated"


@pytest.mark.parametrize(
    "reference",
    ["file://{path}", "FILE:{path}", "ftp://127.0.0.1/x.json", "data:,{{}}", "http://["],
)
def test_a_feed_over_http_leads_to_no_file_and_no_other_scheme(
    run: Any, site: Site, tmp_path: Path, reference: str
) -> None:
    path = write(tmp_path, {"secret.json": file(vehicles=[vehicle()])}) / "secret.json"
    named = [{"name": "vehicle_status", "url": reference.format(path=path)}]
    said = run(publish(site, {"gbfs.json": file(feeds=named)}))
    assert "is no http or https address." in said or "is no URL" in said


def test_a_path_in_a_feed_over_http_is_a_path_of_its_server(
    run: Any, site: Site, tmp_path: Path
) -> None:
    path = write(tmp_path, {"secret.json": file(vehicles=[vehicle()])}) / "secret.json"
    named = [{"name": "vehicle_status", "url": str(path)}]
    said = run(publish(site, {"gbfs.json": file(feeds=named)}))
    assert said == f"Error: {site.url}{path} does not exist (HTTP 404)."


def test_a_server_that_is_away_is_told(run: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/gbfs.json"
    assert run(url) == f"Error: {url} cannot be reached (ConnectionError)."


@pytest.mark.parametrize("url", ["http://", "http://[", "https://.example.org", "http://a:b:c/",
                                 "http://x\udc00/", "http://127.0.0.1:99999/"])  # fmt: skip
def test_an_address_that_is_none_is_told(run: Any, url: str) -> None:
    assert run(url).startswith("Error: ")


def test_a_server_that_does_not_answer_is_not_waited_for(
    run: Any, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "TIMEOUT_S", (0.2, 0.2))
    site.answers["/gbfs.json"] = lambda: time.sleep(1) or 404
    assert run(f"{site.url}/gbfs.json").endswith("does not answer in time.")


def test_a_body_that_is_too_large_is_not_read_to_its_end(
    run: Any, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 1_000_000)
    site.answers["/gbfs.json"] = b" " * 5_000_000
    assert run(f"{site.url}/gbfs.json").endswith("is larger than 1 MB.")


def test_a_body_that_ends_too_early_is_no_success(run: Any, app: Flask) -> None:
    body = json.dumps(file(vehicles=[vehicle(vehicle_type_id=...)])).encode()
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/vehicle_status.json"

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                header = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body) + 10}\r\n\r\n"
                connection.sendall(header.encode() + body)

        thread = Thread(target=answer)
        thread.start()
        said = run(url)
        thread.join()
    assert said == f"Error: {url} cannot be reached (ChunkedEncodingError)."
