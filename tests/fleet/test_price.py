"""What a ride costs: worked examples of the standard, and what holds for every price there is."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.fleet.pricing.price import (
    DAY_S,
    Line,
    Quote,
    Segment,
    Tariff,
    hold_quote,
    quote,
    quote_from,
)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def total(tariff: Tariff, length: timedelta, parking_fee: int = 0) -> int:
    return quote(tariff, length, parking_fee).total


# --- worked examples ---------------------------------------------------------------------------

BY_THE_MINUTE = Tariff("USD", 100, (Segment(0, 25, 1),))
#: GBFS 3.0: 2.00, after half an hour 3.00 once, after an hour 0.10 a minute.
HALF_AN_HOUR = Tariff("USD", 200, (Segment(30, 300, 0, 60), Segment(60, 10, 1)))
#: GBFS 3.0, its first example, with kilometres read as minutes: no more than the base price for
#: 10, then 1.00 each, after 25 0.50 each and 3.00 more every 5.
TIERS = Tariff("USD", 200, (Segment(10, 100, 1, 25), Segment(25, 50, 1), Segment(25, 300, 5)))


@pytest.mark.parametrize(
    ("length", "price"),
    [(0, 200), (20, 200), (30, 200), (31, 500), (45, 500), (60, 500), (61, 510), (75, 650)],
)
def test_half_an_hour_is_included_and_then_it_costs(length: int, price: int) -> None:
    assert total(HALF_AN_HOUR, minutes(length)) == price


@pytest.mark.parametrize(
    ("length", "price"),
    [(10, 200), (11, 300), (24, 1600), (25, 1700), (26, 2050), (30, 2250), (31, 2600), (35, 2800)],
)
def test_tiers_add_up(length: int, price: int) -> None:
    assert total(TIERS, minutes(length)) == price


@pytest.mark.parametrize(
    ("seconds", "price"), [(0, 100), (1, 125), (60, 125), (61, 150), (599, 350), (600, 350)]
)
def test_a_started_minute_is_charged_in_full(seconds: int, price: int) -> None:
    assert total(BY_THE_MINUTE, timedelta(seconds=seconds)) == price


def test_what_is_less_than_a_second_is_nothing() -> None:
    assert total(BY_THE_MINUTE, timedelta(seconds=60, microseconds=999_999)) == 125


def test_a_clock_that_went_back_costs_no_more_than_unlocking() -> None:
    assert total(BY_THE_MINUTE, timedelta(seconds=-5)) == 100


def test_each_day_of_a_ride_costs_no_more_than_the_cap() -> None:
    capped = Tariff("USD", 100, (Segment(0, 25, 1),), daily_cap=2000)
    assert total(capped, minutes(76)) == 2000
    assert total(capped, minutes(77)) == total(capped, timedelta(days=1)) == 2000
    assert total(capped, timedelta(days=1, minutes=2)) == 2050
    assert total(capped, timedelta(days=2)) == 4000
    assert Line("cap", -25) in quote(capped, minutes(77)).lines


def test_leaving_it_in_the_wrong_place_costs_beyond_the_cap() -> None:
    capped = Tariff("USD", 100, (Segment(0, 25, 1),), daily_cap=2000)
    assert total(capped, minutes(90), parking_fee=1500) == 3500


def test_tax_comes_on_top_of_all_lines_and_half_a_cent_is_rounded_up() -> None:
    taxed = Tariff("USD", 100, tax_ppm=85_000, tax_included=False)
    assert quote(taxed, minutes(1), 2).lines[-1] == Line("tax", 9)  # 8.67
    assert quote(taxed, minutes(1), 0).lines[-1] == Line("tax", 9)  # 8.5
    assert quote(taxed, minutes(1), 2).total == 111


def test_tax_that_is_included_changes_no_total_and_is_told() -> None:
    taxed = Tariff("EUR", 120, tax_ppm=200_000)
    asked = quote(taxed, minutes(1))
    assert (asked.total, asked.tax) == (120, 20)
    assert asked.lines[-1] == Line("tax_included", 0, holds=20)


def test_holding_longer_costs_each_minute_and_its_tax() -> None:
    asked = hold_quote(Tariff("USD", tax_ppm=100_000, tax_included=False), 5, 10)
    assert asked.lines == (Line("hold", 50, 5, 10, 1), Line("tax", 5))
    assert hold_quote(Tariff("USD"), 5, 10).total == 50


def test_a_ride_that_costs_nothing_has_one_line_of_nothing() -> None:
    assert quote(Tariff("USD"), minutes(30)).lines == (Line("unlock", 0),)


@pytest.mark.parametrize("numbers", [(-1, 1, 1), (0, -1, 1), (0, 1, -1), (5, 1, 1, 5)])
def test_a_step_without_sense_is_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="segment"):
        Segment(*numbers)


# --- whatever the price ------------------------------------------------------------------------

MONEY = st.integers(0, 5000)
SEGMENTS = st.builds(
    lambda start, rate, interval, lasts: Segment(
        start, rate, interval, start + lasts if lasts else None
    ),
    st.integers(0, 2000),
    MONEY,
    st.sampled_from([0, 1, 7, 15, 60, 1440]),
    st.none() | st.integers(1, 3000),
)
TARIFFS = st.builds(
    Tariff,
    st.sampled_from(["USD", "JPY"]),
    unlock_fee=MONEY,
    segments=st.lists(SEGMENTS, max_size=4).map(tuple),
    daily_cap=st.none() | MONEY,
    tax_ppm=st.integers(0, 1_000_000),
    tax_included=st.booleans(),
)
LENGTHS = st.builds(
    lambda days, seconds: timedelta(days=days, seconds=seconds),
    st.integers(0, 3),
    st.integers(0, DAY_S) | st.integers(0, 1440).map(lambda n: n * 60),
)


@given(TARIFFS, LENGTHS, LENGTHS, MONEY)
def test_the_price_never_falls_as_time_passes(
    tariff: Tariff, length: timedelta, more: timedelta, fee: int
) -> None:
    assert total(tariff, length, fee) <= total(tariff, length + more, fee)


@given(TARIFFS, LENGTHS, MONEY)
def test_the_total_is_the_sum_of_whole_lines_and_never_below_nought(
    tariff: Tariff, length: timedelta, fee: int
) -> None:
    asked = quote(tariff, length, fee)
    assert asked.total == sum(line.amount for line in asked.lines) >= 0
    assert all(type(line.amount) is int and type(line.holds) is int for line in asked.lines)
    assert 0 <= asked.tax <= asked.total
    assert all(line.amount >= 0 for line in asked.lines if line.kind != "cap")


@given(TARIFFS, LENGTHS, MONEY)
def test_a_receipt_is_read_as_it_was_written(tariff: Tariff, length: timedelta, fee: int) -> None:
    asked = quote(tariff, length, fee)
    assert quote_from(asked.currency, asked.as_json()) == asked


@given(TARIFFS, LENGTHS, MONEY)
def test_the_tax_is_that_of_what_is_paid(tariff: Tariff, length: timedelta, fee: int) -> None:
    asked = quote(tariff, length, fee)
    net = asked.total - asked.tax
    assert abs(asked.tax - net * tariff.tax_ppm / 1_000_000) <= 1


@given(TARIFFS, st.integers(1, 4))
def test_the_cap_holds_for_each_day(tariff: Tariff, days: int) -> None:
    before, after = (
        sum(line.amount for line in quote(tariff, timedelta(days=n)).lines if line.kind != "tax")
        for n in (days - 1, days)
    )
    if tariff.daily_cap is not None:
        spent = after - before if days > 1 else after
        assert spent <= tariff.daily_cap


@given(TARIFFS, st.integers(0, 3000), st.integers(0, 59))
def test_it_is_what_charging_minute_by_minute_would_come_to(
    tariff: Tariff, whole: int, seconds: int
) -> None:
    length = timedelta(minutes=whole, seconds=seconds)
    asked = quote(tariff, length)
    paid = sum(line.amount for line in asked.lines if line.kind != "tax")
    assert paid == minute_by_minute(tariff, whole + (seconds > 0))


def minute_by_minute(tariff: Tariff, begun: int) -> int:
    """Charge what falls due in each minute that has begun; each day stops at the cap."""
    days = [tariff.unlock_fee] + [0] * (begun // 1440)
    for minute in range(begun):
        days[minute // 1440] += sum(due(segment, minute) for segment in tariff.segments)
    cap = tariff.daily_cap
    return sum(day if cap is None else min(day, cap) for day in days)


def due(segment: Segment, minute: int) -> int:
    passed = minute - segment.start
    if passed < 0 or (segment.end is not None and minute >= segment.end):
        return 0
    if segment.interval == 0:
        return segment.rate if passed == 0 else 0
    return segment.rate if passed % segment.interval == 0 else 0


@given(TARIFFS, LENGTHS)
def test_the_estimate_before_is_the_price_after(tariff: Tariff, length: timedelta) -> None:
    """The receipt's lines went through the database as JSON; their sum is what was told before."""
    told: Quote = quote(tariff, length)
    kept = quote_from(told.currency, quote(tariff, length).as_json())
    assert kept.total == told.total
