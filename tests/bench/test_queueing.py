"""The simulation agrees with the formulae of queues that have one."""

from statistics import mean

import pytest

from bench.simulation import find_knee
from bench.support.queueing import Resource, Step, mean_response_s, simulate
from bench.traffic import RideTraffic

REQUESTS = 60_000


@pytest.mark.parametrize(("servers", "load"), [(1, 0.3), (1, 0.7), (2, 0.8), (8, 0.5), (8, 0.9)])
def test_threads_that_only_wait_are_a_queue_with_as_many_servers(servers: int, load: float) -> None:
    arrivals = load * servers / 0.1
    times = simulate(arrivals, REQUESTS, Resource(servers), lambda _: [Step(0.1)])
    assert mean(times) == pytest.approx(mean_response_s(arrivals, 10, servers), rel=0.12)


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_a_processor_behind_many_threads_is_a_queue_with_one_server(load: float) -> None:
    processor = Resource(1)
    times = simulate(load / 0.01, REQUESTS, Resource(10_000), lambda _: [Step(0.01, processor)])
    assert mean(times) == pytest.approx(mean_response_s(load / 0.01, 100, 1), rel=0.12)


def test_waiting_without_a_resource_adds_up() -> None:
    steps = [Step(0.02, is_random=False), Step(0.03, is_random=False)]
    times = simulate(5, 1_000, Resource(1_000), lambda _: steps)
    assert min(times) == pytest.approx(0.05)
    assert max(times) == pytest.approx(0.05)


def test_the_formula_is_that_of_erlang() -> None:
    # M/M/1: 1 / (mu - lambda). M/M/2 at half load: 1 / mu * 4 / 3.
    assert mean_response_s(5, 10, 1) == pytest.approx(1 / 5)
    assert mean_response_s(10, 10, 2) == pytest.approx(0.1 * 4 / 3)
    with pytest.raises(ValueError, match="without limit"):
        mean_response_s(10, 10, 1)


def test_requests_are_served_in_the_order_of_their_arrival() -> None:
    resource, order = Resource(1), []
    for number in range(3):
        resource.acquire(lambda number=number: order.append(number))  # type: ignore[misc]
    resource.release()
    resource.release()
    assert order == [0, 1, 2]


def test_the_knee_is_the_last_load_before_the_response_time_has_doubled() -> None:
    assert find_knee({10: 5.0, 20: 6.0, 30: 9.9, 40: 10.1, 50: 90.0}, idle_ms=5) == 30
    assert find_knee({10: 50.0, 20: 60.0}, idle_ms=5) == 0


def test_the_peak_hour_has_an_eighth_of_the_rides_of_a_day() -> None:
    traffic = RideTraffic(rides_per_day=2_000_000, peak_share=0.12)
    assert traffic.rides_per_s == pytest.approx(2_000_000 * 0.12 / 3600)
    per_ride = sum(action.per_ride for action in traffic.actions)
    assert sum(traffic.requests_per_s().values()) == pytest.approx(traffic.rides_per_s * per_ride)
