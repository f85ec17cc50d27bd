"""The response cache in a test: it has a clock that the test moves."""

from collections import OrderedDict
from collections.abc import Hashable

import pytest
from flask import Flask

from webapp.fleet.live_map.services import MapCache
from webapp.web.response_cache import CachedResponse, ResponseCache

MAX_AGE_S = 3.0


class CachedMaps:
    """The response cache of the application, and whether Flask saw a request."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cache: ResponseCache = app.extensions["movr_response_cache"]
        self.now_s = 1_000.0
        self._requests = 0
        self._flask = self.cache.application
        self.responses: OrderedDict[Hashable, CachedResponse] = OrderedDict()
        map_cache = MapCache(MAX_AGE_S, clock=lambda: self.now_s)
        monkeypatch.setitem(app.config, "LIVE_MAX_AGE_S", MAX_AGE_S)
        monkeypatch.setitem(app.extensions, "movr_live", map_cache)
        monkeypatch.setattr(self.cache, "clock", lambda: self.now_s)
        monkeypatch.setattr(self.cache, "_responses", self.responses)
        monkeypatch.setattr(self.cache, "_total_bytes", 0)
        monkeypatch.setattr(self.cache, "application", self._count)

    def _count(self, *arguments: object) -> object:
        self._requests += 1
        return self._flask(*arguments)

    def take_requests(self) -> int:
        """Return how many requests Flask saw since the last call."""
        requests, self._requests = self._requests, 0
        return requests
