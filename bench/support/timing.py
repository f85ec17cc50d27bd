"""How long calls take."""

import time
from collections.abc import Callable, Mapping
from statistics import median

#: Turns of each kind, and calls in a turn. The first turns fill caches and are not measured.
TURNS, WARM_UP_TURNS, CALLS_IN_A_TURN = 30, 2, 10
QUICK_TURNS, QUICK_WARM_UP_TURNS, QUICK_CALLS_IN_A_TURN = 1, 1, 3

Call = Callable[[], object]


def measure_processor_ms(calls: Mapping[str, Call], quick: bool) -> dict[str, float]:
    """Return the median processor time of each call, milliseconds.

    They take turns, so that what else the machine does is the same for all: some calls in each
    turn, so that the caches of the processor are as full as in a server that is busy with them. The
    time is that of all threads of this process, and not of the database.
    """
    turns, warm_up_turns = (QUICK_TURNS, QUICK_WARM_UP_TURNS) if quick else (TURNS, WARM_UP_TURNS)
    calls_in_a_turn = QUICK_CALLS_IN_A_TURN if quick else CALLS_IN_A_TURN
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(warm_up_turns + turns):
        for name, call in calls.items():
            for _ in range(calls_in_a_turn):
                ms = processor_ms(call)
                if turn >= warm_up_turns:
                    times[name].append(ms)
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
