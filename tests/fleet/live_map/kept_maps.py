"""Kept responses in a test: they live for seconds of a clock that the test moves."""

from collections import OrderedDict
from collections.abc import Hashable

import pytest
from flask import Flask

from webapp.fleet.live_map import controllers
from webapp.fleet.live_map.services import MapCache
from webapp.web.kept_responses import KeptResponse, KeptResponses

MAX_AGE_S = 3.0


class KeptMaps:
    """The kept responses of the application, and whether Flask saw a request."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kept: KeptResponses = app.extensions["movr_kept_responses"]
        self.now_s = 1_000.0
        self._requests = 0
        self._flask = self.kept.application
        self.responses: OrderedDict[Hashable, KeptResponse] = OrderedDict()
        cache = MapCache(MAX_AGE_S, clock=lambda: self.now_s, loads_once=True)
        monkeypatch.setitem(app.config, "LIVE_MAX_AGE_S", MAX_AGE_S)
        monkeypatch.setitem(app.extensions, "movr_live", cache)
        monkeypatch.setattr(controllers, "data_age_s", lambda data: 0.0)
        monkeypatch.setattr(self.kept, "clock", lambda: self.now_s)
        monkeypatch.setattr(self.kept, "_responses", self.responses)
        monkeypatch.setattr(self.kept, "_total_bytes", 0)
        monkeypatch.setattr(self.kept, "application", self._count)

    def _count(self, *arguments: object) -> object:
        self._requests += 1
        return self._flask(*arguments)

    def take_requests(self) -> int:
        """Return how many requests Flask saw since the last call."""
        requests, self._requests = self._requests, 0
        return requests
