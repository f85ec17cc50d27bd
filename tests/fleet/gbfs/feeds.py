"""GBFS feeds for tests: built in memory, written to a folder, or served on 127.0.0.1.

Any: values of JSON, which tests also make invalid.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

SCOOTER = {
    "vehicle_type_id": "s1",
    "form_factor": "scooter_standing",
    "propulsion_type": "electric",
    "max_range_meters": 40_000,
    "make": [{"text": "Trottinette", "language": "fr"}, {"text": "Okai", "language": "en"}],
    "name": [{"text": "Glider", "language": "en"}],
    "color": "black",
}


def vehicle(id_: Any = "v1", **fields: Any) -> dict[str, Any]:
    """Return an entry of ``vehicles`` as in GBFS 3.0; a field set to ``...`` is left out."""
    entry = {
        "vehicle_id": id_,
        "lat": 40.73,
        "lon": -73.99,
        "is_reserved": False,
        "is_disabled": False,
        "vehicle_type_id": "s1",
        "current_range_meters": 12_000,
        **fields,
    }
    return {name: value for name, value in entry.items() if value is not ...}


def feed_file(**data: Any) -> dict[str, Any]:
    """Return one file of a feed."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"last_updated": now, "ttl": 0, "version": "3.0", "data": data}


def feed(
    vehicles: Any, types: Any = (SCOOTER,), system: Any = "acme_nyc", base_url: str = ""
) -> dict[str, Any]:
    """Return the files of a 3.0 feed by name; ``types`` or ``system`` None leaves that file out."""
    files = {"vehicle_status.json": feed_file(vehicles=vehicles)}
    if types is not None:
        files["vehicle_types.json"] = feed_file(vehicle_types=list(types))
    if system is not None:
        files["system_information.json"] = feed_file(system_id=system)
    feeds = [{"name": name.removesuffix(".json"), "url": base_url + name} for name in files]
    return {"gbfs.json": feed_file(feeds=feeds), **files}


def old_feed(bikes: Any, types: Any, **languages: str) -> dict[str, Any]:
    """Return the files of a 2.x feed, with one prefix of its URLs for each language."""
    files = {
        "free_bike_status.json": feed_file(bikes=bikes),
        "vehicle_types.json": feed_file(vehicle_types=types),
        "system_information.json": feed_file(system_id="old_nyc"),
    }
    feeds = {
        language: {"feeds": [{"name": n.removesuffix(".json"), "url": base_url + n} for n in files]}
        for language, base_url in languages.items()
    }
    return {"gbfs.json": feed_file(**feeds), **files}


def write_files(folder: Path, files: dict[str, Any]) -> Path:
    """Write the files; what is bytes already is written as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        (folder / name).write_bytes(raw)
    return folder


@dataclass
class FeedServer:
    """A web server's answers by path: JSON, bytes, a status, or ``"-> path"`` for a redirect.

    A path without a query also answers requests with one.
    """

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    #: The ETag of a path: a request with it gets 304.
    etags: dict[str, str] = field(default_factory=dict)
    #: Path with query and headers of each request.
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serve_files() -> Iterator[FeedServer]:
    """Run a web server whose answers the test may change."""
    feed_server = FeedServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            feed_server.requests.append((self.path, dict(self.headers)))
            plain_path = self.path.partition("?")[0]
            response = feed_server.answers.get(self.path, feed_server.answers.get(plain_path, 404))
            response = response() if callable(response) else response
            status, location, body = 200, "", b""
            if isinstance(response, int):
                status = response
            elif isinstance(response, str):
                status, location = 302, response.removeprefix("-> ")
            else:
                body = response if isinstance(response, bytes) else json.dumps(response).encode()
            etag = feed_server.etags.get(plain_path, "")
            if status == 200 and etag and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            self.send_response(status)
            if etag:
                self.send_header("ETag", etag)
            self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # the client has read enough
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    feed_server.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield feed_server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
