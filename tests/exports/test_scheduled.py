"""Exports whose links staff get by mail again and again."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.auth.steps import new_browser, read_audit_events
from tests.exports.steps import EXPORTS
from tests.factories import UserFactory
from tests.job_steps import read_mails, run_jobs
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.exports.enums import ExportPeriod
from webapp.exports.jobs import send_due_exports
from webapp.exports.models import ScheduledExport
from webapp.exports.periods import find_last_period, find_next_due
from webapp.exports.scheduled import MAX_SCHEDULED
from webapp.extensions import db
from webapp.jobs.kinds import NoPayload, RunningJob

REGION = "us-east1"


def schedule(visitor: Visitor, query: str, period: str = "week") -> int:
    status: int = visitor.send(f"{EXPORTS}/scheduled?{query}", period=period).status_code
    return status


def read_scheduled(app: Flask) -> list[ScheduledExport]:
    with app.app_context():
        return list(db.session.scalars(select(ScheduledExport)))


def send_due(app: Flask, make_job: RunningJob) -> list[str]:
    """Let all be due, run the job, and return the texts of the mails."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    with app.app_context():
        execute_write(update(table(ScheduledExport)).values(due_at=past))
        send_due_exports(NoPayload(), make_job)
        send_due_exports(NoPayload(), make_job)  # the second finds nothing to do
    run_jobs(app)
    return [each.body for each in read_mails(app)]


@pytest.fixture
def running_job() -> RunningJob:
    from uuid import uuid4

    from webapp.db.keys import RowKey

    return RunningJob(
        RowKey(REGION, uuid4()), "scheduled_exports", {}, "lease", 1, datetime.now(UTC)
    )


def test_a_link_with_the_days_before_comes_by_mail_once(
    app: Flask, manager: Visitor, running_job: RunningJob
) -> None:
    assert schedule(manager, "table=rides&city=new+york&first_day=2026-01-01") == 303
    (scheduled,) = read_scheduled(app)
    assert scheduled.filters == {}
    (text,) = send_due(app, running_job)
    zone = ZoneInfo("America/New_York")
    days = find_last_period(ExportPeriod.WEEK, datetime.now(zone).date())
    assert f"first_day={days.first}&last_day={days.last}" in text
    (after,) = read_scheduled(app)
    assert after.due_at == find_next_due(ExportPeriod.WEEK, datetime.now(UTC), zone)
    link = text.partition("/fleet/exports")[2].split()[0]
    assert "Export of New York: Rides" in manager.get(f"{EXPORTS}{link}").text


def test_a_closed_account_gets_no_mail(
    app: Flask, manager: Visitor, running_job: RunningJob
) -> None:
    schedule(manager, "table=vehicles")
    with app.app_context():
        execute_write(update(table(User)).values(disabled_at=datetime.now(UTC)))
    assert send_due(app, running_job) == []


def test_the_filter_is_kept_and_the_list_shows_it(app: Flask, manager: Visitor) -> None:
    assert schedule(manager, "table=vehicles&state=missing&city=new+york", "day") == 303
    assert read_scheduled(app)[0].filters == {"state": "missing"}
    page = manager.get(EXPORTS).text
    assert "Every day" in page
    assert "state=missing" in page


def test_what_is_ended_is_gone_and_another_cannot_end_it(
    app: Flask, manager: Visitor, mechanic: Visitor
) -> None:
    schedule(manager, "table=vehicles")
    export_id = str(read_scheduled(app)[0].id)
    mechanic.send(f"{EXPORTS}/scheduled/end", id=export_id)
    assert len(read_scheduled(app)) == 1
    manager.send(f"{EXPORTS}/scheduled/end", id=export_id)
    assert read_scheduled(app) == []
    kinds = [event.kind for event in read_audit_events(app)]
    assert kinds.count(AuditKind.EXPORT_SCHEDULED) == 1
    assert kinds.count(AuditKind.EXPORT_UNSCHEDULED) == 1


@pytest.mark.parametrize(
    ("query", "period", "status"),
    [
        ("table=vehicles&city=paris", "day", 404),
        ("table=ledger", "day", 404),
        ("table=vehicles&state=nonsense", "day", 422),
        ("table=vehicles", "hour", 422),
        ("", "day", 422),
    ],
)
def test_what_may_not_be_exported_is_not_scheduled(
    app: Flask, manager: Visitor, query: str, period: str, status: int
) -> None:
    assert schedule(manager, query, period) == status
    assert read_scheduled(app) == []


def test_an_account_has_so_many_at_most(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.exports.scheduled.MAX_SCHEDULED", 1)
    assert MAX_SCHEDULED == 20  # the text says so
    manager = new_browser(app).sign_in(make_user("nora", roles=["fleet"]))
    assert schedule(manager, "table=vehicles") == 303
    assert schedule(manager, "table=vehicles") == 409
    assert len(read_scheduled(app)) == 1


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (ExportPeriod.DAY, date(2026, 2, 28), date(2026, 2, 28)),
        (ExportPeriod.WEEK, date(2026, 2, 16), date(2026, 2, 22)),
        (ExportPeriod.MONTH, date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_the_period_is_the_last_one_that_is_over(
    period: ExportPeriod, first: date, last: date
) -> None:
    assert find_last_period(period, date(2026, 3, 1)) == (first, last)


@pytest.mark.parametrize(
    ("period", "due"),
    [
        (ExportPeriod.DAY, "2026-03-08 06:00-04:00"),  # the clock goes forward in that night
        (ExportPeriod.WEEK, "2026-03-09 06:00-04:00"),
        (ExportPeriod.MONTH, "2026-04-01 06:00-04:00"),
    ],
)
def test_it_is_due_in_the_morning_after_by_the_clock_of_the_city(
    period: ExportPeriod, due: str
) -> None:
    saturday = datetime(2026, 3, 8, 3, tzinfo=UTC)  # 22:00 on the 7th in New York
    zone = ZoneInfo("America/New_York")
    assert find_next_due(period, saturday, zone) == datetime.fromisoformat(due)
