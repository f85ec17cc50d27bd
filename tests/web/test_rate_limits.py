"""How often something may be tried: counted before it is done, by rows that all processes share."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.auth.steps import age_rows, update_rows
from webapp.db.transactions import execute_write, run_transaction
from webapp.extensions import db
from webapp.regions.catalogue import local_region
from webapp.web import rate_limits
from webapp.web.rate_limits import (
    SHARDS,
    Bucket,
    Ceiling,
    Limit,
    RateLimitCount,
    TooManyTries,
    count_attempt,
    count_attempt_statement,
    find_subscriber,
    make_address_buckets,
    make_bucket,
    return_attempt_statement,
)

THREE = Limit(3, 60)
PASSWORD_GUESSES = make_bucket("password", THREE, "ada")
OTHER = make_bucket("password", Limit(100, 60), "eve")
CODE_GUESSES = make_bucket("code", Limit(1, 600), "ada")


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def attempt(*buckets: Bucket) -> str:
    """Attempt something; tell whether it was counted or refused."""
    try:
        count_attempt(buckets)
    except TooManyTries as refusal:
        return "first" if refusal.details["first"] else "refused"
    return "counted"


def read_hits() -> dict[str, int]:
    rows = db.session.execute(select(RateLimitCount.bucket, RateLimitCount.hits))
    return {name.split()[0]: number for name, number in rows}


def return_attempt(*buckets: Bucket) -> None:
    statement = return_attempt_statement(buckets)
    run_transaction(lambda session: session.execute(statement).all(), one_statement=True)


def test_as_many_as_allowed_are_counted_then_all_are_refused() -> None:
    assert [attempt(PASSWORD_GUESSES) for _ in range(6)] == ["counted"] * 3 + [
        "first",
        "refused",
        "refused",
    ]


def test_a_try_is_one_round_trip_however_many_buckets(round_trips: Callable[[], int]) -> None:
    local_region()  # the catalogue is in memory
    round_trips()
    count_attempt([PASSWORD_GUESSES, CODE_GUESSES, make_bucket("address", THREE)])
    assert round_trips() == 1


def test_a_refusal_says_when_to_come_back_in_seconds_and_in_words(app: Flask) -> None:
    count_attempt([CODE_GUESSES])
    for gone, words in ((0, "in 10 minutes."), (61, "in 9 minutes."), (480, "in a minute.")):
        age_rows(app, RateLimitCount, "until", timedelta(seconds=gone))
        with pytest.raises(TooManyTries) as caught:
            count_attempt([CODE_GUESSES])
        assert str(caught.value.message).endswith(words)
        assert int(caught.value.headers["Retry-After"]) == caught.value.details["seconds"]
    assert 55 <= caught.value.details["seconds"] <= 59


def test_of_two_full_buckets_the_longer_wait_is_reported() -> None:
    both = [make_bucket("short", Limit(0, 60)), make_bucket("long", Limit(0, 600))]
    with pytest.raises(TooManyTries) as caught:
        count_attempt(both)
    assert 590 < caught.value.details["seconds"] <= 600


def test_one_full_bucket_refuses_and_fills_no_other() -> None:
    """Else who is refused by their own count could go on to use up somebody else's."""
    assert [attempt(PASSWORD_GUESSES, CODE_GUESSES) for _ in range(3)] == [
        "counted",
        "first",
        "refused",
    ]
    assert read_hits() == {"password": 1, "code": 3}


def test_when_the_window_has_passed_counting_begins_anew_and_not_before(app: Flask) -> None:
    for _ in range(9):
        attempt(PASSWORD_GUESSES)
    age_rows(app, RateLimitCount, "until", timedelta(seconds=50))
    assert attempt(PASSWORD_GUESSES) == "refused", "trying on does not move the end of the window"
    age_rows(app, RateLimitCount, "until", timedelta(seconds=10))
    assert [attempt(PASSWORD_GUESSES) for _ in range(4)] == ["counted"] * 3 + ["first"]
    until, now = db.session.execute(select(RateLimitCount.until, func.now())).one()
    remaining = until - now
    assert timedelta(seconds=50) < remaining <= timedelta(seconds=60)


def test_a_returned_attempt_does_not_count() -> None:
    for _ in range(9):
        assert attempt(PASSWORD_GUESSES, CODE_GUESSES) == "counted"
        return_attempt(PASSWORD_GUESSES, CODE_GUESSES)
    assert read_hits() == {"password": 0, "code": 0}


def test_nothing_is_given_back_that_was_not_taken() -> None:
    return_attempt(PASSWORD_GUESSES)
    assert read_hits() == {}
    count_attempt([PASSWORD_GUESSES])
    for _ in range(3):
        return_attempt(PASSWORD_GUESSES)
    assert [attempt(PASSWORD_GUESSES) for _ in range(4)] == ["counted"] * 3 + ["first"]


def test_each_is_counted_by_itself() -> None:
    buckets = [make_bucket("password", THREE, who) for who in ("ada", "bob", ("ada", 1), "", None)]
    assert len({each.name for each in buckets}) == len(buckets)
    for _ in range(3):
        assert {attempt(each) for each in buckets} == {"counted"}
    assert attempt(buckets[0]) == "first"


@pytest.mark.parametrize("who", ["ada@example.org", "x" * 10_000, "\0", "\ud800", "🛴"])
def test_of_what_people_type_only_a_digest_is_kept(who: str) -> None:
    count_attempt([make_bucket("password", THREE, who)])
    name = db.session.scalar(select(RateLimitCount.bucket))
    assert name
    assert who not in name
    assert len(name) <= 80


@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
        ("::ffff:203.0.113.7", "203.0.113.7", "::ffff:203.0.113.8"),
        ("fe80::1%eth0", "fe80::2%eth0", "fe80:0:0:1::1%eth0"),
        ("", "", "127.0.0.1"),
    ],
)
def test_an_address_is_counted_as_far_as_one_visitor_has_it(
    address: str, same: str, other: str
) -> None:
    counted = [make_address_buckets("password", THREE, each)[0] for each in (address, same, other)]
    assert counted[0] == counted[1]
    assert counted[0] != counted[2]
    subscribers = [find_subscriber(each) for each in (address, same, other)]
    assert subscribers[0] == subscribers[1]
    assert subscribers[0] != subscribers[2]


def test_an_ipv6_address_is_counted_in_networks_with_rising_limits() -> None:
    counted = make_address_buckets("password", THREE, "2001:db8:1:2:3::4")
    assert [each.limit for each in counted] == [Limit(3, 60), Limit(12, 60), Limit(48, 60)]
    for index, neighbour in enumerate(["2001:db8:1:2::9", "2001:db8:1:9::", "2001:db8:1:ff00::"]):
        shared = make_address_buckets("password", THREE, neighbour)[index:]
        assert shared == counted[index:]


def test_all_visitors_together_are_counted_in_several_rows() -> None:
    """One row would be one that all of them wait for."""
    ceiling = Ceiling("all", Limit(20, 60))
    used = {ceiling.shard().name for _ in range(400)}
    assert used == set(ceiling.shards)
    assert len(used) == SHARDS


def test_failures_fill_the_ceiling_and_tries_do_not() -> None:
    """Else whoever is refused by another count could use up the limit of everybody."""
    ceiling = Ceiling("all", Limit(3, 60))
    for _ in range(10):
        with suppress(TooManyTries):
            count_attempt([PASSWORD_GUESSES], ceiling)
    count_attempt([OTHER], ceiling)
    for _ in range(3):
        failed = count_attempt_statement([ceiling.shard()])
        execute_write(failed)
    with pytest.raises(TooManyTries) as full:
        count_attempt([OTHER], ceiling)
    assert full.value.details == {"seconds": 60, "first": False}
    count_attempt([OTHER])


def test_counts_live_in_this_servers_region(app: Flask) -> None:
    count_attempt([PASSWORD_GUESSES])
    assert (
        db.session.scalars(select(RateLimitCount.region)).all() == [local_region()] == ["us-east1"]
    )
    update_rows(app, RateLimitCount, region="europe-west1")
    assert read_hits() == {"password": 1}
    count_attempt([PASSWORD_GUESSES])
    assert db.session.scalar(select(func.count()).select_from(RateLimitCount)) == 2


def test_limits_are_settings(app: Flask) -> None:
    for name, value in app.config.items():
        if name.startswith("LIMIT_"):
            limit = Limit(*value)
            assert limit.tries > 0, name
            assert 60 <= limit.seconds <= 24 * 3600, name
    assert app.config["LIMIT_SIGN_IN_TOTAL"][0] >= rate_limits.SHARDS
