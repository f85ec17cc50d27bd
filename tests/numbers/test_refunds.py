"""Refunds beside revenue: they agree with the ledger."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import new_browser
from tests.factories import PlanFactory, UserFactory, find_city
from tests.numbers.steps import read_figures, read_file
from tests.rides.disputes.steps import send_answer, send_message
from tests.rides.steps import PRICE, MakeEndedRide, make_ended_ride  # noqa: F401 - a fixture
from tests.visitor import Visitor
from webapp.db.types import table
from webapp.extensions import db
from webapp.numbers.enums import DayMetric, Period
from webapp.numbers.models import RollupTotal
from webapp.numbers.month_suppression import suppress_small_counts
from webapp.numbers.periods import find_start
from webapp.numbers.rollups import MetricKey
from webapp.numbers.services import roll_up, update_rollups
from webapp.riders.wallet.enums import EntryKind, LedgerAccount
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.rides.disputes.models import DisputeMessage
from webapp.rides.models import Ride


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))


@pytest.fixture
def _refunds(
    app: Flask,
    make_user: UserFactory,
    make_plan: PlanFactory,
    make_ended_ride: MakeEndedRide,  # noqa: F811
    manager: Visitor,
) -> None:
    """Three rides of $3.50: one is refunded in two parts, one whole, with a bicycle."""
    make_plan(**PRICE)
    for form_factor, refunds in (("bicycle", ["3.50"]), ("moped", ["1", "0.50"]), ("moped", [])):
        rider = make_user()
        ride = make_ended_ride(rider.key, form_factor=form_factor)
        visitor = new_browser(app).sign_in(rider)
        for refund in refunds:
            send_message(visitor, ride, f"It never unlocked. {refund}")
            send_answer(manager, ride, f"Sorry. {refund}", refund=refund)
    with app.app_context():
        update_rollups(find_city())


def sum_ledger() -> int:
    """Return what the ledger has given back to riders for rides."""
    entries, lines = table(WalletEntry).c, table(WalletLine).c
    query = select(func.sum(lines.amount)).where(
        lines.region == entries.region,
        lines.entry_id == entries.id,
        lines.account == LedgerAccount.RIDER.value,
        entries.kind == EntryKind.REFUND.value,
    )
    return int(db.session.scalar(query) or 0)


def read_refund_totals(period: Period) -> dict[tuple[str, str], int]:
    totals = table(RollupTotal).c
    query = select(totals.form_factor, totals.metric, totals.value).where(
        totals.metric.in_(list(DayMetric)), totals.period == period, ~totals.hides_few
    )
    return {(form, metric): value for form, metric, value in db.session.execute(query)}


@pytest.mark.usefixtures("_refunds")
def test_refunds_of_days_and_months_are_those_of_the_ledger(app: Flask) -> None:
    with app.app_context():
        expected = {
            ("", "refunds"): sum_ledger(),
            ("", "refund_count"): 3,
            ("bicycle", "refunds"): 350,
            ("bicycle", "refund_count"): 1,
            ("moped", "refunds"): 150,
            ("moped", "refund_count"): 2,
        }
        assert sum_ledger() == 500
        for period in (Period.DAY, Period.MONTH):
            assert read_refund_totals(period) == expected
        now = datetime.now(UTC)
        roll_up(find_city(), now - timedelta(days=3), now)
        assert read_refund_totals(Period.DAY) == expected


@pytest.mark.usefixtures("_refunds")
def test_the_page_shows_what_is_left_of_the_revenue(manager: Visitor) -> None:
    page = manager.get("/fleet/numbers?range=7d").text
    figures = read_figures(page)
    assert (figures["Revenue"], figures["Refunds"]) == ("$10.50", "$5.00")
    assert figures["Net revenue"] == "$5.50"
    assert '<td data-label="Refunds">$5.00</td>' in page
    hours = manager.get("/fleet/numbers?range=24h").text
    assert "Refunds" not in read_figures(hours)
    rows = read_file(manager, "range=30d")
    assert {"refunds": "500", "refund_count": "3"}.items() <= {
        row["metric"]: row["value"] for row in rows
    }.items()


@pytest.mark.usefixtures("_refunds")
def test_refunds_of_a_few_are_shown_only_to_those_who_may_see_persons(
    app: Flask, make_user: UserFactory
) -> None:
    analyst = new_browser(app).sign_in(make_user("anna", roles={"analyst": ["new york"]}))
    now = datetime.now(UTC)
    with app.app_context():
        start = find_start(Period.MONTH, now, find_city().zone)
        values: dict[str, Any] = {"at": start - timedelta(days=3)}
        with db.engines["write"].begin() as connection:
            connection.execute(update(table(DisputeMessage)).values(values))
            ends = {"started_at": values["at"] - timedelta(minutes=9), "ended_at": values["at"]}
            connection.execute(update(table(Ride)).values(ends))
        roll_up(find_city(), start - timedelta(days=5), now)
    assert "Refunds" not in read_figures(analyst.get("/fleet/numbers?range=30d").text)
    assert read_figures(analyst.get("/fleet/numbers?range=12m").text)["Refunds"] == "few"
    assert not {row["metric"] for row in read_file(analyst, "range=12m")} & set(DayMetric)


def test_few_refunds_of_a_type_are_in_no_sum() -> None:
    def make(form_factor: str, count: int, amount: int) -> dict[MetricKey, int]:
        return {
            MetricKey(DayMetric.REFUND_COUNT, "", form_factor): count,
            MetricKey(DayMetric.REFUNDS, "USD", form_factor): amount,
        }

    shown = make("bicycle", 10, 9000)
    sums = {**shown, **make("moped", 9, 777)}
    assert suppress_small_counts(sums) == {**shown, **make("", 10, 9000)}
