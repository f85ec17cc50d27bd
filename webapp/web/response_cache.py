"""A cache of responses that are the same for everybody, in front of Flask.

A map polls its city each ten seconds, and so do the maps of all who look at the same streets. The
first request passes through the whole application, and its response is cached as it left: headers
and compressed body. For seconds, requests for the same address get it at once: nothing that they
carry, a session included, could change it.

Only what a view gives to ``cache_response`` is cached. It expires after its time, and earlier when
this process has written something that ``ResponseCache.versions`` cover. Conditions
(If-None-Match) are answered here too, so such a view returns the whole response each time.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, NamedTuple
from uuid import uuid4

from flask import Flask, Response, current_app, request
from werkzeug.http import parse_etags, remove_entity_headers, unquote_etag

from webapp.observability.execution import NO_ROUTE, current_execution
from webapp.web.access import PUBLIC, required_access
from webapp.web.compression import COMPRESSORS
from webapp.web.languages import is_language_in_address
from webapp.web.middleware import FOREIGN_HOST, Application
from webapp.web.security_headers import NONCE, make_nonce

#: Each poll asks for the changes since another time, so there are many small responses. The largest
#: are the vehicles of a large city in GBFS, which are in memory only once.
MAX_RESPONSES, MAX_TOTAL_BYTES, MAX_BODY_BYTES = 500, 64_000_000, 20_000_000
#: Characters of an address that is cached.
MAX_ADDRESS_LENGTH = 500
#: Where ``cache_response`` leaves in the environ how long the response may be cached.
CACHE_UNTIL = "movr.cache_until"
#: Where it leaves the template of the route, for the log.
ROUTE = "movr.route"
#: Requests with one of these do not only ask for an address: Flask answers them.
UNCACHED_HEADERS = (
    "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_RANGE", "HTTP_IF_RANGE", FOREIGN_HOST,
)  # fmt: skip
#: Headers that are new in each response.
NEW_HEADERS = ("Content-Security-Policy", "X-Request-Id")

Headers = list[tuple[str, str]]


def init_app(app: Flask) -> None:
    cache = ResponseCache(app.wsgi_app)
    app.extensions["movr_response_cache"] = cache
    app.wsgi_app = cache  # type: ignore[method-assign]


def response_cache(app: Flask | None = None) -> "ResponseCache":
    """Return the cache of an application, by default of the current one."""
    cache: ResponseCache = (app or current_app).extensions["movr_response_cache"]
    return cache


def cache_response(response: Response, max_age_s: float) -> Response:
    """Let others who ask for the same address get this response for so many seconds.

    Raises ValueError if not everybody may have it.
    """
    is_for_all = required_access(request.endpoint or "") == PUBLIC and is_language_in_address()
    if not (response.cache_control.public and is_for_all):
        raise ValueError("the response is not the same for everybody")
    request.environ[CACHE_UNTIL] = response_cache().clock() + max_age_s
    request.environ[ROUTE] = request.url_rule.rule if request.url_rule else NO_ROUTE
    return response


class CachedResponse(NamedTuple):
    """A response with status 200 as it left Flask, but for ``NEW_HEADERS``."""

    headers: Headers
    body: bytes
    etag: str | None
    #: Its Content-Security-Policy with its nonce.
    policy: str
    nonce: str
    #: The template of the route that made it.
    route: str
    until: float
    #: The versions of what it was made of, before it was made.
    versions: Hashable

    @property
    def size(self) -> int:
        """Bytes, about."""
        return len(self.body) + sum(len(name) + len(value) + 150 for name, value in self.headers)


class ResponseCache:
    """WSGI middleware that answers with cached responses, and caches what a view says.

    When there are too many, the response that was not used for the longest time is dropped. Safe
    for threads.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        #: Seconds from any moment on; tests put their own here.
        self.clock = time.monotonic
        #: Each returns what changes when this process has written something that responses show.
        self.versions: list[Callable[[], Hashable]] = []
        self._responses: OrderedDict[Hashable, CachedResponse] = OrderedDict()
        self._total_bytes = 0
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        is_plain = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        if not is_plain or any(environ.get(name) for name in UNCACHED_HEADERS):
            return self.application(environ, start_response)
        key = _make_key(environ)
        versions = self.current_versions()
        if cached := self._find(key, versions):
            return _answer(cached, environ, start_response)
        return self._call_application(key, versions, environ, start_response)

    def current_versions(self) -> Hashable:
        """Return what changes when this process has written something that responses show."""
        return tuple([version() for version in self.versions])

    def _find(self, key: Hashable, versions: Hashable) -> CachedResponse | None:
        with self._lock:
            cached = self._responses.get(key)
            if cached is None:
                return None
            if cached.versions == versions and self.clock() < cached.until:
                self._responses.move_to_end(key)
                return cached
            self._drop(key)
            return None

    def _call_application(
        self, key: Hashable, versions: Hashable, environ: dict[str, Any], start_response: Any
    ) -> Any:
        """Let Flask answer, and cache its response if the view says so."""
        started: list[Any] = []

        def start(status: str, headers: Headers, *error: Any) -> Any:
            started[:] = status, headers, *error
            return lambda _: None

        chunks = self.application(environ, start)
        status, headers, *error = started
        if CACHE_UNTIL not in environ or not status.startswith("200 "):
            start_response(status, headers, *error)
            return chunks
        try:
            body = b"".join(chunks)
        finally:
            chunks.close()
        response = _make_cached_response(headers, body, environ, versions)
        if environ["REQUEST_METHOD"] == "GET" and key is not None:
            self._store(key, response)
        return _answer(response, environ, start_response)

    def _store(self, key: Hashable, response: CachedResponse) -> None:
        has_cookie = any(name.lower() == "set-cookie" for name, _ in response.headers)
        now = self.clock()
        if has_cookie or len(response.body) > MAX_BODY_BYTES or response.until <= now:
            return
        with self._lock:
            self._drop(key)
            self._responses[key] = response
            self._total_bytes += response.size
            while oldest := next(iter(self._responses), None):
                is_full = len(self._responses) > MAX_RESPONSES
                is_full = is_full or self._total_bytes > MAX_TOTAL_BYTES
                if not is_full and self._responses[oldest].until > now:
                    break
                self._drop(oldest)

    def _drop(self, key: Hashable) -> None:
        if dropped := self._responses.pop(key, None):
            self._total_bytes -= dropped.size


def _make_key(environ: dict[str, Any]) -> Hashable | None:
    """Return what a cached response depends on; None: it is not cached."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    encodings = environ.get("HTTP_ACCEPT_ENCODING")
    if len(path) + len(query) > MAX_ADDRESS_LENGTH or (encodings and set(encodings) & set(";*")):
        return None
    accepted = {name.strip().lower() for name in encodings.split(",")} if encodings else set()
    encoding = next((name for name in COMPRESSORS if name in accepted), "")
    return environ["wsgi.url_scheme"], environ.get("SCRIPT_NAME"), path, query, encoding


def _make_cached_response(
    headers: Headers, body: bytes, environ: dict[str, Any], versions: Hashable
) -> CachedResponse:
    by_name = dict(headers)
    return CachedResponse(
        [(name, value) for name, value in headers if name not in NEW_HEADERS],
        body,
        unquote_etag(by_name.get("ETag"))[0],
        by_name["Content-Security-Policy"],
        environ[NONCE],
        environ[ROUTE],
        environ[CACHE_UNTIL],
        versions,
    )


def _answer(cached: CachedResponse, environ: dict[str, Any], start_response: Any) -> list[bytes]:
    policy = cached.policy.replace(cached.nonce, make_nonce())
    execution = current_execution()
    request_id = execution.id if execution else uuid4()
    if execution:
        execution.name = cached.route
    headers = [*cached.headers, *zip(NEW_HEADERS, (policy, str(request_id)), strict=True)]
    if_none_match = environ.get("HTTP_IF_NONE_MATCH")
    if if_none_match and cached.etag and parse_etags(if_none_match).contains_weak(cached.etag):
        remove_entity_headers(headers)
        start_response("304 NOT MODIFIED", headers)
        return []
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [cached.body]
