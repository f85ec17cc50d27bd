"""The cache in the memory of a process."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest

from webapp.db.cache import TimedCache
from webapp.db.circuit_breaker import DatabaseUnresponsive


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> TimedCache[str, int]:
    return TimedCache(max_age_s=10, max_size=3, clock=clock)


def test_a_value_is_loaded_once_until_it_is_too_old(
    cache: TimedCache[str, int], clock: Clock
) -> None:
    loads = iter(range(9))
    load = loads.__next__
    assert [cache.get("a", load), cache.get("a", load)] == [0, 0]
    clock.now = 10
    assert cache.get("a", load) == 0
    clock.now = 10.1
    assert cache.get("a", load) == 1


def test_a_reader_can_require_a_younger_value(cache: TimedCache[str, int], clock: Clock) -> None:
    cache.get("a", lambda: 1)
    clock.now = 2
    assert cache.get("a", lambda: 2, max_age_s=2) == 1
    assert cache.get("a", lambda: 2, max_age_s=1) == 2


def test_expired_values_can_be_forgotten(cache: TimedCache[str, int], clock: Clock) -> None:
    cache.get("a", lambda: 1)
    clock.now = 5
    cache.get("b", lambda: 2)
    clock.now = 11
    cache.drop_expired()
    assert (cache.peek("a"), cache.peek("b")) == (None, 2)


def test_an_expired_value_can_be_read(cache: TimedCache[str, int], clock: Clock) -> None:
    assert cache.peek("a") is None
    cache.get("a", lambda: 1)
    clock.now = 99
    assert cache.peek("a") == 1


def test_a_full_cache_evicts_the_oldest_value(cache: TimedCache[str, int], clock: Clock) -> None:
    for key in "abc":
        cache.get(key, lambda: 1)
    clock.now = 11
    cache.get("a", lambda: 2)
    cache.get("d", lambda: 1)
    assert [cache.peek(key) for key in "abcd"] == [2, None, 1, 1]


def test_a_value_that_was_read_before_the_cache_was_cleared_is_not_kept(
    cache: TimedCache[str, int],
) -> None:
    def load() -> int:
        cache.clear()  # somebody writes while this one reads
        return 1

    assert cache.get("a", load) == 1
    assert cache.peek("a") is None


def test_a_failed_load_keeps_the_old_value(cache: TimedCache[str, int], clock: Clock) -> None:
    cache.get("a", lambda: 1)
    clock.now = 11
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.peek("a") == 1


@pytest.mark.parametrize("keeps", [True, False])
def test_an_old_value_may_be_used_while_the_database_does_not_answer(
    clock: Clock, keeps: bool
) -> None:
    cache = TimedCache[str, int](max_age_s=10, clock=clock, keeps_when_unavailable=keeps)

    def fail() -> int:
        raise DatabaseUnresponsive("no answer")

    with pytest.raises(DatabaseUnresponsive):
        cache.get("a", fail)
    cache.get("a", lambda: 1)
    clock.now = 999
    if keeps:
        assert cache.get("a", fail) == 1
        assert cache.get("a", lambda: 2) == 2
    else:
        with pytest.raises(DatabaseUnresponsive):
            cache.get("a", fail)


def test_concurrent_loads_do_not_exceed_the_size_limit(cache: TimedCache[str, int]) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: cache.get(str(n % 50), lambda: n), range(2_000)))
    assert len(cache._entries) == cache.max_size


def test_a_load_that_fails_fails_for_all_who_wait_for_it(
    cache: TimedCache[str, int], clock: Clock
) -> None:
    """And the next reader tries again."""
    readers = 20
    may_fail, calls = Event(), count(1)

    def tell_time() -> float:
        if next(calls) >= readers:
            may_fail.set()
        return clock()

    loads: list[int] = []

    def fail() -> int:
        loads.append(1)
        assert may_fail.wait(60)
        raise ZeroDivisionError

    cache.clock = tell_time
    with ThreadPoolExecutor(readers) as threads:
        errors = [
            future.exception()
            for future in [threads.submit(cache.get, "a", fail) for _ in range(readers)]
        ]
    assert {type(error) for error in errors} == {ZeroDivisionError}
    assert len(loads) <= 2  # the last reader may come after the failure, and try itself
    assert cache.get("a", lambda: 2) == 2
