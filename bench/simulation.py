"""Where requests begin to queue: a simulation of one web process under the traffic of the peak.

A request holds a thread from its first step to its last. In between it works on the one processor
of its process (Python runs one thread at a time), and waits for the database, for which it needs a
connection of the pool. Service times are those that bench/traffic.py measures in the same run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import mean, quantiles

import config
from bench.support.queueing import Resource, Step, mean_response_s, simulate
from bench.support.report import Section
from bench.support.response_chart import Curve, draw_chart
from bench.traffic import ActionCost, RideTraffic, measure_costs

PICTURE = config.ROOT / "docs" / "img" / "queueing.svg"
REQUESTS, QUICK_REQUESTS = 6_000, 300
#: Threads of a process, and milliseconds of a round trip to the database.
SETUPS = [
    (threads, delay_ms) for delay_ms in (1, 30, 150) for threads in (1, 2, 4, 8, 16, 32)
]  # fmt: skip
#: Shown in the picture.
DRAWN = [(4, 30), (8, 30), (16, 30), (32, 30), (8, 1)]
POOL_SIZE = 10
#: Shares of the most that the processor alone could answer.
LOADS = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
#: A response time that has grown by this factor means that requests queue.
KNEE_FACTOR = 2.0


@dataclass(frozen=True)
class ProcessCurve:
    """One setup of a web process: how its response time grows with the requests per second."""

    threads: int
    delay_ms: int
    #: Requests per second -> p95, milliseconds.
    p95_ms: Mapping[float, float]
    #: p95 of a process that has time and threads for each request.
    idle_ms: float

    @property
    def knee(self) -> float:
        return find_knee(self.p95_ms, self.idle_ms)

    def cells(self) -> Mapping[str, object]:
        return {
            "threads": self.threads,
            "database away": f"{self.delay_ms} ms",
            "p95 idle, ms": f"{self.idle_ms:.0f}",
            "knee, requests/s": f"{self.knee:.0f}" if self.knee else "none",
            "p95 there, ms": f"{self.p95_ms[self.knee]:.0f}" if self.knee else "",
        }


def measure(quick: bool) -> Section:
    """Return a row for each setup; write the picture, unless ``quick``."""
    costs, number = measure_costs(quick), QUICK_REQUESTS if quick else REQUESTS
    traffic = RideTraffic()
    mix = traffic.requests_per_s()
    cpu_s = sum(costs[name].cpu_ms * rate for name, rate in mix.items()) / sum(mix.values()) / 1000
    formula = mean_response_s(0.5 / cpu_s, 1 / cpu_s, 1)
    processor = Resource(1)
    simulated = mean(
        simulate(0.5 / cpu_s, number, Resource(10**6), lambda _: [Step(cpu_s, processor)])
    )
    curves = [
        ProcessCurve(
            threads,
            delay_ms,
            measure_curve(costs, mix, cpu_s, threads, delay_ms, number, LOADS),
            min(measure_curve(costs, mix, cpu_s, 1_000, delay_ms, number, LOADS[:1]).values()),
        )
        for threads, delay_ms in (SETUPS[:2] if quick else SETUPS)
    ]
    if not quick:
        write_picture(PICTURE, curves)
    text = (
        f"One process, a pool of {POOL_SIZE} connections; {number:,} requests with the mix of the"
        f" morning peak at each load, which take {cpu_s * 1000:.1f} ms of processor time on"
        f" average, so {1 / cpu_s:.0f} requests/s at most. The knee is the last load at which p95"
        f" is below {KNEE_FACTOR:g} times that of an idle process. To check the simulation: one"
        " processor with random arrivals, at half of its load (M/M/1), answers in"
        f" {formula * 1000:.1f} ms by the formula, in {simulated * 1000:.1f} ms in the simulation."
    )
    return Section("Queueing", text, curves)


def measure_curve(
    costs: Mapping[str, ActionCost],
    mix: Mapping[str, float],
    cpu_s: float,
    threads: int,
    delay_ms: int,
    number: int,
    loads: Sequence[float],
) -> dict[float, float]:
    """Return p95 in milliseconds for each load in requests per second."""
    names, weights = list(mix), list(mix.values())
    curve = {}
    for load in loads:
        processor, pool = Resource(1), Resource(POOL_SIZE)

        def make_steps(
            random: Random, processor: Resource = processor, pool: Resource = pool
        ) -> Sequence[Step]:
            (name,) = random.choices(names, weights)
            return request_steps(costs[name], delay_ms / 1000, processor, pool)

        times = simulate(load / cpu_s, number, Resource(threads), make_steps)
        curve[load / cpu_s] = quantiles(times, n=20, method="inclusive")[18] * 1000
    return curve


def request_steps(
    cost: ActionCost, delay_s: float, processor: Resource, pool: Resource
) -> list[Step]:
    """Return the steps of a request: work, and between it waiting for the database."""
    trips = round(cost.round_trips)
    work = Step(cost.cpu_ms / 1000 / (trips + 1), processor)
    trip = Step(delay_s + cost.sql_ms / 1000 / max(trips, 1), pool, is_random=False)
    return [work, *[trip, work] * trips]


def find_knee(p95_ms: Mapping[float, float], idle_ms: float) -> float:
    """Return the last load before the response time is KNEE_FACTOR times that of an idle process
    for the first time; 0 if it is at every load."""
    knee = 0.0
    for load in sorted(p95_ms):
        if p95_ms[load] > KNEE_FACTOR * idle_ms:
            break
        knee = load
    return knee


def write_picture(file: Path, curves: Sequence[ProcessCurve]) -> None:
    drawn = [
        Curve(f"{each.threads} threads, {each.delay_ms} ms away", each.p95_ms, each.knee)
        for each in curves
        if (each.threads, each.delay_ms) in DRAWN
    ]
    file.write_text(draw_chart(drawn, "requests per second of one process", "p95, ms"))
