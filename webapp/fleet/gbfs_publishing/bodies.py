"""The files as they are sent, in the memory of each process.

One request makes a file anew; those that come meanwhile get the old one. It is compressed once for
each algorithm.
"""

from collections.abc import Callable, Hashable
from hashlib import sha256
from threading import Lock

from flask import Flask, current_app

from webapp.db.cache import TimedCache
from webapp.web.compression import compress
from webapp.web.response_cache import response_cache

#: Files that are kept.
MAX_BODIES = 500
#: GBFS wants data that is not older: then an error says so.
MAX_STALE_S = 300.0


class Body:
    """A file."""

    def __init__(self, content: bytes, made_at_s: float) -> None:
        self.content = content
        self.etag = sha256(content).hexdigest()[:32]
        #: By the clock of the cache.
        self.made_at_s = made_at_s
        self._compressed: dict[str, bytes] = {}
        self._lock = Lock()

    def compress(self, algorithm: str) -> bytes:
        """Return the file compressed. Safe for threads."""
        with self._lock:
            if algorithm not in self._compressed:
                self._compressed[algorithm] = compress(self.content, algorithm)
            return self._compressed[algorithm]


BodyCache = TimedCache[Hashable, Body]


def init_app(app: Flask) -> None:
    max_age_s: float = app.config["GBFS_MAX_AGE_S"]
    app.extensions["movr_gbfs"] = BodyCache(
        max_age_s, max_size=MAX_BODIES, stale_s=max(0.0, MAX_STALE_S - max_age_s)
    )


def get_body(key: Hashable, write: Callable[[], bytes]) -> Body:
    """Return the file that is kept under a key, made by ``write`` if there is none. What this
    process has written is in it at once."""
    cache = body_cache()
    made_at_s = cache.clock()
    versioned_key = (key, response_cache().current_versions())
    return cache.get(versioned_key, lambda: Body(write(), made_at_s))


def fresh_s(body: Body) -> float:
    """Return for how long others may get this file without asking, seconds. An old one, for a
    second at most: a new one is being made."""
    cache = body_cache()
    return max(cache.max_age_s - (cache.clock() - body.made_at_s), min(1.0, cache.max_age_s))


def body_cache() -> BodyCache:
    """Return the files that this process keeps."""
    cache: BodyCache = current_app.extensions["movr_gbfs"]
    return cache
