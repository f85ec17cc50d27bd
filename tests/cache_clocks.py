"""Caches that do not grow old while a test counts what is read, however slow the machine is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

from flask import Flask

from webapp.db.cache import TimedCache

#: What is kept longer is settings: cities, prices, texts, types, alerts.
SETTINGS_MAX_AGE_S = 30


def settings_caches(app: Flask) -> Iterator[TimedCache]:
    """Yield the caches of settings of an application, whatever their keys and values are."""
    for extension in app.extensions.values():
        for each in (extension, *getattr(extension, "__dict__", {}).values()):
            if isinstance(each, TimedCache) and each.max_age_s >= SETTINGS_MAX_AGE_S:
                yield each


@contextmanager
def stop_cache_clocks(app: Flask) -> Iterator[None]:
    """Let no time pass for the caches of settings but a microsecond with each look at a clock, by
    which a value that must be new is read again. A clock that a test moves stays."""
    caches = [each for each in settings_caches(app) if each.clock is time.monotonic]
    for each in caches:
        each.clock = partial(next, count(time.monotonic(), 1e-6))
    try:
        yield
    finally:
        for each in caches:
            each.clock = time.monotonic
