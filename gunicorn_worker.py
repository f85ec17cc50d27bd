"""gunicorn's thread worker for MovR: slow clients hold no thread, and a stop resets no connection.

- The main loop reads a whole request, head and body, before a thread works on it.
- Health checks and static files have threads of their own, and so have large bodies and those who
  watch vehicles.
- After SIGTERM the worker accepts connections for ``DRAIN_S`` more (config.py). Each answer says
  ``Connection: close``. Then it lets nobody else connect, empties the accept queue, closes the
  listener and finishes.

This file is not part of ``webapp``, because gunicorn's master process imports it, and only the
workers may import the application: --reload must load it again. It uses internals of gunicorn, so
pyproject.toml pins the version exactly (docs/decisions/0008-our-own-gunicorn-worker.md).
"""

import ctypes
import errno
import logging
import os
import resource
import selectors
import socket
import struct
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import unquote

from gunicorn import util
from gunicorn.http import get_parser
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

#: How long a client may take for the head of a request, and after it for the body.
HEAD_TIMEOUT_S = 10.0
BODY_TIMEOUT_S = 20.0
#: How long it may take for a body that a thread reads, and to receive an answer.
UPLOAD_TIMEOUT_S = 60.0
SEND_TIMEOUT_S = 10.0
#: How long a closed connection is kept for what the client still sends: closing it earlier would
#: reset it, and the client could lose the answer.
LINGER_S = 2.0
MAX_HEAD_BYTES = 32 * 1024
#: Larger bodies (photos) are read by a thread, once the application knows who sends them.
MAX_BUFFERED_BODY_BYTES = 128 * 1024
#: A response up to this size leaves its thread at once, however slowly the client reads.
SEND_BUFFER_BYTES = 256 * 1024
#: Requests that threads of their own answer, whatever the others wait for.
RESERVED_PREFIXES = ("/health/", "/static/")
RESERVED_PATHS = ("/metrics",)
RESERVED_THREADS = 4
UPLOAD_THREADS = 2
#: How the paths of streams begin and end: each holds a thread (webapp/fleet/live_map/api.py).
STREAM_PREFIX, STREAM_SUFFIX = "/api/v1/cities/", "/vehicles/changes"
#: Threads that answer further clients that there is no room, besides those of the streams, of which
#: there are ``EVENT_STREAMS_PER_PROCESS`` (config.py).
REFUSING_THREADS = 2
#: How long a client who has begun to connect may take before the listener is closed.
HANDSHAKE_S = 0.5
#: Linux: a packet filter for a socket (socket(7), "SO_ATTACH_FILTER").
SO_ATTACH_FILTER = 26
#: Drops each packet with the SYN flag (bit 1 of byte 13 of a TCP header: RFC 9293, 3.1), passes all
#: others: struct sock_filter of Linux's socket filter, "code, jump if true, jump if false, value".
DROP_SYN_FILTER = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in [
        (0x30, 0, 0, 13),  # load byte 13
        (0x45, 0, 1, 0x02),  # without SYN, skip one
        (0x06, 0, 0, 0),  # drop
        (0x06, 0, 0, 0xFFFFFFFF),  # pass
    ]
)
TOO_MANY_FILES_ERRORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class ParsedRequest(RequestParser):
    """A parser that read_head has used, and whose request a thread takes from it: parsing a head
    twice would cost as much as the rest of this worker."""

    is_taken = False

    def __next__(self) -> Any:
        if self.mesg and not self.is_taken:
            self.is_taken = True
            return self.mesg
        return super().__next__()


class Connection(TConn):
    """A client's connection, and what has been read of its next request."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.initialized = True  # the parser of TConn would read from the socket
        self.buffer = bytearray()
        #: Size of the request, head and body; None until the head is complete.
        self.request_size: int | None = None
        self.deadline = 0.0
        #: The parser that has read the head, unless a thread is to read it; and its size.
        self.parsed: ParsedRequest | None = None
        self.head_size = 0
        #: A thread reads the body: it is large, or its length is unknown.
        self.is_upload = False
        self.is_reserved = False
        self.is_stream = False
        self.is_lingering = False

    def read_head(self, size: int) -> None:
        """Find out what the request needs, from its head: the first ``size`` bytes of the buffer.

        gunicorn's own parser reads it, so that there is one opinion about where a body ends. A
        head that it refuses goes to a thread, where it raises the same error and is answered.
        """
        self.request_size = size
        self.is_reserved = self.is_stream = False
        self.parsed = None
        parser = ParsedRequest(self.cfg, iter([bytes(self.buffer[:size])]), self.client)
        try:
            request = RequestParser.__next__(parser)
        except Exception:
            return
        body_size = getattr(request.body.reader, "length", None)  # None: Transfer-Encoding
        self.is_reserved = body_size == 0 and (
            request.path.startswith(RESERVED_PREFIXES) or request.path in RESERVED_PATHS
        )
        self.is_stream = is_stream_path(request.path)
        self.is_upload = body_size is None or body_size > MAX_BUFFERED_BODY_BYTES
        if body_size is not None and not self.is_upload:
            self.parsed, self.head_size = parser, size
            self.request_size += body_size
            self.deadline = time.monotonic() + BODY_TIMEOUT_S
            if request._expected_100_continue and len(self.buffer) < self.request_size:
                self.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def take_request(self) -> None:
        """Move the request from the buffer into a parser, which a thread will use."""
        size = len(self.buffer) if self.is_upload else self.request_size
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        self.request_size = None
        if self.parsed:
            self.parser, self.parsed = self.parsed, None
            self.parser.unreader.unread(data[self.head_size :])
            return
        source = UploadSource(self.sock) if self.is_upload else iter(())
        self.parser = get_parser(self.cfg, source, self.client)
        self.parser.unreader.unread(data)


def is_stream_path(path: str) -> bool:
    """Tell whether the path of a request is that of a stream, as Flask will read it."""
    path = "/" + unquote(path).lstrip("/")
    return path.startswith(STREAM_PREFIX) and path.endswith(STREAM_SUFFIX)


class UploadSource:
    """What gunicorn's parser reads a large body from. After the deadline it ends, as if the client
    had hung up."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.deadline = time.monotonic() + UPLOAD_TIMEOUT_S

    def recv(self, size: int) -> bytes:
        remaining_s = self.deadline - time.monotonic()
        if remaining_s <= 0:
            return b""
        self.sock.settimeout(remaining_s)
        try:
            return self.sock.recv(size)
        except OSError:
            return b""
        finally:
            self.sock.settimeout(SEND_TIMEOUT_S)


def drop_new_connections(listener: Any) -> None:
    """Let nobody else connect, in all processes that share the listener. Who has begun to connect
    may finish; others try again by themselves, a second later (RFC 6298), and are refused."""
    program = ctypes.create_string_buffer(DROP_SYN_FILTER, len(DROP_SYN_FILTER))
    instructions = len(DROP_SYN_FILTER) // 8
    with suppress(OSError):  # not Linux: who connects while the listener is closed is reset
        listener.setsockopt(
            socket.SOL_SOCKET,
            SO_ATTACH_FILTER,
            struct.pack("HP", instructions, ctypes.addressof(program)),
        )


def log_refused_request(status: int) -> None:
    """Write the log line of a request that does not reach webapp/web/access_log.py."""
    fields = {"route": "none", "method": "", "status": status}
    logging.getLogger("webapp.web.access_log").info("request", extra={"fields": fields})


class BufferingWorker(ThreadWorker):
    """The worker that the module describes. All methods run in the main loop, except those below
    "in a thread"."""

    alive: bool
    worker_connections: int

    def init_process(self) -> None:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.worker_connections = min(self.worker_connections, files // 2)
        self.reserved_pool = ThreadPoolExecutor(RESERVED_THREADS, "reserved")
        self.upload_pool = ThreadPoolExecutor(UPLOAD_THREADS, "upload")
        #: Connections that no thread works on, the longest wait first.
        self.waiting: dict[Connection, None] = {}
        self.next_expiry = 0.0
        super().init_process()

    # --- the main loop -------------------------------------------------------------------------

    def run(self) -> None:
        self.poller.register(
            self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks
        )
        streams = getattr(self.wsgi, "config", {}).get("EVENT_STREAMS_PER_PROCESS", 0)
        self.stream_pool = ThreadPoolExecutor(streams + REFUSING_THREADS, "stream")
        while self.alive:
            self.run_once()
            if not self.is_parent_alive():
                self.alive = False
        drain_s = getattr(self.wsgi, "config", {}).get("DRAIN_S", 0.0)  # --reload: not always Flask
        stopped_at = time.monotonic()
        while time.monotonic() < stopped_at + drain_s and self.is_parent_alive():
            self.run_once()
        self.drop_new_connections(drain_s)
        self.close_listeners()
        self.cap_deadlines(time.monotonic() + min(drain_s, LINGER_S))
        while self.nr_conns and time.monotonic() < stopped_at + self.cfg.graceful_timeout - 0.5:
            self.run_once(accepts=False)
        self.tpool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()

    def run_once(self, accepts: bool = True) -> None:
        """Handle what has happened, at most half a second long."""
        self.notify()
        has_room = self.nr_conns < self.worker_connections or bool(self.waiting)
        self.set_accept_enabled(accepts and has_room)
        self.wait_for_and_dispatch_events(timeout=0.5)
        if time.monotonic() >= self.next_expiry:
            self.next_expiry = time.monotonic() + 0.25
            self.expire()

    def expire(self) -> None:
        now = time.monotonic()
        for conn in [conn for conn in self.waiting if conn.deadline <= now]:
            if conn.buffer:
                self.refuse(conn, 408, "Request Timeout")
            else:
                self.drop(conn)

    def accept(self, listener: Any) -> bool:
        """Accept one connection. Without room for it, the one that has waited longest goes."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in TOO_MANY_FILES_ERRORS:
                self.make_room()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return False
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if self.nr_conns >= self.worker_connections:
            self.make_room()
        self.nr_conns += 1
        self.watch(Connection(self.cfg, sock, client, listener.getsockname()), HEAD_TIMEOUT_S)
        return True

    def make_room(self) -> None:
        if self.waiting:
            self.drop(next(iter(self.waiting)))

    def drop_new_connections(self, drain_s: float) -> None:
        """If the whole server stops, let those who have begun to connect finish, and nobody else.

        Without this, who connects between the last accept and close would be reset.
        """
        ours = [listener for listener in self.sockets if self.is_closed_by_master(listener)]
        for listener in ours:
            drop_new_connections(listener)
        deadline = time.monotonic() + min(drain_s, HANDSHAKE_S)
        while ours and time.monotonic() < deadline:
            self.run_once()

    def is_closed_by_master(self, listener: Any) -> bool:
        """Tell whether the master has closed the listener, as it does when the whole server stops,
        not for one worker. Both have it under the same number."""
        number = listener.fileno()
        try:
            file = os.stat(f"/proc/{self.ppid}/fd/{number}")
        except FileNotFoundError:
            return True
        except OSError:  # not ours to look at
            return False
        return file.st_ino != os.fstat(number).st_ino

    def close_listeners(self) -> None:
        """Accept all that the kernel has queued, and close. It would reset what is left."""
        self.set_accept_enabled(False)
        deadline = time.monotonic() + 1
        for listener in self.sockets:
            while self.accept(listener) or (listener.get_backlog() or 0) > 0:
                if time.monotonic() > deadline:
                    break
            listener.close()

    def cap_deadlines(self, deadline: float) -> None:
        """Let clients who have sent nothing wait until ``deadline`` at most."""
        for conn in self.waiting:
            if not conn.buffer:
                conn.deadline = min(conn.deadline, deadline)

    # --- one connection ------------------------------------------------------------------------

    def watch(self, conn: Connection, timeout_s: float) -> None:
        conn.deadline = time.monotonic() + timeout_s
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_readable, conn))
        self.waiting[conn] = None

    def unwatch(self, conn: Connection) -> None:
        if conn in self.waiting:
            del self.waiting[conn]
            self.poller.unregister(conn.sock)

    def drop(self, conn: Connection) -> None:
        self.unwatch(conn)
        self.nr_conns -= 1
        conn.close()

    def on_readable(self, conn: Connection, _: socket.socket) -> None:
        if conn not in self.waiting:  # dropped by an event before this one
            return
        try:
            data = conn.sock.recv(64 * 1024)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.drop(conn)
        elif not conn.is_lingering:
            if not conn.buffer:
                conn.deadline = time.monotonic() + HEAD_TIMEOUT_S
            conn.buffer += data
            self.submit_if_complete(conn)

    def submit_if_complete(self, conn: Connection) -> None:
        """Give the request to a thread if as much of it is here as a thread needs."""
        if conn.request_size is None:
            end = conn.buffer.find(b"\r\n\r\n")
            if (len(conn.buffer) if end < 0 else end) > MAX_HEAD_BYTES:
                self.refuse(conn, 431, "Request Header Fields Too Large")
            if end < 0 or end > MAX_HEAD_BYTES:
                return
            with suppress(OSError):  # a lost client is noticed by the next recv
                conn.read_head(end + 4)
        if conn.request_size is not None and len(conn.buffer) >= conn.request_size:
            self.unwatch(conn)
            conn.take_request()
            self.enqueue_req(conn)

    def enqueue_req(self, conn: Connection) -> None:
        pool = self.tpool
        if conn.is_stream:
            pool = self.stream_pool
        elif conn.is_upload or conn.is_reserved:
            pool = self.upload_pool if conn.is_upload else self.reserved_pool
        future = pool.submit(self.handle, conn)
        future.add_done_callback(
            lambda future: self.method_queue.defer(self.finish_request, conn, future)
        )

    def finish_request(self, conn: Connection, future: "Future[bool]") -> None:
        """Wait for the next request, part of which may be here already, or close."""
        if future.cancelled() or future.exception() or not future.result():
            self.linger(conn)
            return
        self.watch(conn, HEAD_TIMEOUT_S if conn.buffer else self.cfg.keepalive)
        self.submit_if_complete(conn)

    def refuse(self, conn: Connection, status: int, reason: str) -> None:
        """Answer a request that does not reach the application, and write its line of the log."""
        self.unwatch(conn)
        log_refused_request(status)
        with suppress(OSError):
            util.write_error(conn.sock, status, reason, "")
        self.linger(conn)

    def linger(self, conn: Connection) -> None:
        """Close our side; the other side has LINGER_S for its own."""
        conn.is_lingering = True
        conn.buffer.clear()
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.watch(conn, LINGER_S)
        except (OSError, ValueError):  # it is closed already
            self.drop(conn)

    # --- in a thread ---------------------------------------------------------------------------

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        if req is None:  # it could not be parsed; for others the application has written a line
            log_refused_request(400)
        super().handle_error(req, client, addr, exc)

    def handle_request(self, req: Any, conn: Connection) -> bool:
        conn.sock.settimeout(SEND_TIMEOUT_S)  # for each write as a whole
        if conn.is_upload:
            req.force_close()  # where its body ends is known only if the application has read it
        else:
            req._expected_100_continue = False  # read_head has answered it
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError:
            self.log.debug("a client did not read its answer in time")
            return False
