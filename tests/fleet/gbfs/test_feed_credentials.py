"""Keys and headers for a feed: its site receives them, and nobody else."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from tests.fleet.gbfs.conftest import ImportFeed
from tests.fleet.gbfs.feeds import FeedServer, feed, serve_files, vehicle, write_files
from webapp.web.fetching import USER_AGENT

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"
SECRET = "s3cr3t-k1"


@pytest.fixture
def feed_server() -> Iterator[FeedServer]:
    with serve_files() as server:
        yield server


@pytest.fixture
def other_server() -> Iterator[FeedServer]:
    """A server of somebody else, on another port."""
    with serve_files() as server:
        yield server


def publish(server: FeedServer, base_url: str = "") -> str:
    server.answers |= {f"/{n}": file for n, file in feed([vehicle()], base_url=base_url).items()}
    return f"{server.url}/gbfs.json"


def seen(server: FeedServer, header: str = "X-Key") -> list[tuple[bool, str | None]]:
    """Return for each request whether its URL had the key, and the header."""
    return [(SECRET in path, headers.get(header)) for path, headers in server.requests]


def check_silence(result: Result) -> None:
    assert SECRET not in result.output


def test_requests_name_movr_and_its_version(
    import_feed: ImportFeed, feed_server: FeedServer
) -> None:
    version = tomllib.loads(PROJECT.read_text())["project"]["version"]
    import_feed(publish(feed_server))
    assert {headers["User-Agent"] for _, headers in feed_server.requests} == {USER_AGENT}
    assert f"MovR/{version}" == USER_AGENT


@pytest.mark.parametrize("absolute", [True, False])
def test_all_files_of_the_site_receive_the_key_and_the_header(
    import_feed: ImportFeed, feed_server: FeedServer, absolute: bool
) -> None:
    url = publish(feed_server, f"{feed_server.url}/" if absolute else "")
    result = import_feed(url, "--api-key", f"apikey={SECRET}", "--header", f"X-Key: {SECRET}")
    assert "1 new" in result.output
    assert seen(feed_server) == [(True, SECRET)] * 4
    check_silence(result)


def test_the_key_and_the_header_may_be_in_the_environment(
    import_feed: ImportFeed, feed_server: FeedServer, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "FEED_API_KEY", f"a={SECRET}&b=2")
    monkeypatch.setitem(app.config, "FEED_HEADER", f"X-Key: {SECRET}")
    import_feed(publish(feed_server))
    assert seen(feed_server) == [(True, SECRET)] * 4
    assert all(path.endswith(f"?a={SECRET}&b=2") for path, _ in feed_server.requests)


@pytest.mark.parametrize(
    "name", ["apikey", "api_key", "API-Key", "key", "token", "access_token", "Subscription-Key"]
)
def test_a_key_in_the_url_of_the_feed_is_for_all_its_files(
    import_feed: ImportFeed, feed_server: FeedServer, name: str
) -> None:
    result = import_feed(f"{publish(feed_server)}?{name}={SECRET}")
    assert "1 new" in result.output
    assert [path.partition("?")[2] for path, _ in feed_server.requests] == [f"{name}={SECRET}"] * 4


def test_other_parameters_of_the_url_of_the_feed_are_for_that_file_only(
    import_feed: ImportFeed, feed_server: FeedServer
) -> None:
    import_feed(f"{publish(feed_server)}?file=gbfs")
    queries = [path.partition("?")[2] for path, _ in feed_server.requests]
    assert queries == ["file=gbfs", "", "", ""]


def test_a_key_that_a_file_has_already_is_not_added_again(
    import_feed: ImportFeed, feed_server: FeedServer
) -> None:
    url = publish(feed_server)
    for part in feed_server.answers["/gbfs.json"]["data"]["feeds"]:
        part["url"] += "?apikey=own"
    import_feed(f"{url}?apikey={SECRET}")
    queries = {path.partition("?")[2] for path, _ in feed_server.requests[1:]}
    assert queries == {"apikey=own"}


def test_name_and_password_in_the_url_are_for_all_files_of_the_site(
    import_feed: ImportFeed, feed_server: FeedServer, other_server: FeedServer
) -> None:
    publish(other_server)
    url = publish(feed_server, f"{feed_server.url}/").replace("http://", f"http://me:{SECRET}@")
    moved = f"-> {other_server.url}/vehicle_types.json"
    feed_server.answers["/vehicle_types.json"] = moved
    result = import_feed(url)
    assert "1 new" in result.output
    headers = [value for _, value in seen(feed_server, "Authorization")]
    assert len(set(headers)) == 1
    assert str(headers[0]).startswith("Basic ")
    assert seen(other_server, "Authorization") == [(False, None)]


@pytest.mark.parametrize("way", ["reference", "redirect", "redirect-and-back"])
def test_another_site_receives_no_key_and_no_header(
    import_feed: ImportFeed, feed_server: FeedServer, other_server: FeedServer, way: str
) -> None:
    url = publish(feed_server)
    publish(other_server)
    if way == "reference":
        for part in feed_server.answers["/gbfs.json"]["data"]["feeds"]:
            part["url"] = f"{other_server.url}/{part['url']}"
    else:
        feed_server.answers["/vehicle_status.json"] = f"-> {other_server.url}/vehicle_status.json"
    if way == "redirect-and-back":
        other_server.answers["/vehicle_status.json"] = f"-> {feed_server.url}/moved.json"
        feed_server.answers["/moved.json"] = feed([vehicle()])["vehicle_status.json"]
    options = ["--header", f"X-Key: {SECRET}", "--header", f"Authorization: Bearer {SECRET}"]
    result = import_feed(f"{url}?apikey={SECRET}", *options, "--api-key", f"k={SECRET}")
    assert "1 new" in result.output
    assert other_server.requests
    for path, headers in other_server.requests:
        assert SECRET not in path
        assert SECRET not in str(headers)
    assert all(has_key and header == SECRET for has_key, header in seen(feed_server))


@pytest.mark.parametrize("answer", [404, 401, 500, b"<html>", [], "-> /loop", "-> ftp://x.invalid"])
@pytest.mark.parametrize("part", ["gbfs.json", "vehicle_types.json"])
def test_errors_show_no_secrets(
    import_feed: ImportFeed, feed_server: FeedServer, part: str, answer: Any
) -> None:
    url = publish(feed_server, f"{feed_server.url}/").replace("http://", f"http://me:{SECRET}@")
    for each in feed_server.answers["/gbfs.json"]["data"]["feeds"]:
        each["url"] = each["url"].replace("http://", f"http://{SECRET}@") + f"?q={SECRET}"
    feed_server.answers |= {f"/{part}": answer, "/loop": "-> /loop"}
    result = import_feed(f"{url}?unknown={SECRET}", "--api-key", f"k={SECRET}")
    assert result.output.startswith(f"Error: {feed_server.url}/{part}?")
    check_silence(result)


@pytest.mark.parametrize(
    "options",
    [
        ["--header", f"no colon {SECRET}"],
        ["--header", f": {SECRET}"],
        ["--header", f"X-Key: {SECRET}\r\nHost: x"],
        ["--header", f"X Key: {SECRET}"],
        ["--header", "X-Key:"],
        ["--api-key", SECRET],
        ["--api-key", f"={SECRET}"],
        ["--api-key", "apikey="],
    ],
)
def test_an_invalid_header_or_key_is_refused_without_repeating_it(
    import_feed: ImportFeed, feed_server: FeedServer, options: list[str]
) -> None:
    result = import_feed(publish(feed_server), *options)
    assert result.exit_code == 2
    assert f"Invalid value for {options[0]}" in result.output
    check_silence(result)
    assert not feed_server.requests


def test_a_key_for_a_feed_on_disk_is_refused(
    import_feed: ImportFeed, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A key is for the site that is named, and a file on disk names none."""
    write_files(tmp_path, feed([vehicle()]))
    result = import_feed(tmp_path, "--api-key", f"k={SECRET}")
    assert result.exit_code == 2
    assert "PATH_OR_URL must be a URL" in result.output
    check_silence(result)
    monkeypatch.setitem(app.config, "FEED_API_KEY", f"k={SECRET}")
    assert import_feed(tmp_path).exit_code == 0
