"""Hours, days and months by the clock of a city."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.numbers.enums import Period
from webapp.numbers.periods import find_end, find_start, list_starts

HOUR = timedelta(hours=1)
PARIS, NEPAL = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Kathmandu")


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25), (7, 1, 24)])
def test_a_day_has_as_many_hours_as_its_clock_shows(month: int, day: int, hours: int) -> None:
    start = find_start(Period.DAY, datetime(2026, month, day, 12, tzinfo=PARIS), PARIS)
    end = find_end(Period.DAY, start, PARIS)
    assert end - start == hours * HOUR
    assert start.astimezone(PARIS).hour == end.astimezone(PARIS).hour == 0
    assert len(list_starts(Period.HOUR, start, end, PARIS)) == hours


def test_hours_begin_when_the_clock_of_the_city_shows_no_minutes() -> None:
    noon = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)
    assert find_start(Period.HOUR, noon, NEPAL) == datetime(2026, 3, 2, 12, 15, tzinfo=UTC)


def test_months_follow_each_other() -> None:
    first, end = datetime(2025, 12, 31, 22, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    starts = [f"{each:%m-%d %H}" for each in list_starts(Period.MONTH, first, end, PARIS)]
    assert starts == ["11-30 23", "12-31 23", "01-31 23"]


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York",
                     "America/St_Johns", "Pacific/Apia"]),
    st.sampled_from(Period),
)  # fmt: skip
def test_each_moment_is_in_one_period(moment: datetime, name: str, period: Period) -> None:
    zone = ZoneInfo(name)
    start = find_start(period, moment, zone)
    end = find_end(period, start, zone)
    assert start <= moment < end
    assert end - start <= {"hour": HOUR, "day": 25 * HOUR, "month": 31 * 25 * HOUR}[period]
    assert find_start(period, end, zone) == end


@given(st.sampled_from(Period), st.integers(0, 900))
def test_the_hours_of_a_day_and_the_days_of_a_month_fill_it(period: Period, day: int) -> None:
    part = {Period.DAY: Period.HOUR, Period.MONTH: Period.DAY}.get(period)
    if part is None:
        return
    zone = ZoneInfo("Australia/Lord_Howe")
    start = find_start(period, datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day), zone)
    end = find_end(period, start, zone)
    starts = [*list_starts(part, start, end, zone), end]
    assert starts[0] == start
    assert all(find_end(part, first, zone) == second for first, second in pairwise(starts))
