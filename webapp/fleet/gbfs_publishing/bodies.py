"""The files as they are sent, in the memory of each process.

One request makes a file anew; those that come meanwhile get the old one. It is compressed once for
each Content-Encoding.
"""

from collections.abc import Callable, Hashable
from hashlib import sha256
from threading import Lock

from flask import Flask, current_app

from webapp.db.cache import TimedCache
from webapp.web.compression import COMPRESSORS
from webapp.web.response_cache import response_cache

#: Files that are kept, and their bytes, with all compressed copies. The newest file is kept
#: whatever its size.
MAX_BODIES, MAX_TOTAL_BYTES = 500, 128_000_000
#: GBFS wants data that is not older: then an error says so.
MAX_STALE_S = 300.0


class Body:
    """A file."""

    def __init__(self, content: bytes, made_at_s: float, versions: Hashable) -> None:
        self.content = content
        #: Bytes, with all compressed copies.
        self.size = len(content)
        self.etag = sha256(content).hexdigest()[:32]
        #: By the clock of the cache.
        self.made_at_s = made_at_s
        #: ``ResponseCache.current_versions`` before it was made.
        self.versions = versions
        self._compressed: dict[str, bytes] = {}
        self._lock = Lock()

    def compress(self, encoding: str) -> bytes:
        """Return the file compressed. Safe for threads."""
        with self._lock:
            if encoding not in self._compressed:
                self._compressed[encoding] = COMPRESSORS[encoding](self.content)
                self.size += len(self._compressed[encoding])
            return self._compressed[encoding]


class BodyCache(TimedCache[Hashable, Body]):
    """The files by name, limited by their bytes, too. Safe for threads."""

    def compress(self, body: Body, encoding: str) -> bytes:
        """Return a file compressed; the copy counts."""
        content = body.compress(encoding)
        with self._lock:
            self._limit_bytes()
        return content

    def _store(self, key: Hashable, loaded_at: float, value: Body) -> None:
        super()._store(key, loaded_at, value)
        self._limit_bytes()

    def _limit_bytes(self) -> None:
        """Drop the files that were made first while there are too many bytes."""
        total = sum(body.size for _, body in self._entries.values())
        while total > MAX_TOTAL_BYTES and len(self._entries) > 1:
            _, dropped = self._entries.pop(next(iter(self._entries)))
            total -= dropped.size


def init_app(app: Flask) -> None:
    max_age_s: float = app.config["GBFS_MAX_AGE_S"]
    app.extensions["movr_gbfs"] = BodyCache(
        max_age_s, max_size=MAX_BODIES, stale_s=max(0.0, MAX_STALE_S - max_age_s)
    )


def get_body(key: Hashable, write: Callable[[], bytes]) -> Body:
    """Return the file that is kept under a key, made by ``write`` if there is none. What this
    process has written is in the next one that is made, which is at once."""
    cache = body_cache()
    made_at_s, versions = cache.clock(), response_cache().current_versions()
    return cache.get(
        key,
        lambda: Body(write(), made_at_s, versions),
        is_current=lambda body: body.versions == versions,
    )


def remaining_max_age_s(body: Body) -> float:
    """Return for how long others may get this file without asking, seconds. An old one, for a
    second at most: a new one is being made."""
    cache = body_cache()
    is_current = body.versions == response_cache().current_versions()
    left_s = cache.max_age_s - (cache.clock() - body.made_at_s) if is_current else 0.0
    return max(left_s, min(1.0, cache.max_age_s))


def body_cache() -> BodyCache:
    """Return the files that this process keeps."""
    cache: BodyCache = current_app.extensions["movr_gbfs"]
    return cache
