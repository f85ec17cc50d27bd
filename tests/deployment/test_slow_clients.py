"""Clients that send nothing, or send and read slowly, hold up nobody; right ones are answered right.

The clients speak through raw sockets, to one worker of gunicorn as the image runs it.
"""

import re
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

import pytest
from flask import Flask
from sqlalchemy.engine import URL

import gunicorn_worker
from tests.database_proxy import DatabaseProxy
from tests.deployment.gunicorn import Server
from tests.waiting import WAIT_TIMEOUT_S, wait_until

#: So many clients of each kind; more requests than the server has threads of any kind.
CROWD, PAGES = 200, 12
#: Time-outs that no client of a test reaches.
PATIENT = dict.fromkeys(
    ("HEAD_TIMEOUT_S", "BODY_TIMEOUT_S", "UPLOAD_TIMEOUT_S", "SEND_TIMEOUT_S"), 3600.0
)
#: Time-outs that every slow client of a test reaches.
HASTY = dict.fromkeys([*PATIENT, "LINGER_S"], 0.2)

GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /login HTTP/1.1\r\nHost: localhost\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"

SLOW_CLIENTS = {
    "silent": b"",
    "half a head": GET[:30],
    "half a body": POST + FORM + b"Content-Length: 100\r\n\r\nemail=",
    "half a large body": POST + FORM + b"Content-Length: 1000000\r\n\r\nemail=",
    "half a chunk": POST + FORM + b"Transfer-Encoding: chunked\r\n\r\nff\r\nemail=",
}


@contextmanager
def running(database: URL, worker: dict[str, float], **environment: str) -> Iterator[Server]:
    server = Server(database, worker, GUNICORN_CMD_ARGS="--workers 1", **environment)
    try:
        server.wait_until_live()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def patient(app: Flask, database: URL) -> Iterator[Server]:
    with running(database, PATIENT) as server:
        yield server


@pytest.fixture(scope="module")
def hasty(app: Flask, database: URL) -> Iterator[Server]:
    with running(database, HASTY) as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Callable[..., socket.socket]]:
    """Connect to a server and send some bytes; at the end of the test all connections close."""
    with ExitStack() as stack:

        def connect_to(server: Server, message: bytes = b"") -> socket.socket:
            client = socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_TIMEOUT_S)
            stack.enter_context(client)
            client.sendall(message)
            return client

        yield connect_to


Connect = Callable[..., socket.socket]


def read_answer(stream: IO[bytes], has_body: bool = True) -> tuple[int, dict[bytes, bytes], bytes]:
    """Read one answer; return its status, its headers in small letters, and its body."""
    status = int(stream.readline().split()[1])
    headers = {}
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    size = int(headers.get(b"content-length", 0)) if has_body else 0
    return status, headers, stream.read(size)


def read_until_closed(client: socket.socket) -> bytes:
    """Return all that the server sends until it closes the connection, and does not reset it."""
    return client.makefile("rb").read()


def is_connected(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True


# --- slow clients -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SLOW_CLIENTS)
def test_pages_are_answered_while_200_silent_and_200_slow_clients_are_connected(
    patient: Server, connect: Connect, kind: str
) -> None:
    silent = [connect(patient) for _ in range(CROWD)]
    slow = [connect(patient, SLOW_CLIENTS[kind]) for _ in range(CROWD)]
    for _ in range(PAGES):
        assert patient.get("/vehicles")[0] == 200
    assert all(map(is_connected, silent))
    if "half a large" not in kind and "chunk" not in kind:  # those are refused at once
        assert all(map(is_connected, slow))


def test_pages_are_answered_while_200_clients_do_not_read_theirs(
    patient: Server, connect: Connect
) -> None:
    page = b"GET /vehicles HTTP/1.1\r\nHost: localhost\r\n\r\n"
    slow = []
    for _ in range(CROWD):
        slow.append(connect(patient))
        slow[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        slow[-1].sendall(page)
    for _ in range(PAGES):
        assert patient.get("/vehicles")[0] == 200


def test_clients_who_do_not_close_their_side_hold_up_nobody(
    patient: Server, connect: Connect
) -> None:
    closing = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    clients = [connect(patient, closing) for _ in range(CROWD)]
    for client in clients:
        assert read_until_closed(client).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("silent", b""),
        ("half a head", b"408"),
        ("half a body", b"408"),
        ("half a large body", b"413"),
        ("half a chunk", b"411"),
    ],
)
def test_a_slow_client_is_answered_and_its_connection_closed(
    hasty: Server, connect: Connect, kind: str, status: bytes
) -> None:
    answer = read_until_closed(connect(hasty, SLOW_CLIENTS[kind]))
    assert answer.partition(b" ")[2][:3] == status


def test_a_photo_that_stops_half_way_is_no_request(app: Flask) -> None:
    """What a thread reads of an upload ends at its deadline, as if the client had hung up."""
    here, there = socket.socketpair()
    with here, there:
        source = gunicorn_worker.UploadSource(here)
        there.sendall(b"half")
        assert source.recv(100) == b"half"
        source.deadline = 0
        assert source.recv(100) == b""


def test_with_more_clients_than_files_the_longest_wait_ends_and_pages_go_on(
    app: Flask, database: URL, connect: Connect
) -> None:
    """The limit on open files counts: the server must neither end nor refuse the next client."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        server = Server(database, PATIENT, GUNICORN_CMD_ARGS="--workers 1")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        server.wait_until_live()
        clients = [connect(server) for _ in range(2 * CROWD)]
        for _ in range(PAGES):
            assert server.get("/vehicles")[0] == 200
        assert not is_connected(clients[0])
        assert is_connected(clients[-1])
    finally:
        server.stop()


# --- a frozen database ------------------------------------------------------------------------


def test_liveness_and_files_are_answered_while_all_threads_wait_for_the_database(
    app: Flask, server: URL, database: URL, connect: Connect
) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("the proxy speaks PostgreSQL's protocol")
    proxy = DatabaseProxy(server)
    page = b"GET /vehicles HTTP/1.1\r\nHost: localhost\r\n\r\n"
    try:
        with running(
            proxy.url(database), PATIENT, DATABASE_ANSWER_TIMEOUT_MS="3600000"
        ) as gunicorn:
            wait_until(lambda: gunicorn.get("/health/ready")[0] == 200)
            proxy.freeze()
            waiting = [connect(gunicorn, page) for _ in range(PAGES)]
            wait_until(lambda: not proxy.is_idle())
            for _ in range(PAGES):
                assert gunicorn.get("/health/live") == (200, {"status": "live"})
                assert gunicorn.get("/static/css/movr.css")[0] == 200
            not_ready = (503, {"status": "not ready", "reason": "database"})
            assert gunicorn.get("/health/ready") == not_ready
            assert all(map(is_connected, waiting))
            proxy.thaw()
            for client in waiting:
                client.setblocking(True)
                assert read_answer(client.makefile("rb"))[0] == 200
    finally:
        proxy.close()


# --- right clients ----------------------------------------------------------------------------


def test_pipelined_requests_are_answered_in_their_order(patient: Server, connect: Connect) -> None:
    client = connect(patient, GET.replace(b"live", b"ready") + GET + GET.replace(b"live", b"nope"))
    stream = client.makefile("rb")
    answers = [read_answer(stream) for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 404]
    assert [body.strip() for _, _, body in answers[:2]] == [
        b'{"status":"ready"}',
        b'{"status":"live"}',
    ]


def test_a_connection_serves_many_requests_that_come_in_pieces(
    patient: Server, connect: Connect
) -> None:
    client = connect(patient)
    stream = client.makefile("rb")
    for _ in range(3):
        for piece in (GET[:10], GET[10:-2], GET[-2:]):
            client.sendall(piece)
        assert read_answer(stream)[0] == 200


def test_a_head_has_no_body(patient: Server, connect: Connect) -> None:
    client = connect(patient, GET.replace(b"GET", b"HEAD") + GET)
    stream = client.makefile("rb")
    status, headers, _ = read_answer(stream, has_body=False)
    assert (status, int(headers[b"content-length"])) == (200, len(b'{"status":"live"}\n'))
    assert read_answer(stream)[2] == b'{"status":"live"}\n'


def test_a_client_that_waits_is_told_once_to_send_its_body(
    patient: Server, connect: Connect
) -> None:
    form = b"email=a%40b.example&password=x"
    head = POST + FORM + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(form)
    client = connect(patient, head)
    stream = client.makefile("rb")
    assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert stream.readline() == b"\r\n"
    client.sendall(form)
    assert read_answer(stream)[0] == 400  # it has no CSRF token


@pytest.mark.parametrize("size", [1000, 64 * 1024 + 1, 128 * 1024 + 1, 1024 * 1024])
def test_a_body_of_any_size_is_answered_and_not_reset(
    patient: Server, connect: Connect, size: int
) -> None:
    message = POST + FORM + b"Content-Length: %d\r\n\r\n" % size
    client = connect(patient, message + b"x" * min(size, 200_000))
    status, _, _ = read_answer(client.makefile("rb"))
    assert status == (400 if size == 1000 else 413)


def test_a_head_that_is_too_large_is_refused(patient: Server, connect: Connect) -> None:
    answer = read_until_closed(connect(patient, b"GET /" + b"x" * 40_000))
    assert re.match(rb"HTTP/1\.1 431 ", answer)
