"""Waiting for events, so that no test depends on how fast the machine is."""

import time
from collections.abc import Callable

#: More than a busy machine needs for anything; only a test that hangs takes so long.
WAIT_TIMEOUT_S = 60.0


def sleep() -> None:
    time.sleep(0.02)


def wait_until(
    is_true: Callable[[], object],
    describe: Callable[[], object] = lambda: "",
    pause: Callable[[], object] = sleep,
) -> None:
    """Return when ``is_true()`` is, asked after each pause. Fail after WAIT_TIMEOUT_S, with what
    ``describe()`` says."""
    deadline = time.monotonic() + WAIT_TIMEOUT_S
    while not is_true():
        assert time.monotonic() < deadline, f"still not true after {WAIT_TIMEOUT_S} s. {describe()}"
        pause()
