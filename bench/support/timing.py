"""How long calls take."""

import time
from collections.abc import Callable, Mapping
from statistics import median

#: Calls of each kind, after some that fill caches and are not measured.
ROUNDS, WARM_UP_ROUNDS = 300, 20
QUICK_ROUNDS, QUICK_WARM_UP_ROUNDS = 3, 1

Call = Callable[[], object]


def measure_processor_ms(calls: Mapping[str, Call], quick: bool) -> dict[str, float]:
    """Return the median processor time of each call, milliseconds.

    The calls take turns, so that what else the machine does is the same for all. The time is that
    of all threads of this process, and not of the database.
    """
    rounds = QUICK_ROUNDS if quick else ROUNDS
    for _ in range(QUICK_WARM_UP_ROUNDS if quick else WARM_UP_ROUNDS):
        for call in calls.values():
            call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(processor_ms(call))
    return {name: median(each) for name, each in times.items()}


def processor_ms(call: Call) -> float:
    """Return the processor time of one call, milliseconds."""
    begin = time.process_time()
    call()
    return (time.process_time() - begin) * 1000


def elapsed_ms(call: Call) -> float:
    """Return the time that one call takes on the clock, milliseconds."""
    begin = time.perf_counter()
    call()
    return (time.perf_counter() - begin) * 1000
