"""Clients that send nothing, or send and read slowly, delay no other client.

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

#: Clients of each kind, and requests: more than the server has threads of any kind.
CLIENT_COUNT, PAGE_COUNT = 200, 12
#: Time-outs that no client of a test reaches.
LONG_TIMEOUTS = dict.fromkeys(
    ("HEAD_TIMEOUT_S", "BODY_TIMEOUT_S", "UPLOAD_TIMEOUT_S", "SEND_TIMEOUT_S"), 3600.0
)
#: Time-outs that every slow client of a test reaches.
SHORT_TIMEOUTS = dict.fromkeys([*LONG_TIMEOUTS, "LINGER_S"], 0.2)

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
def run_gunicorn(database: URL, worker: dict[str, float], **environment: str) -> Iterator[Server]:
    server = Server(database, worker, GUNICORN_CMD_ARGS="--workers 1", **environment)
    try:
        server.wait_until_live()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def patient_server(app: Flask, database: URL) -> Iterator[Server]:
    with run_gunicorn(database, LONG_TIMEOUTS) as server:
        yield server


@pytest.fixture(scope="module")
def hasty_server(app: Flask, database: URL) -> Iterator[Server]:
    with run_gunicorn(database, SHORT_TIMEOUTS) as server:
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


def read_response(
    stream: IO[bytes], has_body: bool = True
) -> tuple[int, dict[bytes, bytes], bytes]:
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
    patient_server: Server, connect: Connect, kind: str
) -> None:
    silent = [connect(patient_server) for _ in range(CLIENT_COUNT)]
    slow = [connect(patient_server, SLOW_CLIENTS[kind]) for _ in range(CLIENT_COUNT)]
    for _ in range(PAGE_COUNT):
        assert patient_server.get("/vehicles")[0] == 200
    assert all(map(is_connected, silent))
    if "half a large" not in kind and "chunk" not in kind:  # those are refused at once
        assert all(map(is_connected, slow))


def test_pages_are_answered_while_200_clients_do_not_read_theirs(
    patient_server: Server, connect: Connect
) -> None:
    page = b"GET /vehicles HTTP/1.1\r\nHost: localhost\r\n\r\n"
    slow = []
    for _ in range(CLIENT_COUNT):
        slow.append(connect(patient_server))
        slow[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        slow[-1].sendall(page)
    for _ in range(PAGE_COUNT):
        assert patient_server.get("/vehicles")[0] == 200


def test_clients_who_do_not_close_their_side_delay_no_other_client(
    patient_server: Server, connect: Connect
) -> None:
    closing = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    clients = [connect(patient_server, closing) for _ in range(CLIENT_COUNT)]
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
    hasty_server: Server, connect: Connect, kind: str, status: bytes
) -> None:
    response = read_until_closed(connect(hasty_server, SLOW_CLIENTS[kind]))
    assert response.partition(b" ")[2][:3] == status


def test_reading_an_upload_ends_at_its_deadline(app: Flask) -> None:
    """What a thread reads of an upload ends at its deadline, as if the client had hung up."""
    server_socket, client_socket = socket.socketpair()
    with server_socket, client_socket:
        source = gunicorn_worker.UploadSource(server_socket)
        client_socket.sendall(b"half")
        assert source.recv(100) == b"half"
        source.deadline = 0
        assert source.recv(100) == b""


def test_with_more_clients_than_open_files_the_longest_wait_ends_and_pages_are_answered(
    app: Flask, database: URL, connect: Connect
) -> None:
    """The limit on open files counts: the server must neither end nor refuse the next client."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        server = Server(database, LONG_TIMEOUTS, GUNICORN_CMD_ARGS="--workers 1")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        server.wait_until_live()
        clients = [connect(server) for _ in range(2 * CLIENT_COUNT)]
        for _ in range(PAGE_COUNT):
            assert server.get("/vehicles")[0] == 200
        assert not is_connected(clients[0])
        assert is_connected(clients[-1])
    finally:
        server.stop()


# --- programs that watch vehicles --------------------------------------------------------------

CHANGES = b"/api/v1/cities/new%20york/vehicles/changes"
#: All of them reach the stream, however a client writes its address, and whatever it sends besides.
WATCHING = [
    b"GET " + CHANGES + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET //" + CHANGES.replace(b"changes", b"%63hanges") + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET " + CHANGES + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx",
    b"GET http://localhost" + CHANGES + b"?x HTTP/1.1\r\nHost: localhost\r\n\r\n",
]


def test_programs_that_watch_take_no_thread_of_riders_and_end_when_the_server_stops(
    app: Flask, database: URL, connect: Connect
) -> None:
    environment = {
        "EVENT_STREAMS_PER_PROCESS": str(PAGE_COUNT),
        "EVENT_STREAMS_PER_ADDRESS": str(PAGE_COUNT),
        "EVENT_STREAM_S": "3600",
    }
    with run_gunicorn(database, LONG_TIMEOUTS, **environment) as server:
        requests = WATCHING * (PAGE_COUNT // len(WATCHING))
        streams = [connect(server, request).makefile("rb") for request in requests]
        for stream in streams:
            assert read_response(stream)[0] == 200
            while stream.readline() != b"event: reset\n":
                pass
        for _ in range(PAGE_COUNT):
            assert server.get("/vehicles")[0] == 200
            assert server.get(CHANGES.decode())[0] == 503
        server.process.terminate()
        assert [b"0\r\n\r\n" in stream.read() for stream in streams] == [True] * len(streams)
        assert server.wait_for_exit() == 0


# --- a frozen database ------------------------------------------------------------------------


def test_liveness_and_files_are_answered_while_all_threads_wait_for_the_database(
    app: Flask, server: URL, database: URL, connect: Connect
) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("the proxy speaks PostgreSQL's protocol")
    proxy = DatabaseProxy(server)
    page = b"GET /vehicles HTTP/1.1\r\nHost: localhost\r\n\r\n"
    try:
        with run_gunicorn(
            proxy.url(database), LONG_TIMEOUTS, DATABASE_ANSWER_TIMEOUT_MS="3600000"
        ) as gunicorn:
            wait_until(lambda: gunicorn.get("/health/ready")[0] == 200)
            proxy.freeze()
            waiting = [connect(gunicorn, page) for _ in range(PAGE_COUNT)]
            wait_until(lambda: not proxy.is_idle())
            for _ in range(PAGE_COUNT):
                assert gunicorn.get("/health/live") == (200, {"status": "live"})
                assert gunicorn.get("/static/css/movr.css")[0] == 200
            not_ready = (503, {"status": "not ready", "reason": "database"})
            assert gunicorn.get("/health/ready") == not_ready
            assert all(map(is_connected, waiting))
            proxy.thaw()
            for client in waiting:
                client.setblocking(True)
                assert read_response(client.makefile("rb"))[0] == 200
    finally:
        proxy.close()


# --- valid clients ----------------------------------------------------------------------------


def test_pipelined_requests_are_answered_in_their_order(
    patient_server: Server, connect: Connect
) -> None:
    client = connect(
        patient_server, GET.replace(b"live", b"ready") + GET + GET.replace(b"live", b"nope")
    )
    stream = client.makefile("rb")
    responses = [read_response(stream) for _ in range(3)]
    assert [status for status, _, _ in responses] == [200, 200, 404]
    assert [body.strip() for _, _, body in responses[:2]] == [
        b'{"status":"ready"}',
        b'{"status":"live"}',
    ]


def test_a_connection_serves_many_requests_that_come_in_pieces(
    patient_server: Server, connect: Connect
) -> None:
    client = connect(patient_server)
    stream = client.makefile("rb")
    for _ in range(3):
        for piece in (GET[:10], GET[10:-2], GET[-2:]):
            client.sendall(piece)
        assert read_response(stream)[0] == 200


def test_a_head_has_no_body(patient_server: Server, connect: Connect) -> None:
    client = connect(patient_server, GET.replace(b"GET", b"HEAD") + GET)
    stream = client.makefile("rb")
    status, headers, _ = read_response(stream, has_body=False)
    assert (status, int(headers[b"content-length"])) == (200, len(b'{"status":"live"}\n'))
    assert read_response(stream)[2] == b'{"status":"live"}\n'


def test_a_client_that_expects_100_continue_gets_it_once(
    patient_server: Server, connect: Connect
) -> None:
    form = b"email=a%40b.example&password=x"
    head = POST + FORM + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(form)
    client = connect(patient_server, head)
    stream = client.makefile("rb")
    assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert stream.readline() == b"\r\n"
    client.sendall(form)
    assert read_response(stream)[0] == 400  # it has no CSRF token


@pytest.mark.parametrize("size", [1000, 64 * 1024 + 1, 128 * 1024 + 1, 1024 * 1024])
def test_a_body_of_any_size_is_answered_and_not_reset(
    patient_server: Server, connect: Connect, size: int
) -> None:
    message = POST + FORM + b"Content-Length: %d\r\n\r\n" % size
    client = connect(patient_server, message + b"x" * min(size, 200_000))
    status, _, _ = read_response(client.makefile("rb"))
    assert status == (400 if size == 1000 else 413)


def test_a_head_that_is_too_large_is_refused(patient_server: Server, connect: Connect) -> None:
    response = read_until_closed(connect(patient_server, b"GET /" + b"x" * 40_000))
    assert re.match(rb"HTTP/1\.1 431 ", response)
