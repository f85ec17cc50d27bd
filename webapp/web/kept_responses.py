"""Responses that are the same for everybody are kept for seconds, and answered at once.

A map polls its city each ten seconds, and so do the maps of all who look at the same streets. The
first request passes through the whole application, and its response is kept as it left it: status,
headers and compressed body. The next ones with the same address and Accept-Encoding get it before
Flask sees them: nothing that they carry, a session included, could change it.

Only what a view gives to ``keep_response`` is kept. It is given up when its time is over, or when
this process has written what it was made of (``KeptResponses.sources``).
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, NamedTuple
from uuid import uuid4

from flask import Flask, Response, current_app, request
from werkzeug.http import parse_etags, remove_entity_headers, unquote_etag

from webapp.web.access import PUBLIC, required_access
from webapp.web.middleware import FOREIGN_HOST, Application
from webapp.web.security_headers import NONCE, make_nonce

#: Bytes of bodies in all, and of one.
MAX_TOTAL_BYTES, MAX_BODY_BYTES = 16_000_000, 2_000_000
#: What ``keep_response`` leaves in the environ.
KEEP_UNTIL = "movr.keep_until"
#: Requests with one of these are more than a question for an address: Flask answers them.
SPECIAL = (
    "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE", FOREIGN_HOST,
)  # fmt: skip
#: Headers that are new in each response.
NEW_HEADERS = ("Content-Security-Policy", "X-Request-Id")

Headers = list[tuple[str, str]]


def init_app(app: Flask) -> None:
    kept = KeptResponses(app.wsgi_app)
    app.extensions["movr_kept_responses"] = kept
    app.wsgi_app = kept  # type: ignore[method-assign]


def kept_responses(app: Flask | None = None) -> "KeptResponses":
    """Return the kept responses of an application, by default of the current one."""
    kept: KeptResponses = (app or current_app).extensions["movr_kept_responses"]
    return kept


def keep_response(response: Response, max_age_s: float) -> Response:
    """Let others who ask for the same address get this response for so many seconds.

    Raises ValueError if not everybody may have it.
    """
    if not response.cache_control.public or required_access(request.endpoint or "") != PUBLIC:
        raise ValueError("the response is not public")
    if max_age_s > 0:
        request.environ[KEEP_UNTIL] = kept_responses().clock() + max_age_s
    return response


class KeptResponse(NamedTuple):
    """A response with status 200 as it left Flask, but for ``NEW_HEADERS``."""

    headers: Headers
    body: bytes
    etag: str | None
    #: The policy of its Content-Security-Policy with its nonce.
    policy: str
    nonce: str
    until: float
    #: The state of the sources before it was made.
    state: Hashable

    def new_headers(self) -> Headers:
        """Return the headers of one more response."""
        policy = self.policy.replace(self.nonce, make_nonce())
        values = zip(NEW_HEADERS, (policy, str(uuid4())), strict=True)
        return [*self.headers, *values]


class KeptResponses:
    """WSGI middleware that answers with what it has kept, and keeps what a view says.

    Beyond ``MAX_TOTAL_BYTES`` the response that was used last is dropped first. Safe for threads.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        #: Seconds from any moment on; tests put their own here.
        self.clock = time.monotonic
        #: Each returns something that changes when this process has written what responses are
        #: made of.
        self.sources: list[Callable[[], Hashable]] = []
        self._responses: OrderedDict[Hashable, KeptResponse] = OrderedDict()
        self._total_bytes = 0
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or any(environ.get(name) for name in SPECIAL):
            return self.application(environ, start_response)
        key = (
            environ["wsgi.url_scheme"],
            environ.get("SCRIPT_NAME"),
            environ["PATH_INFO"],
            environ.get("QUERY_STRING"),
            environ.get("HTTP_ACCEPT_ENCODING"),
        )
        state = tuple([source() for source in self.sources])
        if kept := self._find(key, state):
            return _answer(kept, environ, start_response)
        if method == "HEAD":
            return self.application(environ, start_response)
        return self._pass_on(key, state, environ, start_response)

    def _find(self, key: Hashable, state: Hashable) -> KeptResponse | None:
        with self._lock:
            kept = self._responses.get(key)
            if kept is None:
                return None
            if kept.state == state and self.clock() < kept.until:
                self._responses.move_to_end(key)
                return kept
            self._drop(key)
            return None

    def _pass_on(
        self, key: Hashable, state: Hashable, environ: dict[str, Any], start_response: Any
    ) -> Any:
        """Let Flask answer, and keep its response if the view says so."""
        started: list[Any] = []

        def start(status: str, headers: Headers, *error: Any) -> Any:
            started[:] = status, headers
            return start_response(status, headers, *error)

        chunks = self.application(environ, start)
        if KEEP_UNTIL not in environ or not started[0].startswith("200 "):
            return chunks
        try:
            body = b"".join(chunks)
        finally:
            chunks.close()
        self._keep(key, _make_kept_response(started[1], body, environ, state))
        return [body]

    def _keep(self, key: Hashable, response: KeptResponse) -> None:
        names = {name.lower() for name, _ in response.headers}
        if "set-cookie" in names or len(response.body) > MAX_BODY_BYTES:
            return
        with self._lock:
            self._drop(key)
            self._responses[key] = response
            self._total_bytes += len(response.body)
            while self._total_bytes > MAX_TOTAL_BYTES:
                self._drop(next(iter(self._responses)))

    def _drop(self, key: Hashable) -> None:
        if dropped := self._responses.pop(key, None):
            self._total_bytes -= len(dropped.body)


def _make_kept_response(
    headers: Headers, body: bytes, environ: dict[str, Any], state: Hashable
) -> KeptResponse:
    by_name = dict(headers)
    return KeptResponse(
        [(name, value) for name, value in headers if name not in NEW_HEADERS],
        body,
        unquote_etag(by_name.get("ETag"))[0],
        by_name["Content-Security-Policy"],
        environ[NONCE],
        environ[KEEP_UNTIL],
        state,
    )


def _answer(kept: KeptResponse, environ: dict[str, Any], start_response: Any) -> list[bytes]:
    headers = kept.new_headers()
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and kept.etag and parse_etags(known).contains_weak(kept.etag):
        remove_entity_headers(headers)
        start_response("304 NOT MODIFIED", headers)
        return []
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [kept.body]
