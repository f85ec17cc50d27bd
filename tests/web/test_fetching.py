"""Fetching from addresses that others name: public ones only, and with a deadline."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread

import msgspec
import pytest

from tests.fleet.gbfs.feeds import FeedServer, serve_files
from tests.waiting import WAIT_TIMEOUT_S
from webapp.web import fetching
from webapp.web.fetching import (
    JSON_ERRORS,
    AddressRefused,
    DeadlineExceeded,
    Fetcher,
    is_public,
    read_json,
)

OTHER_LOOPBACK = "127.0.0.2"


class _Place(msgspec.Struct):
    name: str = ""


@pytest.fixture
def file_server() -> Iterator[FeedServer]:
    with serve_files() as server:
        server.answers["/file"] = b"content"
        yield server


def read(fetcher: Fetcher, url: str) -> bytes:
    with fetcher.open(url) as response:
        return bytes(response.content)


def take_loopback_for_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "is_public", lambda address: address != OTHER_LOOPBACK)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "::7f00:1",
        "::ffff:0:7f00:1",
        "fec0::1",
        "3fff::1",
        "192.0.0.192",
        "192.88.99.1",
        "2002:7f00:1::",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
    ],
)
def test_loopback_private_link_local_and_metadata_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_other_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::1]"])
def test_an_address_that_is_not_public_is_refused_before_the_connection(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        with pytest.raises(AddressRefused):
            read(Fetcher(), f"http://{host}:{server.getsockname()[1]}/file")
        with pytest.raises(BlockingIOError):
            server.accept()


def test_private_addresses_are_reached_when_they_are_allowed(file_server: FeedServer) -> None:
    assert read(Fetcher(allows_private=True), f"{file_server.url}/file") == b"content"


def test_the_address_is_checked_after_each_redirect(
    file_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_loopback_for_public(monkeypatch)
    file_server.answers["/same"] = "-> /file"
    file_server.answers["/other"] = (
        f"-> {file_server.url.replace('127.0.0.1', OTHER_LOOPBACK)}/file"
    )
    assert read(Fetcher(), f"{file_server.url}/same") == b"content"
    with pytest.raises(AddressRefused, match=OTHER_LOOPBACK):
        read(Fetcher(), f"{file_server.url}/other")


def test_the_connection_is_made_to_the_address_that_was_checked(
    file_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers with a private address the second time gains nothing."""
    take_loopback_for_public(monkeypatch)
    resolved_addresses, getaddrinfo = ["127.0.0.1", OTHER_LOOPBACK], socket.getaddrinfo

    def changing_name_server(host: str, *args: int, **options: int) -> list[object]:
        address = resolved_addresses.pop(0) if host == "feed.example" else host
        return list(getaddrinfo(address, *args, **options))

    monkeypatch.setattr(socket, "getaddrinfo", changing_name_server)
    url = file_server.url.replace("127.0.0.1", "feed.example") + "/file"
    fetcher = Fetcher()
    assert read(fetcher, url) == b"content"
    with pytest.raises(AddressRefused, match=OTHER_LOOPBACK):
        read(fetcher, url)


def test_a_proxy_of_the_environment_is_not_asked_for_public_addresses(
    file_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_loopback_for_public(monkeypatch)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert read(Fetcher(), f"{file_server.url}/file") == b"content"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_sends_slowly_is_disconnected_at_the_deadline(start: bytes) -> None:
    finished = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(start)
                while not finished.wait(0.02):
                    connection.sendall(b"H" if not start.endswith(b"\r\n\r\n") else b" ")

        thread = Thread(target=drip, daemon=True)
        thread.start()
        fetcher = Fetcher(allows_private=True, deadline_s=0.3)
        with pytest.raises(DeadlineExceeded):
            read(fetcher, f"http://127.0.0.1:{server.getsockname()[1]}/file")
        finished.set()
        thread.join(WAIT_TIMEOUT_S)
    with pytest.raises(DeadlineExceeded):
        read(fetcher, "http://127.0.0.1:9/the-next-file-of-the-feed")


@pytest.mark.parametrize(
    "answer",
    [
        b"Content-Length: 99\r\n\r\n[1",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Content-Encoding: gzip\r\n\r\n[1]",
        b'Content-Length: 3\r\n\r\n"\xff"',
        b'\r\n[{"other": ' + b"[" * 10_000,
        b"\r\n{",
    ],
    ids=["cut short", "bad chunk", "not compressed", "no UTF-8", "deep", "no JSON"],
)
def test_a_broken_answer_of_a_service_is_one_of_the_known_errors(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def send_answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + answer)

        thread = Thread(target=send_answer, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/search"
        fetcher = Fetcher(allows_private=True, deadline_s=WAIT_TIMEOUT_S)
        with pytest.raises(JSON_ERRORS), fetcher.open(url) as response:
            read_json(response, list[_Place])
        thread.join(WAIT_TIMEOUT_S)
