"""How many requests an access token may send, or an app in the name of an account.

Each process counts by itself, in memory: a count that all share would cost each request a round
trip. What costs more has limits of its own, which all share (webapp/web/rate_limits.py).
"""

from collections.abc import Callable, Hashable
from math import ceil
from threading import Lock
from time import monotonic

from flask import Flask, current_app, g

from webapp.web.rate_limits import Limit, LimitState, TooManyTries

#: Where an application keeps its counter.
COUNTER = "movr_token_requests"
#: What the limit is called in the header RateLimit.
ACTION = "requests"
#: With so many tokens in its window, a process forgets all counts.
MAX_TOKENS = 20_000


class RequestCounter:
    """Counts requests by token, in windows that begin with the first one. Safe for threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        #: Of each token: when its window ends, and the requests in it.
        self._windows: dict[Hashable, tuple[float, int]] = {}
        self._lock = Lock()

    def count(self, token: Hashable, limit: Limit) -> tuple[int, int]:
        """Count a request; return how many there are in the window, and in how many seconds it
        ends."""
        now = self._clock()
        with self._lock:
            ends_at, hits = self._windows.get(token, (0.0, 0))
            if ends_at <= now:
                ends_at, hits = now + limit.seconds, 0
                self._make_room(now)
            self._windows[token] = (ends_at, hits + 1)
        return hits + 1, ceil(ends_at - now)

    def _make_room(self, now: float) -> None:
        if len(self._windows) < MAX_TOKENS:
            return
        self._windows = {
            token: window for token, window in self._windows.items() if window[0] > now
        }
        if len(self._windows) >= MAX_TOKENS:
            self._windows.clear()


def init_app(app: Flask) -> None:
    app.extensions[COUNTER] = RequestCounter()


def count_request(token: Hashable) -> None:
    """Count a request of an access token, for the headers of the answer. Raises TooManyTries."""
    limit = Limit(*current_app.config["LIMIT_API_TOKEN"])
    counter: RequestCounter = current_app.extensions[COUNTER]
    hits, reset_s = counter.count(token, limit)
    state = LimitState(ACTION, limit, max(0, limit.tries - hits), reset_s)
    g.setdefault("rate_limit_states", []).append(state)
    if hits > limit.tries:
        raise TooManyTries(reset_s, first=hits == limit.tries + 1)
