"""How far people come, counted without knowing who they are."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.email_steps import NEW_PASSWORD_FIELDS, REGISTRATION
from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.numbers.steps import add_rides
from tests.visitor import Visitor
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.db.write_buffer import flush_write_buffers
from webapp.extensions import db
from webapp.numbers.services import update_rollups
from webapp.numbers.usage import recording
from webapp.numbers.usage.enums import UsageStep
from webapp.numbers.usage.first_rides import update_first_rides
from webapp.numbers.usage.models import UsageCount
from webapp.regions.moving import move_rows_statement

BROWSER = {"User-Agent": "Mozilla/5.0 (X11) Firefox/140.0"}


def read_counts(app: Flask) -> dict[str, int]:
    flush_write_buffers(app)
    usage = table(UsageCount).c
    with app.app_context():
        rows = db.session.execute(select(usage.step, usage.number)).all()
    return {row.step: row.number for row in rows}


def test_pages_are_counted(app: Flask, make_vehicle: VehicleFactory) -> None:
    with app.app_context():
        vehicle = make_vehicle()
    person = new_browser(app)
    for path in ("/", "/city/new york", "/city/new york?type=moped", "/city/new york?after=x"):
        person.get(path, headers=BROWSER)
    person.get(f"/vehicles/{vehicle.public_key}", headers=BROWSER)
    person.get("/vehicles/us-east1.3fa85f64-5717-4562-b3fc-2c963f66afa6", headers=BROWSER)
    assert read_counts(app) == {"search": 3, "empty_search": 1, "vehicle": 1}
    person.get("/", headers=BROWSER)
    assert read_counts(app)["search"] == 4


def test_a_new_account_is_counted_in_its_home_city(app: Flask, visitor: Visitor) -> None:
    data = {"csrf_token": visitor.token(), **REGISTRATION, **NEW_PASSWORD_FIELDS}
    assert visitor.post("/register", data=data, headers=BROWSER).status_code == 303
    assert read_counts(app)["sign_up"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
        {**BROWSER, "Sec-Fetch-Dest": "empty"},  # a script of the page
    ],
)
def test_programs_and_scripts_do_not_count(
    app: Flask, visitor: Visitor, headers: dict[str, str]
) -> None:
    visitor.get("/", headers=headers)
    assert read_counts(app) == {}


def test_counting_can_be_switched_off(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "COUNT_USAGE", False)
    visitor.get("/", headers=BROWSER)
    assert read_counts(app) == {}


def test_no_column_says_who_it_was() -> None:
    assert [column.name for column in table(UsageCount).columns] == [
        "region", "city", "day_at", "step", "origin", "number",
    ]  # fmt: skip


def test_counts_of_a_city_that_moves_are_those_of_both_regions(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers count on while rows are moving."""
    key = ("new york", datetime.now(UTC), UsageStep.SEARCH)
    with app.app_context():
        recording.write_counts({key: 3})
        monkeypatch.setattr(find_city(), "region", "europe-west1")
        recording.write_counts({key: 4})
        usage = table(UsageCount)
        statement = move_rows_statement(usage, "new york", "us-east1", "europe-west1", 100)
        execute_write(statement)
        assert sorted(db.session.scalars(select(usage.c.number))) == [3, 4]


@pytest.fixture
def _usage(app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory) -> None:
    """Forty searches of today, twenty of 40 days ago; two riders, one of whom rode three times."""
    now = datetime.now(UTC)
    with app.app_context():
        recording.write_counts(
            {
                ("new york", now - timedelta(hours=1), UsageStep.SEARCH): 40,
                ("new york", now - timedelta(hours=1), UsageStep.VEHICLE): 10,
                ("new york", now - timedelta(days=40), UsageStep.SEARCH): 20,
            }
        )
        vehicle = make_vehicle()
        for rider, rides in ((make_user("anna"), 3), (make_user("ben"), 1)):
            starts = [now - timedelta(days=2) + timedelta(hours=n) for n in range(rides)]
            add_rides(
                rider,
                vehicle,
                [{"started_at": at, "ended_at": at + timedelta(minutes=5)} for at in starts],
            )
        update_first_rides(find_city(), now)
        update_rollups(find_city())


def read_steps(page: str) -> dict[str, list[str]]:
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page, re.DOTALL)
    return {name: re.findall(r"<td[^>]*>([^<]*)<", cells)[:-1] for name, cells in rows}


@pytest.mark.usefixtures("_usage")
def test_the_page_shows_the_funnel_beside_the_time_before(
    app: Flask, make_user: UserFactory
) -> None:
    manager = new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))
    steps = read_steps(manager.get("/fleet/numbers/usage").text)
    assert steps["Search"] == ["40", "20", "–", "–"]
    assert steps["Vehicle"] == ["10", "0", "25%", "0%"]
    assert steps["First ride"][:2] == ["2", "0"]
    assert steps["Second ride"] == ["1", "0", "50%", "–"]
    file = csv.DictReader(StringIO(manager.get("/fleet/numbers/usage.csv").text))
    assert [row["number"] for row in file if row["step"] == "search"] == ["20", "40"]


@pytest.mark.usefixtures("_usage")
def test_those_who_may_not_see_persons_see_no_small_counts(
    app: Flask, make_user: UserFactory
) -> None:
    analyst = new_browser(app).sign_in(make_user("anne", roles={"analyst": ["new york"]}))
    steps = read_steps(analyst.get("/fleet/numbers/usage").text)
    assert steps["First ride"][0] == "few"
    assert steps["Start of a ride"][0] == "0"
    assert analyst.get("/fleet/numbers/usage?range=30d").status_code == 422
