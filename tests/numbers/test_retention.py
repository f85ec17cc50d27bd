"""Riders by the month of their first ride, and who of them rode again."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

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
from webapp.numbers.ranges import MOMENT
from webapp.numbers.retention import services
from webapp.numbers.retention.models import RiderCohort
from webapp.numbers.retention.queries import read_cohorts
from webapp.numbers.retention.services import recompute_cohorts, update_cohorts
from webapp.numbers.services import update_rollups
from webapp.riders.services.account_deletion import delete_account


def list_months(count: int) -> list[datetime]:
    """Return when the last months began that are over."""
    zone = find_city().zone
    months = [find_start(Period.MONTH, datetime.now(UTC) - timedelta(hours=26), zone)]
    while len(months) <= count:
        months.append(find_start(Period.MONTH, months[-1] - MOMENT, zone))
    return months[:0:-1]


@pytest.fixture
def months(app: Flask) -> list[datetime]:
    """Three months that are over."""
    with app.app_context():
        return list_months(3)


@pytest.fixture
def add_riders(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, months: list[datetime]
) -> Callable[..., list[str]]:
    """Return a function that makes riders who ride in some of the months:
    ``add_riders(5, 0, 2)``."""

    def add(count: int, *numbers: int) -> list[str]:
        names = []
        with app.app_context():
            vehicle = make_vehicle()
            for _ in range(count):
                rider = make_user()
                names.append(rider.username)
                rides = [
                    {"started_at": at, "ended_at": at + timedelta(minutes=5)}
                    for number in numbers
                    for at in (
                        months[number] + timedelta(days=3),
                        months[number] + timedelta(days=9),
                    )
                ]
                add_rides(rider, vehicle, rides)
        return names

    return add


def read_counts() -> Counter[tuple[datetime, datetime]]:
    cohorts = table(RiderCohort).c
    rows = db.session.execute(select(cohorts.first_month_at, cohorts.month_at, cohorts.riders))
    return Counter({(first_at, month_at): riders for first_at, month_at, riders in rows})


def update_all() -> None:
    update_rollups(find_city())
    update_cohorts(find_city())


def test_each_rider_counts_once_a_month_in_the_cohort_of_the_first_ride(
    app: Flask,
    add_riders: Callable[..., list[str]],
    months: list[datetime],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for riders in ((3, 0), (2, 0, 2), (1, 0, 1, 2), (4, 1), (2, 1, 2)):
        add_riders(*riders)
    first, second, third = months
    expected = {
        (first, first): 6,
        (first, second): 1,
        (first, third): 3,
        (second, second): 6,
        (second, third): 2,
    }
    with app.app_context():
        update_cohorts(find_city())
        assert read_counts() == {}  # a city without sums may be moving
        update_all()
        assert read_counts() == expected
        recompute_cohorts(find_city(), first, datetime.now(UTC))
        assert read_counts() == expected
        counted: list[datetime] = []
        monkeypatch.setattr(services, "replace_cohorts", lambda _, month: counted.append(month))
        update_all()
        assert counted == []  # a month that is over is counted once


def test_a_deleted_account_stays_in_the_counts(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    months: list[datetime],
) -> None:
    rider = make_user()
    at = months[-1] + timedelta(days=2)
    with app.app_context():
        add_rides(rider, make_vehicle(), [{"started_at": at, "ended_at": at}])
        update_all()
        before = read_counts()
        assert before
        delete_account(rider)
        update_all()
        assert read_counts() == before


def test_groups_in_which_few_rode_or_few_did_not_are_hidden(
    app: Flask,
    add_riders: Callable[..., list[str]],
    months: list[datetime],
    make_user: UserFactory,
) -> None:
    add_riders(10, 0, 1)  # all of the first cohort but the next ones rode
    add_riders(11, 0, 2)
    add_riders(9, 1)
    with app.app_context():
        update_all()
        cohorts = {
            hides_few: read_cohorts(find_city(), months, hides_few=hides_few)
            for hides_few in (False, True)
        }

    def list_shown(hides_few: bool) -> list[tuple[int | None, list[int | None]]]:
        return [
            (cohort.riders, [each.riders for each in cohort.returned])
            for cohort in cohorts[hides_few]
        ]

    assert list_shown(False) == [(0, []), (9, [0]), (21, [10, 11])]
    assert list_shown(True) == [(0, []), (None, [None]), (21, [10, 11])]
    add_riders(2, 0, 1)  # 23: 12 rode in the second month, 11 in the third
    add_riders(3, 0, 1, 2)
    with app.app_context():
        recompute_cohorts(find_city(), months[0], datetime.now(UTC))
        cohorts[True] = read_cohorts(find_city(), months, hides_few=True)
        assert list_shown(True)[-1] == (26, [15, 14])
        last = f"{months[-1].astimezone(find_city().zone):%Y-%m}"
    analyst = new_browser(app).sign_in(make_user("anna", roles={"analyst": ["new york"]}))
    page = analyst.get("/fleet/numbers/retention").text
    assert ">few<" in page
    assert ">58%<" in page
    file = analyst.get("/fleet/numbers/retention.csv").text
    assert file.splitlines()[0] == "city,first_month,month,riders"
    # On the first of a month, the page has one more month that is over.
    shown = [line for line in file.splitlines() if line.split(",")[2] <= last]
    assert sum(line.endswith(",few") for line in shown) == 2
    assert ",15" in file


def test_without_riders_the_page_says_so(visitor: Visitor, make_user: UserFactory) -> None:
    visitor.sign_in(make_user("nora", roles={"fleet": ["new york"]}))
    assert "No riders yet" in visitor.get("/fleet/numbers/retention").text


@pytest.mark.slow
@pytest.mark.postgresql_plans
@pytest.mark.usefixtures("app_context")
def test_counting_a_month_reads_its_rides_by_an_index(
    make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    """And of each rider the first ride."""
    city = find_city()
    add_many_rides(make_user(), make_vehicle())
    months = services.list_cohort_months(city, list_months(1)[0])
    query = services.cohorts_query(city, months)
    plan = explain_plan(lambda: db.session.execute(query).all())
    assert "rides" not in plan.read_whole
    assert plan.table_rows < 31 * 24 + 100
