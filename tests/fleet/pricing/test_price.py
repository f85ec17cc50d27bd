"""The price of a ride: worked examples of the standard, and properties of all prices."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.fleet.pricing.enums import LineKind
from webapp.fleet.pricing.quotes import (
    MINUTES_PER_DAY,
    Line,
    Quote,
    Segment,
    Tariff,
    find_price_duration,
    forecast_price,
    quote_reservation,
    quote_ride,
)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def total(tariff: Tariff, duration: timedelta, parking_fee: int = 0) -> int:
    return quote_ride(tariff, duration, parking_fee).total


# --- worked examples ---------------------------------------------------------------------------

BY_THE_MINUTE = Tariff("USD", 100, (Segment(0, 25, 1),))
#: GBFS 3.0: 2.00, after half an hour 3.00 once, after an hour 0.10 a minute.
HALF_AN_HOUR = Tariff("USD", 200, (Segment(30, 300, 0, 60), Segment(60, 10, 1)))
#: GBFS 3.0, its first example, with kilometres read as minutes: no more than the base price for
#: 10, then 1.00 each, after 25 0.50 each and 3.00 more every 5.
TIERS = Tariff("USD", 200, (Segment(10, 100, 1, 25), Segment(25, 50, 1), Segment(25, 300, 5)))


@pytest.mark.parametrize(
    ("duration", "price"),
    [(0, 200), (20, 200), (30, 200), (31, 500), (45, 500), (60, 500), (61, 510), (75, 650)],
)
def test_half_an_hour_is_included(duration: int, price: int) -> None:
    assert total(HALF_AN_HOUR, minutes(duration)) == price


@pytest.mark.parametrize(
    ("duration", "price"),
    [(10, 200), (11, 300), (24, 1600), (25, 1700), (26, 2050), (30, 2250), (31, 2600), (35, 2800)],
)
def test_tiers_add_up(duration: int, price: int) -> None:
    assert total(TIERS, minutes(duration)) == price


@pytest.mark.parametrize(
    ("seconds", "price"), [(0, 100), (1, 125), (60, 125), (61, 150), (599, 350), (600, 350)]
)
def test_a_started_minute_is_charged_in_full(seconds: int, price: int) -> None:
    assert total(BY_THE_MINUTE, timedelta(seconds=seconds)) == price


def test_a_part_of_a_second_is_not_charged() -> None:
    assert total(BY_THE_MINUTE, timedelta(seconds=60, microseconds=999_999)) == 125


def test_a_negative_duration_costs_the_unlock_fee() -> None:
    assert total(BY_THE_MINUTE, timedelta(seconds=-5)) == 100


def test_each_day_of_a_ride_costs_at_most_the_cap() -> None:
    capped = Tariff("USD", 100, (Segment(0, 25, 1),), fare_cap=2000)
    assert total(capped, minutes(76)) == 2000
    assert total(capped, minutes(77)) == total(capped, timedelta(days=1)) == 2000
    assert total(capped, timedelta(days=1, minutes=2)) == 2050
    assert total(capped, timedelta(days=2)) == 4000
    assert Line(LineKind.CAP, -25) in quote_ride(capped, minutes(77)).lines


def test_the_parking_fee_is_added_to_the_cap() -> None:
    capped = Tariff("USD", 100, (Segment(0, 25, 1),), fare_cap=2000)
    assert total(capped, minutes(90), parking_fee=1500) == 3500


def test_tax_is_added_to_all_lines_and_half_a_cent_is_rounded_up() -> None:
    taxed = Tariff("USD", 100, tax_ppm=85_000, tax_included=False)
    assert quote_ride(taxed, minutes(1), 2).lines[-1] == Line(LineKind.TAX, 9)  # 8.67
    assert quote_ride(taxed, minutes(1), 0).lines[-1] == Line(LineKind.TAX, 9)  # 8.5
    assert quote_ride(taxed, minutes(1), 2).total == 111


def test_included_tax_is_named_and_does_not_change_the_total() -> None:
    taxed = Tariff("EUR", 120, tax_ppm=200_000)
    quote = quote_ride(taxed, minutes(1))
    assert (quote.total, quote.tax) == (120, 20)
    assert quote.lines[-1] == Line(LineKind.TAX_INCLUDED, 0, included_tax=20)


def test_extending_a_reservation_costs_each_minute_and_its_tax() -> None:
    quote = quote_reservation(Tariff("USD", tax_ppm=100_000, tax_included=False), 5, 10)
    assert quote.lines == (Line(LineKind.RESERVATION, 50, 5, 10, 1), Line(LineKind.TAX, 5))
    assert quote_reservation(Tariff("USD"), 5, 10).total == 50


def test_a_free_ride_has_one_line_of_zero() -> None:
    assert quote_ride(Tariff("USD"), minutes(30)).lines == (Line(LineKind.UNLOCK, 0),)


@pytest.mark.parametrize("numbers", [(-1, 1, 1), (0, -1, 1), (0, 1, -1), (5, 1, 1, 5)])
def test_an_invalid_segment_is_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="segment"):
        Segment(*numbers)


# --- all prices --------------------------------------------------------------------------------

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
    fare_cap=st.none() | MONEY,
    fare_cap_min=st.sampled_from([1, 60, 720, MINUTES_PER_DAY]),
    tax_ppm=st.integers(0, 1_000_000),
    tax_included=st.booleans(),
)
DURATIONS = st.builds(
    lambda days, seconds: timedelta(days=days, seconds=seconds),
    st.integers(0, 3),
    st.integers(0, 24 * 3600) | st.integers(0, 1440).map(lambda n: n * 60),
)


@pytest.mark.slow
@given(TARIFFS, DURATIONS, DURATIONS, MONEY)
def test_the_price_never_falls_as_time_passes(
    tariff: Tariff, duration: timedelta, more: timedelta, fee: int
) -> None:
    assert total(tariff, duration, fee) <= total(tariff, duration + more, fee)


@pytest.mark.slow
@given(TARIFFS, DURATIONS, MONEY)
def test_the_total_is_the_sum_of_the_lines_and_never_negative(
    tariff: Tariff, duration: timedelta, fee: int
) -> None:
    quote = quote_ride(tariff, duration, fee)
    assert quote.total == sum(line.amount for line in quote.lines) >= 0
    assert all(type(line.amount) is int and type(line.included_tax) is int for line in quote.lines)
    assert 0 <= quote.tax <= quote.total
    assert all(line.amount >= 0 for line in quote.lines if line.kind != LineKind.CAP)


@pytest.mark.slow
@given(TARIFFS, DURATIONS, MONEY)
def test_a_quote_survives_json(tariff: Tariff, duration: timedelta, fee: int) -> None:
    quote = quote_ride(tariff, duration, fee)
    stored = json.loads(json.dumps(quote.to_json()))
    assert Quote.from_json(quote.currency, stored) == quote


@pytest.mark.slow
@given(TARIFFS, DURATIONS, MONEY)
def test_the_tax_is_the_rate_times_the_net_amount(
    tariff: Tariff, duration: timedelta, fee: int
) -> None:
    quote = quote_ride(tariff, duration, fee)
    net = quote.total - quote.tax
    assert abs(quote.tax - net * tariff.tax_ppm / 1_000_000) <= 1


@pytest.mark.slow
@given(TARIFFS, st.integers(1, 4))
def test_no_period_costs_more_than_the_cap(tariff: Tariff, periods: int) -> None:
    previous, total_cost = (
        sum(
            line.amount
            for line in quote_ride(tariff, timedelta(minutes=n * tariff.fare_cap_min)).lines
            if line.kind != LineKind.TAX
        )
        for n in (periods - 1, periods)
    )
    if tariff.fare_cap is not None:
        cost = total_cost - previous if periods > 1 else total_cost
        assert cost <= tariff.fare_cap


@pytest.mark.slow
@given(TARIFFS, st.integers(0, 3000), st.integers(0, 59))
def test_the_price_equals_charging_minute_by_minute(
    tariff: Tariff, whole: int, seconds: int
) -> None:
    duration = timedelta(minutes=whole, seconds=seconds)
    quote = quote_ride(tariff, duration)
    paid = sum(line.amount for line in quote.lines if line.kind != LineKind.TAX)
    assert paid == minute_by_minute(tariff, whole + (seconds > 0))


def minute_by_minute(tariff: Tariff, started_minutes: int) -> int:
    """Charge what is due in each minute that has started; each period stops at the cap."""
    period = tariff.fare_cap_min
    periods = [tariff.unlock_fee] + [0] * (started_minutes // period)
    for minute in range(started_minutes):
        periods[minute // period] += sum(due(segment, minute) for segment in tariff.segments)
    cap = tariff.fare_cap
    return sum(paid if cap is None else min(paid, cap) for paid in periods)


def due(segment: Segment, minute: int) -> int:
    passed = minute - segment.start
    if passed < 0 or (segment.end is not None and minute >= segment.end):
        return 0
    if segment.interval == 0:
        return segment.rate if passed == 0 else 0
    return segment.rate if passed % segment.interval == 0 else 0


def test_a_forecast_counts_each_period_of_a_fare_cap_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan may have a cap for each minute of a ride of days, and the page of the ride waits."""
    tariff = Tariff("EUR", segments=(Segment(0, 30, 1),), fare_cap=20, fare_cap_min=1)
    count_charges, counted = Segment.count_charges, []

    def count(segment: Segment, seconds: int) -> int:
        counted.append(seconds)
        return count_charges(segment, seconds)

    monkeypatch.setattr(Segment, "count_charges", count)
    forecast = forecast_price(tariff, timedelta(days=3))
    days_min = 3 * 24 * 60
    assert forecast[:2] == [(days_min * 60, days_min * 20), (days_min * 60 + 1, days_min * 20 + 20)]
    assert len(counted) < 2 * days_min + 2_000


@pytest.mark.parametrize("elapsed_s", [0, 1, 59, 60, 61, 120, 3599])
def test_a_forecast_is_the_price_at_each_second(elapsed_s: int) -> None:
    tariff = Tariff("EUR", 100, (Segment(0, 30, 1),), fare_cap=700, fare_cap_min=30)
    forecast = forecast_price(tariff, timedelta(seconds=elapsed_s))
    for seconds in range(elapsed_s, elapsed_s + 7200):
        shown = [price for moment, price in forecast if moment <= seconds]
        assert shown[-1] == total(tariff, timedelta(seconds=seconds))


# --- when a price is reached -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tariff", "amount", "seconds"),
    [
        (BY_THE_MINUTE, 100, 0),
        (BY_THE_MINUTE, 101, 1),
        (BY_THE_MINUTE, 500, 15 * 60 + 1),
        (BY_THE_MINUTE, 501, 16 * 60 + 1),
        (HALF_AN_HOUR, 201, 30 * 60 + 1),
        (HALF_AN_HOUR, 501, 60 * 60 + 1),
        (Tariff("USD", 100, (Segment(0, 25, 1),), fare_cap=500), 501, 24 * 3600 + 1),
        (Tariff("USD", 100, (Segment(0, 25, 1, 10),)), 351, None),
        (Tariff("USD"), 1, None),
    ],
)
def test_a_price_is_reached_in_the_first_second_that_costs_it(
    tariff: Tariff, amount: int, seconds: int | None
) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert find_price_duration(tariff, amount, timedelta(days=3)) == expected


@pytest.mark.slow
@given(TARIFFS, MONEY)
def test_a_price_is_reached_not_a_second_earlier(tariff: Tariff, amount: int) -> None:
    longest, second = timedelta(days=3), timedelta(seconds=1)
    duration = find_price_duration(tariff, amount, longest)
    if duration is None:
        assert total(tariff, longest) < amount
    else:
        assert total(tariff, duration) >= amount
        assert not duration or total(tariff, duration - second) < amount
