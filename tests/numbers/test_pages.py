"""The page of numbers, and its file."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.numbers.steps import Event, add_rides, make_history, read_figures, read_file
from tests.visitor import Visitor
from webapp.charts import make_chart, round_up
from webapp.numbers.selection import list_offered_months
from webapp.numbers.services import update_rollups

HOUR = timedelta(hours=1)


@pytest.fixture
def _rides(app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory) -> None:
    """Twelve rides in an hour of yesterday, and a vehicle since a week."""
    now = datetime.now(UTC)
    yesterday = (now - timedelta(days=1)).replace(hour=16, minute=0, second=0, microsecond=0)
    starts = [yesterday + number * timedelta(minutes=5) for number in range(12)]
    rides = [
        {"started_at": at, "ended_at": at + timedelta(minutes=4), "distance_m": 900, "price": 150}
        for at in starts
    ]
    with app.app_context():
        add_rides(make_user("rider"), make_vehicle(form_factor="bicycle"), rides)
        make_history(make_vehicle, [Event(now - timedelta(days=7), "available")])
        update_rollups(find_city())


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))


@pytest.mark.usefixtures("_rides")
def test_the_page_shows_what_happened_beside_the_time_before(manager: Visitor) -> None:
    page = manager.get("/fleet/numbers?range=7d")
    figures = read_figures(page.text)
    assert figures["Rides"] == "12"
    assert figures["Revenue"] == "$18.00"
    assert figures["Duration of a ride"] == "4 min"
    assert figures["Distance of a ride"] == "900 m"
    assert figures["Available"] == "100%"
    assert figures["Rides under a minute"] == "0%"
    assert figures["Reservations that became rides"] == "–"
    assert "before: 0" in page.text
    assert page.text.count('<svg class="chart"') == 3


@pytest.mark.usefixtures("_rides")
@pytest.mark.parametrize("chosen", ["24h", "30d", "90d", "12m", "for ever"])
def test_each_time_can_be_chosen_and_another_one_is_an_error(manager: Visitor, chosen: str) -> None:
    page = manager.get(f"/fleet/numbers?range={chosen}")
    assert page.status_code == (422 if chosen == "for ever" else 200)
    assert read_figures(page.text)["Rides"] in ("12", "0")  # of 24 hours, by when this runs


def test_a_month_can_be_chosen_from_its_first_day_on_by_those_who_may_see_persons(
    app: Flask,
) -> None:
    """Others wait until what was recorded late of the last month is there, too."""
    first_day = datetime(2026, 12, 1, 13, tzinfo=UTC)
    with app.app_context():
        city = find_city()
        months = [
            [f"{month.astimezone(city.zone):%Y-%m}" for month in each]
            for each in (
                list_offered_months(city, first_day, hides_few=False),
                list_offered_months(city, first_day, hides_few=True),
            )
        ]
    assert months[0][:2] == months[1][:2] == ["2025-12", "2026-01"]
    assert [each[-2:] for each in months] == [["2026-11", "2026-12"], ["2026-09", "2026-10"]]


@pytest.mark.usefixtures("_rides")
def test_numbers_can_be_those_of_one_type(manager: Visitor) -> None:
    assert read_figures(manager.get("/fleet/numbers?type=bicycle").text)["Rides"] == "12"
    other = manager.get("/fleet/numbers?type=scooter_standing").text
    assert read_figures(other)["Rides"] == "0"
    assert read_figures(other)["Available"] == "100%"


def test_without_rides_and_vehicles_the_page_says_so(manager: Visitor) -> None:
    assert "No numbers yet" in manager.get("/fleet/numbers").text


def test_few_rides_are_shown_to_those_who_may_see_persons(
    app: Flask, manager: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    now = datetime.now(UTC)
    ride = {"started_at": now - HOUR, "ended_at": now - HOUR / 2, "price": 1234, "distance_m": 70}
    with app.app_context():
        add_rides(make_user("rider"), make_vehicle(), [ride] * 9)
        update_rollups(find_city())
    assert read_figures(manager.get("/fleet/numbers?range=7d").text)["Revenue"] == "$111.06"
    assert {row["value"] for row in read_file(manager, "range=7d")} >= {"9", "11106"}


@pytest.mark.usefixtures("_rides")
def test_the_file_has_the_sums_of_the_page(manager: Visitor) -> None:
    rows = read_file(manager, "range=30d")
    assert sum(int(row["value"]) for row in rows if row["metric"] == "rides") == 12
    revenue = [row for row in rows if row["metric"] == "revenue"]
    assert {(row["dimension"], row["value"], row["period"]) for row in revenue} == {
        ("USD", "1800", "day")
    }
    assert revenue[0]["started_at"].endswith(("00:00-05:00", "00:00-04:00"))


# --- charts --------------------------------------------------------------------------------


def test_bars_stand_on_each_other_and_stay_in_the_drawing() -> None:
    chart = make_chart([[1, 0, 3], [1, 2, 0]])
    assert [(bar.series, bar.place) for bar in chart.bars] == [(0, 0), (1, 0), (1, 1), (0, 2)]
    lower, upper, *_others = chart.bars
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.2)
    assert all(bar.x >= 64 and bar.x + bar.width <= 720 and bar.y >= 8 for bar in chart.bars)
    assert [tick.value for tick in chart.ticks] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 0), (1, 4), (9, 12), (81, 100), (105, 120), (150, 160), (1001, 1200), (5e6, 6e6)],
)
def test_the_top_of_a_chart_is_a_round_number(value: float, top: float) -> None:
    assert round_up(value) == top


def test_a_chart_without_values_has_no_bars() -> None:
    assert make_chart([[0, 0]]).bars == []
