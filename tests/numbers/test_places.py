"""Where rides start and end, by cell and month."""

import csv
import json
import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import new_browser
from tests.explain import explain_plan
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.numbers.steps import add_many_rides, add_rides
from tests.visitor import Visitor
from webapp.db.types import table
from webapp.extensions import db
from webapp.numbers.enums import Period
from webapp.numbers.periods import find_start
from webapp.numbers.places import counting, services
from webapp.numbers.places.cells import find_cell, find_hexagon
from webapp.numbers.places.counting import choose_most_frequent, suppress_small_counts
from webapp.numbers.places.map_layer import find_level, make_levels
from webapp.numbers.places.models import CellRides, RideFlow
from webapp.numbers.places.services import (
    recompute_places,
    replace_places,
    rides_query,
    update_places,
)
from webapp.numbers.ranges import MOMENT
from webapp.numbers.services import update_rollups

HERE, THERE = (40.7305, -73.9951), (40.7794, -73.9632)


def make_ride(
    at: datetime, start: tuple[float, float] | None, end: tuple[float, float]
) -> dict[str, Any]:
    start_lat, start_lon = start or (None, None)
    return {
        "started_at": at,
        "ended_at": at + timedelta(minutes=5),
        "start_lat": start_lat,
        "start_lon": start_lon,
        "end_lat": end[0],
        "end_lon": end[1],
    }


@pytest.fixture
def month(app: Flask) -> datetime:
    """The last month that is over."""
    with app.app_context():
        zone = find_city().zone
        this_month = find_start(Period.MONTH, datetime.now(UTC) - timedelta(hours=26), zone)
        return find_start(Period.MONTH, this_month - MOMENT, zone)


@pytest.fixture
def _rides(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, month: datetime
) -> None:
    """Twelve rides with a bicycle, nine with a moped and one of which the start is not known."""
    at = month + timedelta(days=9)
    with app.app_context():
        rider = make_user()
        add_rides(rider, make_vehicle(form_factor="bicycle"), [make_ride(at, HERE, THERE)] * 12)
        add_rides(rider, make_vehicle(form_factor="moped"), [make_ride(at, HERE, HERE)] * 9)
        add_rides(rider, make_vehicle(form_factor="moped"), [make_ride(at, None, THERE)])
        update_rollups(find_city())
        update_places(find_city())


def read_cells(*, hides_few: bool, form_factor: str = "") -> dict[int, tuple[int, int]]:
    cells = table(CellRides).c
    query = select(cells.cell, cells.starts, cells.ends).where(
        cells.hides_few == hides_few, cells.form_factor == form_factor
    )
    return {cell: (starts, ends) for cell, starts, ends in db.session.execute(query)}


def read_flows(*, hides_few: bool) -> dict[tuple[int, int], int]:
    flows = table(RideFlow).c
    query = select(flows.start_cell, flows.end_cell, flows.rides)
    rows = db.session.execute(query.where(flows.hides_few == hides_few, flows.form_factor == ""))
    return {(start, end): rides for start, end, rides in rows}


@pytest.mark.usefixtures("_rides")
def test_rides_are_counted_where_they_start_and_end(app: Flask, month: datetime) -> None:
    here, there = find_cell(*HERE), find_cell(*THERE)
    assert here
    assert there
    with app.app_context():
        assert read_cells(hides_few=False) == {here: (21, 9), there: (0, 13)}
        assert read_flows(hides_few=False) == {(here, there): 12, (here, here): 9}
        # Of the mopeds nothing is shown, in the sum of all types neither.
        assert read_cells(hides_few=True) == {here: (12, 0), there: (0, 12)}
        assert read_cells(hides_few=True, form_factor="moped") == {}
        assert read_flows(hides_few=True) == {(here, there): 12}
        before = read_cells(hides_few=False)
        recompute_places(find_city(), month, datetime.now(UTC))
        assert read_cells(hides_few=False) == before


def test_days_with_few_rides_are_in_no_sum_of_those_who_may_not_see_persons(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, month: datetime
) -> None:
    """Else the rides of a day that the overview leaves out could be computed from cells."""
    many, few = month + timedelta(days=9), month + timedelta(days=12)
    with app.app_context():
        rides = [make_ride(many, HERE, THERE)] * 12 + [make_ride(few, HERE, THERE)] * 9
        add_rides(make_user(), make_vehicle(), rides)
        replace_places(find_city(), month, month + timedelta(days=20))
        assert sorted(read_cells(hides_few=False).values()) == [(0, 21), (21, 0)]
        assert sorted(read_cells(hides_few=True).values()) == [(0, 12), (12, 0)]


def test_counting_in_batches_counts_each_ride_once(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    month: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "BATCH", 4)
    source = random.Random(1)
    with app.app_context():
        moments = [month + timedelta(days=source.randrange(1, 20)) for _ in range(23)]
        add_rides(make_user(), make_vehicle(), [make_ride(at, HERE, THERE) for at in moments])
        until = month + timedelta(days=15)
        replace_places(find_city(), month, until)
        inside = [at for at in moments if at + timedelta(minutes=5) < until]
        assert sum(starts for starts, _ in read_cells(hides_few=False).values()) == len(inside)


def test_the_sum_of_all_types_has_only_what_is_shown_of_each() -> None:
    source = random.Random(7)
    counts = {
        (form_factor, place): source.randrange(1, 20)
        for form_factor in ("bicycle", "moped", "other")
        for place in range(30)
    }
    shown = suppress_small_counts(counts, hides_few=True)
    sums = Counter[int]()
    for (form_factor, place), count in counts.items():
        if count >= 10:
            assert shown.pop((form_factor, place)) == count
            sums[place] += count
    assert shown == {("", place): count for place, count in sums.items()}


def test_only_the_most_frequent_pairs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MAX_FLOWS", 2)
    flows = Counter({("a", 1): 5, ("a", 2): 9, ("a", 3): 7, ("b", 1): 1})
    assert list(choose_most_frequent(flows)) == [("a", 2, 9), ("a", 3, 7), ("b", 1, 1)]


@pytest.mark.parametrize(("least", "most"), [(1, 1), (1, 3), (10, 17), (1, 700)])
def test_each_count_has_a_level(least: int, most: int) -> None:
    levels = make_levels([most, least])
    counts = range(least, most + 1)
    assert [find_level(levels, n) for n in counts] == [
        level.number for level in levels for _ in range(level.low, level.high + 1)
    ]
    assert levels[-1].number == 5


def test_a_cell_is_a_hexagon_around_its_positions() -> None:
    cell = find_cell(*HERE)
    assert cell
    hexagon = find_hexagon(cell)
    assert len(hexagon.corners) == 6
    assert find_cell(*hexagon.centre) == cell
    assert find_cell(None, 3.0) is None


@pytest.mark.usefixtures("_rides")
@pytest.mark.parametrize(
    ("show", "shapes", "rides"),
    [("starts", 1, ["21"]), ("ends", 2, ["13", "9"]), ("flows", 2, ["12", "9"])],
)
def test_the_page_shows_places_on_a_map_and_in_a_table(
    app: Flask, make_user: UserFactory, month: datetime, show: str, shapes: int, rides: list[str]
) -> None:
    manager = new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))
    query = f"month={month:%Y-%m}&show={show}"
    page = manager.get(f"/fleet/numbers/places?{query}").text
    (drawn,) = re.findall(r'data-place-map="([^"]*)"', page)
    assert len(json.loads(unescape(drawn))) == shapes
    assert re.findall(r'<td data-label="Rides">(\d+)</td>', page) == rides
    file = manager.get(f"/fleet/numbers/places.csv?{query}").text
    rows = list(csv.DictReader(StringIO(file)))
    assert len(rows) == 2
    assert {"starts", "ends"} <= rows[0].keys() or rows[0]["rides"] == "12"


@pytest.mark.usefixtures("_rides")
def test_those_who_may_not_see_persons_see_months_that_are_over_without_few(
    app: Flask, make_user: UserFactory
) -> None:
    analyst = new_browser(app).sign_in(make_user("anna", roles={"analyst": ["new york"]}))
    page = analyst.get("/fleet/numbers/places?show=ends").text
    assert re.findall(r'<td data-label="Rides">(\d+)</td>', page) == ["12"]
    now = datetime.now(UTC)
    assert analyst.get(f"/fleet/numbers/places?month={now:%Y-%m}").status_code == 422
    assert ",9" not in analyst.get("/fleet/numbers/places.csv?show=flows").text
    assert "No places" in analyst.get("/fleet/numbers/places?type=moped").text


def test_without_rides_the_page_says_so(visitor: Visitor, make_user: UserFactory) -> None:
    visitor.sign_in(make_user("nora", roles={"fleet": ["new york"]}))
    assert "No places in this month" in visitor.get("/fleet/numbers/places").text


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_rides_are_read_in_the_order_of_an_index(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, month: datetime
) -> None:
    with app.app_context():
        add_many_rides(make_user(), make_vehicle())
        query = rides_query(find_city(), month, month + timedelta(days=31))
        plan = explain_plan(lambda: db.session.execute(query).all())
    assert "ix_rides_ended" in plan.indexes
    assert "rides" not in plan.read_whole
    assert plan.table_rows < 2 * (31 * 24 + 100), plan.rows_read
