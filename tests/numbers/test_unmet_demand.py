"""Where people looked for a vehicle and none was near."""

import csv
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.numbers.steps import read_figures
from tests.visitor import Visitor
from webapp.db import write_buffer
from webapp.db.types import table
from webapp.db.write_buffer import WriteBuffer, flush_write_buffers, write_buffers
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.numbers.enums import Period
from webapp.numbers.periods import find_start
from webapp.numbers.places.cells import find_cell
from webapp.numbers.ranges import MOMENT
from webapp.numbers.unmet_demand.models import UnmetDemand, UnmetDemandMonth
from webapp.numbers.unmet_demand.queries import CellDemand, read_unmet_demand
from webapp.numbers.unmet_demand.recording import BUFFER, write_half_hours
from webapp.numbers.unmet_demand.services import recompute_unmet_demand, update_unmet_demand

HERE = (40.7305, -73.9951)
NEAR_ME = "/city/new york?lat=40.7305&lon=-73.9951"
CELL = find_cell(*HERE) or 0


def read_demand(app: Flask) -> dict[tuple[str, int], int]:
    """Return the half hours of each type and cell, once they are written."""
    flush_write_buffers(app)
    demand = table(UnmetDemand).c
    with app.app_context():
        rows = db.session.execute(select(demand.form_factor, demand.cell, demand.half_hours)).all()
    return {(form_factor, cell): bits.bit_count() for form_factor, cell, bits in rows}


def test_a_search_without_a_free_vehicle_near_is_unmet_demand(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    with app.app_context():
        make_vehicle(lat=40.7450, lon=-73.9951, form_factor="bicycle")  # 1.6 km away
        make_vehicle(lat=40.7305, lon=-73.9951, state="on_trip")
    visitor.get(NEAR_ME)
    visitor.get(NEAR_ME + "&type=moped")
    assert read_demand(app) == {("", CELL): 1, ("moped", CELL): 1}


@pytest.mark.parametrize(
    "address",
    [
        NEAR_ME,  # there is one
        NEAR_ME + "&type=moped&within=10000",  # looks farther than people walk
        NEAR_ME + "&q=red",  # no vehicle like this: another may do
        NEAR_ME + "&type=moped&show=all",
        "/city/new york?lat=48.85&lon=2.35",  # not in the city
        "/city/new york",
    ],
)
def test_other_searches_are_not(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, address: str
) -> None:
    with app.app_context():
        make_vehicle(lat=40.7310, lon=-73.9951, form_factor="bicycle")
    visitor.get(address)
    assert read_demand(app) == {}


def test_reloading_counts_once_and_strangers_do_not_conflict(app: Flask) -> None:
    """Eight servers write the same at once, among others of their own."""
    day = datetime(2026, 3, 1, 5, tzinfo=UTC)
    with ThreadPoolExecutor(8) as threads:

        def write(number: int) -> None:
            with app.app_context():
                write_half_hours(
                    {("new york", day, "", CELL): 1, ("new york", day, "moped", CELL): 1 << number}
                )

        list(threads.map(write, range(8)))
    assert read_demand(app) == {("", CELL): 1, ("moped", CELL): 8}


def test_what_cannot_be_written_waits_for_the_next_flush() -> None:
    written: list[Any] = []

    def write(values: Any) -> None:
        if not written:
            written.append("failed")
            raise ConnectionError
        written.append(values)

    buffer = WriteBuffer[str](int.__add__, write)
    buffer.add("a", 1)
    with pytest.raises(ConnectionError):
        buffer.flush()
    buffer.add("a", 2)
    buffer.flush()
    buffer.flush()
    assert written == ["failed", {"a": 3}]


def test_a_buffer_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_buffer, "MAX_KEYS", 2)
    written: list[Any] = []
    buffer = WriteBuffer[str](int.__add__, written.append)
    for key in "abca":
        buffer.add(key, 1)
    buffer.flush()
    assert written == [{"a": 2, "b": 1}]


@pytest.fixture
def months(app: Flask) -> tuple[datetime, datetime]:
    """The last two months that are over."""
    with app.app_context():
        zone = find_city().zone
        this_month = find_start(Period.MONTH, datetime.now(UTC) - timedelta(hours=26), zone)
        last = find_start(Period.MONTH, this_month - MOMENT, zone)
        return find_start(Period.MONTH, last - MOMENT, zone), last


@pytest.fixture
def _demand(app: Flask, months: tuple[datetime, datetime]) -> None:
    """Twelve half hours, of which nine are of mopeds, and eleven in the month before; in another
    cell three."""
    other = find_cell(40.7794, -73.9632) or 0
    with app.app_context():
        buffer = write_buffers()[BUFFER]
        buffer.add(("new york", months[1], "", CELL), (1 << 12) - 1)
        buffer.add(("new york", months[1], "moped", CELL), (1 << 9) - 1)
        buffer.add(("new york", months[1], "moped", other), 0b111)
        buffer.add(("new york", months[0], "", CELL), (1 << 11) - 1)
    flush_write_buffers(app)


@pytest.mark.usefixtures("_demand")
def test_the_page_shows_half_hours_beside_those_of_the_month_before(
    app: Flask, make_user: UserFactory, months: tuple[datetime, datetime]
) -> None:
    manager = new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))
    query = f"month={months[1]:%Y-%m}"
    page = manager.get(f"/fleet/numbers/unmet-demand?{query}").text
    assert read_figures(page) == {"Unmet demand": "15", "Cells": "2"}
    assert re.findall(r"before: (\d+)<", page) == ["11", "1"]
    assert re.findall(r'<td data-label="Half hours">(\d+)</td>', page) == ["12", "3"]
    mopeds = manager.get(f"/fleet/numbers/unmet-demand?{query}&type=moped").text
    assert read_figures(mopeds)["Unmet demand"] == "12"
    file = manager.get(f"/fleet/numbers/unmet-demand.csv?{query}").text
    assert [row["half_hours"] for row in csv.DictReader(StringIO(file))] == ["12", "3"]


@pytest.mark.usefixtures("_demand")
def test_those_who_may_not_see_persons_see_no_cell_with_few_half_hours(
    app: Flask, make_user: UserFactory
) -> None:
    analyst = new_browser(app).sign_in(make_user("anna", roles={"analyst": ["new york"]}))
    page = analyst.get("/fleet/numbers/unmet-demand").text
    assert read_figures(page) == {"Unmet demand": "12", "Cells": "1"}
    now = datetime.now(UTC)
    assert analyst.get(f"/fleet/numbers/unmet-demand?month={now:%Y-%m}").status_code == 422
    empty = analyst.get("/fleet/numbers/unmet-demand?type=moped").text
    assert "No unmet demand in this month" in empty


def read_pages(months: tuple[datetime, datetime]) -> list[list[CellDemand]]:
    """Return what each audience sees of all types and of mopeds."""
    return [
        read_unmet_demand(find_city(), months, form_factor, hides_few=hides_few)
        for form_factor in (None, FormFactor.MOPED)
        for hides_few in (False, True)
    ]


@pytest.mark.usefixtures("_demand")
def test_months_that_are_counted_show_what_their_days_say_and_can_be_counted_again(
    app: Flask, months: tuple[datetime, datetime]
) -> None:
    with app.app_context():
        of_days = read_pages(months)
        update_unmet_demand(find_city())
        assert read_pages(months) == of_days
        # A late flush of a month that is counted, and is over for long: only a command counts it.
        write_half_hours({("new york", months[0], "", CELL): 1 << 20})
        assert read_pages(months) == of_days
        recompute_unmet_demand(find_city(), months[0], datetime.now(UTC))
        recounted = read_pages(months)
        assert recounted[0][0].previous_half_hours == of_days[0][0].previous_half_hours + 1
        with db.engines["write"].begin() as connection:
            connection.execute(delete(table(UnmetDemandMonth)))
        assert read_pages(months) == recounted
        with db.engines["write"].begin() as connection:
            connection.execute(delete(table(UnmetDemand)))
        assert read_pages(months) == [[], [], [], []]
