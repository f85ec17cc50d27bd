"""How long reports and tasks waited: the numbers agree with the rows."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.numbers.steps import Event, make_history, read_figures
from tests.visitor import Visitor
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.models import Report
from webapp.fleet.tasks.models import Task
from webapp.numbers.enums import Period
from webapp.numbers.models import RollupProgress, RollupTotal
from webapp.numbers.periods import find_end, find_start
from webapp.numbers.response_times.models import ResponseTimeCounts
from webapp.numbers.response_times.services import suppress_small_counts, to_counter
from webapp.numbers.response_times.sources import ResponseKey, read_response_counts
from webapp.numbers.services import roll_up, update_rollups

MINUTE = timedelta(minutes=1)


def add_rows(model: Any, vehicle: Vehicle, rows: list[dict[str, Any]]) -> None:
    """Write reports or tasks of a vehicle."""
    row = {"region": vehicle.region, "city": vehicle.city, "vehicle_id": vehicle.id}
    with db.engines["write"].begin() as connection:
        connection.execute(insert(table(model)), [{**row, "id": uuid4(), **each} for each in rows])


def make_report(filed_at: datetime, first_min: float, answer_min: float | None) -> dict[str, Any]:
    """Return a report on which staff acted, and that they answered after some minutes."""
    return {
        "kind": "damage",
        "created_at": filed_at,
        "first_action_at": filed_at + first_min * MINUTE,
        "answered_at": filed_at + answer_min * MINUTE if answer_min else None,
        "state": "resolved" if answer_min else "in_progress",
    }


def make_task(made_at: datetime, start_min: float, done_min: float) -> dict[str, Any]:
    return {
        "kind": "swap_battery",
        "source": "staff",
        "state": "done",
        "created_at": made_at,
        "started_at": made_at + start_min * MINUTE,
        "closed_at": made_at + done_min * MINUTE,
    }


@pytest.fixture
def add_responses(app: Flask, make_vehicle: VehicleFactory) -> Callable[[datetime], None]:
    """Return a function that writes responses at about a time: 5 reports, one of which is not
    answered, and 3 tasks."""

    def add(moment: datetime) -> None:
        waits = ((10, 30), (20, 60), (40, 240), (60, 300), (50, None))
        reports = [make_report(moment - 6 * 60 * MINUTE, *each) for each in waits]
        tasks = [make_task(moment - 6 * 60 * MINUTE, n, 2 * n) for n in (30, 60, 90)]
        open_task = {"kind": "repair", "source": "staff", "created_at": moment}
        with app.app_context():
            vehicle = make_vehicle(form_factor="bicycle")
            add_rows(Report, vehicle, reports)
            add_rows(Task, vehicle, tasks)
            add_rows(Task, vehicle, [open_task])

    return add


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))


def read_minutes(page: str) -> dict[str, float]:
    """Return the medians of the figures of the page, in minutes."""
    units = {"s": 1 / 60, "min": 1, "h": 60, "d": 24 * 60}
    minutes = {}
    for label, words in read_figures(page).items():
        parts = words.split()
        minutes[label] = sum(
            float(n) * units[unit] for n, unit in zip(parts[::2], parts[1::2], strict=True)
        )
    return minutes


def test_the_page_shows_medians_that_are_near_those_of_the_rows(
    app: Flask, add_responses: Callable[[datetime], None], manager: Visitor
) -> None:
    assert "No response times yet" in manager.get("/fleet/numbers/response-times").text
    now = datetime.now(UTC)
    with app.app_context():
        today = find_start(Period.DAY, now, find_city().zone)
    add_responses(today - timedelta(hours=30))  # all on one day of the city
    with app.app_context():
        roll_up(find_city(), now - timedelta(days=4), now)
    page = manager.get("/fleet/numbers/response-times?range=7d")
    assert page.status_code == 200
    shown = read_minutes(page.text)
    assert shown["Reports: first action"] == pytest.approx(median((10, 20, 40, 60, 50)), rel=0.15)
    assert shown["Reports: solved"] == pytest.approx(median((30, 60, 240, 300)), rel=0.6)
    assert shown["Tasks: begun"] == pytest.approx(60, rel=0.15)
    assert shown["Tasks: done"] == pytest.approx(120, rel=0.15)
    assert "Swap the battery" in page.text
    assert "target: " in page.text
    file = manager.get("/fleet/numbers/response-times.csv?range=30d").text.splitlines()
    assert file[0] == "city,period,started_at,metric,kind,number,median_s,percentile_90_s"
    assert {tuple(line.split(",")[3:6]) for line in file[1:]} == {
        ("report_first_action", "damage", "5"),
        ("report_answer", "damage", "4"),
        ("task_start", "swap_battery", "3"),
        ("task_done", "swap_battery", "3"),
    }


def test_hours_cannot_be_chosen(manager: Visitor) -> None:
    assert manager.get("/fleet/numbers/response-times?range=24h").status_code == 422


def test_those_who_may_not_see_persons_see_whole_months_with_enough(
    app: Flask,
    add_responses: Callable[[datetime], None],
    make_user: UserFactory,
) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        # A month is shown some hours after its end: one that ended a month ago, or more.
        this_month = find_start(Period.MONTH, now, find_city().zone)
        month = find_start(Period.MONTH, this_month - timedelta(days=1), find_city().zone)
    analyst = new_browser(app).sign_in(make_user("anna", roles={"analyst": ["new york"]}))
    for _ in range(2):
        add_responses(month - timedelta(days=4))
    with app.app_context():
        roll_up(find_city(), month - timedelta(days=6), now)
    page = analyst.get("/fleet/numbers/response-times").text
    assert read_figures(page)["Reports: first action"] != "few"  # 10
    assert read_figures(page)["Reports: solved"] == "few"  # 8
    assert read_figures(page)["Tasks: done"] == "few"
    assert analyst.get("/fleet/numbers/response-times?range=30d").status_code == 422
    file = analyst.get("/fleet/numbers/response-times.csv").text
    assert "report_first_action" in file
    assert "report_answer" not in file


def test_few_of_a_kind_and_type_are_in_no_sum() -> None:
    def make(form_factor: str, kind: str, *counts: int) -> dict[ResponseKey, Counter[int]]:
        return {ResponseKey("task_done", kind, form_factor): to_counter(counts)}

    enough = {**make("bicycle", "repair", 4, 6), **make("moped", "repair", 9, 1)}
    few = {**make("moped", "collect", 9), **make("moped", "inspect", 4, 5)}
    assert suppress_small_counts({**enough, **few}) == enough


def read_stored(period: Period, *, hides_few: bool = False) -> dict[tuple[Any, ...], Counter[int]]:
    """Return what is stored, by start, metric, kind and type."""
    rows = table(ResponseTimeCounts).c
    query = select(rows.started_at, rows.metric, rows.kind, rows.form_factor, rows.counts).where(
        rows.period == period, rows.hides_few.is_(hides_few)
    )
    return {tuple(key): +to_counter(counts) for *key, counts in db.session.execute(query)}


def test_what_is_stored_adds_up_to_what_reports_and_tasks_say_and_can_be_computed_again(
    app: Flask, add_responses: Callable[[datetime], None]
) -> None:
    now = datetime.now(UTC)
    for age in (1, 3, 33):
        add_responses(now - timedelta(days=age))
    with app.app_context():
        city = find_city()
        roll_up(city, now - timedelta(days=40), now)
        days, months = read_stored(Period.DAY), read_stored(Period.MONTH)
        edges = sorted({start for start, *_ in months})
        edges.append(find_end(Period.MONTH, edges[-1], city.zone))
        raw = {
            (start, *key): counts
            for start, by_key in read_response_counts(city, edges).items()
            for key, counts in by_key.items()
        }
        assert len(raw) >= 8
        assert {key: counts for key, counts in months.items() if key[-1]} == raw
        sums = dict[tuple[Any, ...], Counter[int]]()
        for (start, *key), counts in days.items():
            month = (find_start(Period.MONTH, start, city.zone), *key)
            sums.setdefault(month, Counter()).update(counts)
        assert sums == months
        roll_up(city, now - timedelta(days=2), now)
        assert (read_stored(Period.DAY), read_stored(Period.MONTH)) == (days, months)


def test_what_the_release_before_has_written_is_kept_though_its_reports_are_gone(
    app: Flask, make_vehicle: VehicleFactory
) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        city = find_city()
        make_history(make_vehicle, [Event(now - timedelta(days=70), "available")])
        update_rollups(city)
        day = find_start(Period.DAY, now - timedelta(days=60), city.zone)
        row: dict[str, Any] = {"region": city.region, "city": city.name, "period": "day"}
        row |= {"form_factor": "", "hides_few": False, "metric": "task_done", "started_at": day}
        with db.engines["write"].begin() as connection:
            buckets = [{"dimension": "repair:3", "value": 2}, {"dimension": "repair:5", "value": 1}]
            connection.execute(insert(table(RollupTotal)), [{**row, **each} for each in buckets])
            progress = {"response_times_until": None, "totals_until": now}
            connection.execute(update(table(RollupProgress)).values(progress))
        update_rollups(city)
        assert read_stored(Period.DAY) == {(day, "task_done", "repair", ""): Counter({3: 2, 5: 1})}
