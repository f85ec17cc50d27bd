"""A discrete simulation of requests that wait for threads, processors and connections.

Time is in seconds. A resource is taken in the order of asking (first come, first served).
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import factorial
from random import Random

Action = Callable[[], None]


class Simulation:
    """A clock, and what will happen when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Action]] = []
        self._numbers = count()

    def after(self, delay: float, action: Action) -> None:
        heapq.heappush(self._events, (self.now + delay, next(self._numbers), action))

    def run(self) -> None:
        """Let happen what is planned, until nothing is."""
        while self._events:
            self.now, _, action = heapq.heappop(self._events)
            action()


class Resource:
    """Something that at most ``capacity`` requests use at a time; the others wait in a queue."""

    def __init__(self, capacity: int) -> None:
        self._free = capacity
        self._queue: deque[Action] = deque()

    def acquire(self, action: Action) -> None:
        """Call ``action`` as soon as the resource is free for it."""
        if self._free:
            self._free -= 1
            action()
        else:
            self._queue.append(action)

    def release(self) -> None:
        if self._queue:
            self._queue.popleft()()
        else:
            self._free += 1


@dataclass(frozen=True)
class Step:
    """A part of a request: for how long, and what it needs meanwhile; None: it only waits."""

    mean_s: float
    resource: Resource | None = None
    #: Whether the duration is exponentially distributed; else it is always the same.
    is_random: bool = True


class Request:
    """A request that holds one of the resources of ``server`` from its first step to its last."""

    def __init__(
        self,
        simulation: Simulation,
        random: Random,
        server: Resource,
        steps: Iterator[Step],
        done: Callable[[float], None],
    ) -> None:
        self._simulation = simulation
        self._random = random
        self._server = server
        self._steps = steps
        self._done = done
        self._arrived_at = simulation.now
        server.acquire(self._next_step)

    def _next_step(self) -> None:
        step = next(self._steps, None)
        if step is None:
            self._server.release()
            self._done(self._simulation.now - self._arrived_at)
        elif step.resource:
            step.resource.acquire(lambda: self._work(step))
        else:
            self._work(step)

    def _work(self, step: Step) -> None:
        seconds = self._random.expovariate(1 / step.mean_s) if step.is_random else step.mean_s
        self._simulation.after(seconds, lambda: self._leave(step))

    def _leave(self, step: Step) -> None:
        if step.resource:
            step.resource.release()
        self._next_step()


def simulate(
    arrivals_per_s: float,
    number: int,
    server: Resource,
    make_steps: Callable[[Random], Sequence[Step]],
    seed: int = 1,
) -> list[float]:
    """Return the response times of requests that arrive at random (a Poisson process), seconds.

    The first tenth is left out: the queues are still filling then.
    """
    random, simulation = Random(seed), Simulation()  # noqa: S311 - the same requests each time
    times: list[float] = []

    def arrive(remaining: int) -> None:
        Request(simulation, random, server, iter(make_steps(random)), times.append)
        if remaining > 1:
            simulation.after(random.expovariate(arrivals_per_s), lambda: arrive(remaining - 1))

    arrive(number)
    simulation.run()
    return times[number // 10 :]


def mean_response_s(arrivals_per_s: float, services_per_s: float, servers: int) -> float:
    """Return the mean response time of a queue M/M/c: Poisson arrivals, exponential services, and c
    servers (Erlang C)."""
    load = arrivals_per_s / services_per_s
    if load >= servers:
        raise ValueError("The queue grows without limit.")
    waiting = load**servers / factorial(servers) * servers / (servers - load)
    probability = waiting / (sum(load**n / factorial(n) for n in range(servers)) + waiting)
    return probability / (servers * services_per_s - arrivals_per_s) + 1 / services_per_s
