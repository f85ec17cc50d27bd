"""The status page: what is good, what is not, and a lost region that holds up nobody."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, update
from sqlalchemy.exc import OperationalError

from tests.factories import UserFactory
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.visitor import Visitor
from tests.waiting import WAIT_TIMEOUT_S
from webapp.db.transactions import execute_write
from webapp.hooks import StatusLevel, StatusLine, StatusSection, get_hooks
from webapp.jobs.models import Job
from webapp.jobs.writing import job_statement
from webapp.mail import MAIL, EncryptedMail
from webapp.observability.runs import observe_call
from webapp.ops import region_probe
from webapp.ops.jobs.queries import KindCounts
from webapp.ops.region_probe import RegionAnswer, RegionProbe
from webapp.ops.status import checks
from webapp.translations import lazy_gettext as _l

GREEN, AMBER, RED = StatusLevel.GREEN, StatusLevel.AMBER, StatusLevel.RED


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(make_user(roles=["admin"]))


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need more than a second for an answer."""
    monkeypatch.setattr(checks, "SLOW_REGION_MS", WAIT_TIMEOUT_S * 1000)


def test_admins_of_all_cities_see_regions_migrations_pools_and_services(admin: Visitor) -> None:
    page = admin.get("/admin/status")
    assert page.status_code == 200
    for words in ("europe-west1", "us-east1", "us-west1", "Migrations", "Last backup", "Payments"):
        assert words in page.text
    assert "answers in" in page.text
    assert "Broken" not in page.text


def test_admins_of_some_cities_and_others_do_not_see_it(app: Flask, make_user: UserFactory) -> None:
    for roles, status in (({"admin": ["paris"]}, 404), (["fleet"], 403), ([], 403)):
        client: Any = app.test_client()
        client.sign_in(make_user(roles=roles))
        assert client.get("/admin/status").status_code == status


def test_a_region_that_does_not_answer_is_red_and_holds_up_nothing(
    app: Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = Event()
    ask = region_probe._ask

    def ask_or_wait(engine: Any, statements: Any) -> RegionAnswer:
        if "us-west1" in str(statements[0].compile(compile_kwargs={"literal_binds": True})):
            released.wait(WAIT_TIMEOUT_S)
        return ask(engine, statements)

    monkeypatch.setattr(region_probe, "_ask", ask_or_wait)
    monkeypatch.setitem(app.config, "REGION_TIMEOUT_S", 0.4)
    page = admin.get("/admin/status").text
    assert not released.is_set()
    released.set()
    assert "no answer" in page
    assert "Look at its nodes" in page
    assert "broken" in page


def test_a_region_with_an_error_is_red_and_one_that_is_slow_is_amber(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> float:
        raise OperationalError("SELECT", {}, Exception("replica unavailable"))

    monkeypatch.setattr(region_probe, "_ask", fail)
    monkeypatch.setattr(checks, "SLOW_REGION_MS", 400)
    with app.test_request_context():
        probe = RegionProbe({"us-east1": [checks.row_statement("us-east1")]})
        assert probe.read() == {"us-east1": None}
        fast, slow = RegionAnswer(3.2, []), RegionAnswer(900.0, [])
        lines = checks.describe_regions({"a": fast, "b": None, "c": slow})
    assert [line.level for line in lines] == [GREEN, RED, AMBER]


def test_the_question_to_a_region_reads_a_row_of_it(app: Flask) -> None:
    statement = str(checks.row_statement("us-west1"))
    assert "WHERE users.region = " in statement
    assert "LIMIT" in statement


@pytest.mark.parametrize(
    ("age", "level"), [(timedelta(hours=3), GREEN), (timedelta(days=3), RED), (None, RED)]
)
def test_a_backup_is_as_good_as_its_file_is_new(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: timedelta | None, level: Any
) -> None:
    file = tmp_path / "backup.done"
    if age:
        file.touch()
        made_at = (datetime.now(UTC) - age).timestamp()
        os.utime(file, (made_at, made_at))
    monkeypatch.setitem(app.config, "BACKUP_FILE", str(file))
    with app.test_request_context():
        (line,) = checks.check_backup()
    assert line.level == level
    assert bool(line.advice) == (level != GREEN)


def test_without_a_backup_file_the_page_says_how_to_tell_it(app: Flask) -> None:
    with app.test_request_context():
        (line,) = checks.check_backup()
    assert (line.level, line.word) == (AMBER, "MovR is not told")
    assert "BACKUP_FILE" in line.advice


def test_a_service_whose_last_call_failed_is_red_until_it_answers(app: Flask) -> None:
    with app.test_request_context():
        with pytest.raises(ConnectionError), observe_call("payments"):
            raise ConnectionError
        assert checks.check_services()[0].level == RED
        with observe_call("payments"):
            pass
        assert checks.check_services()[0].level == GREEN


@pytest.mark.parametrize(("late_min", "level"), [(0, GREEN), (5, AMBER), (20, RED)])
def test_jobs_that_no_worker_takes_are_told(
    app: Flask, admin: Visitor, late_min: int, level: StatusLevel
) -> None:
    due_at = datetime.now(UTC) - timedelta(minutes=late_min)
    with app.app_context():
        execute_write(
            job_statement(MAIL, EncryptedMail("x", "y"), region="us-east1", due_at=due_at)
        )
        waiting, failed = checks.describe_jobs(probe_jobs())
        assert (waiting.level, failed.level) == (level, GREEN)
        execute_write(update(Job).values(failed_at=func.now()))
        waiting, failed = checks.describe_jobs(probe_jobs())
        assert (waiting.level, failed.level, failed.word) == (GREEN, AMBER, "1")
    assert "Waiting" in admin.get("/admin/status").text


@pytest.mark.parametrize(
    ("last_error", "late_min", "level"),
    [
        ("MailNotSent: receipt: ConnectionRefusedError", 2, AMBER),
        ("MailNotSent: receipt: SMTPAuthenticationError 535", 20, RED),
        ("MailNotSent: receipt: SMTPRecipientsRefused 450", 20, GREEN),
        ("KeyError in webapp/rides/jobs.py:3", 20, GREEN),
    ],
)
def test_a_mail_server_that_takes_no_mail_is_told(
    app: Flask, admin: Visitor, last_error: str, late_min: int, level: StatusLevel
) -> None:
    with app.app_context():
        execute_write(job_statement(MAIL, EncryptedMail("x", "y"), region="us-east1"))
        written_at = datetime.now(UTC) - timedelta(minutes=late_min)
        execute_write(update(Job).values(last_error=last_error, created_at=written_at))
        line = checks.describe_mails(probe_jobs())
    assert line.level == level
    page = admin.get("/admin/status").text
    assert (f"1 mail waits, written {late_min} min ago" in page) == (level != GREEN)


def probe_jobs() -> list[KindCounts]:
    region = "us-east1"
    return checks.read_counts(RegionProbe({region: checks.region_statements(region)}).read())


def test_a_schema_that_is_not_ours_is_red(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from webapp.db.compatibility import Revisions

    monkeypatch.setattr(checks, "_read_revisions", lambda: Revisions(frozenset(["0001"]), "0001"))
    with app.test_request_context():
        _, line = checks.check_release()
    assert line.level == RED
    assert "flask db upgrade" in line.advice


def test_modules_add_sections_and_one_that_fails_leaves_the_others(
    app: Flask, admin: Visitor
) -> None:
    def fail() -> list[StatusLine]:
        raise OperationalError("SELECT", {}, Exception("no answer"))

    sections = get_hooks(app).status_sections
    before = list(sections)
    sections += [
        StatusSection(_l("Jobs"), lambda: [StatusLine("mail", AMBER, "12 wait", "Start workers.")]),
        StatusSection(_l("Feeds"), fail),
    ]
    try:
        page = admin.get("/admin/status").text
    finally:
        sections[:] = before
    assert "12 wait" in page
    assert "the database does not answer" in page
    assert "us-east1" in page


def test_feeds_that_are_not_up_to_date_are_told_the_worst_first(app: Flask, admin: Visitor) -> None:
    insert_feed(app)
    insert_feed(app, paused_at=func.now())
    insert_feed(app, source="b.example/late", failures=1, problem="HTTP 503")
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    columns: dict[str, Any] = {
        "city": "paris",
        "region": "europe-west1",
        "last_success_at": long_ago,
    }
    insert_feed(app, source="c.example/old", failures=40, problem="HTTP 404", **columns)
    with app.test_request_context():
        regions = ("us-east1", "europe-west1", "us-west1")
        asked = {each: checks.region_statements(each) for each in regions}
        all_feeds, *lines = checks.describe_feeds(RegionProbe(asked).read())
    assert all_feeds.word == "1 is up to date, 1 is paused"
    assert [(line.name, line.level, line.word) for line in lines] == [
        ("c.example/old, Paris", RED, "HTTP 404"),
        ("b.example/late, New York", AMBER, "HTTP 503"),
    ]
    assert "c.example/old" in admin.get("/admin/status").text


@pytest.mark.parametrize(
    ("feeds", "words"),
    [
        ([{"paused_at": func.now()}], ["1 is paused"]),
        (
            [{}, {"paused_at": func.now()}, *[{"last_success_at": None}] * 2],
            ["1 is up to date, 2 wait for their first run, 1 is paused"],
        ),
        ([{"failures": 1, "problem": "HTTP 503"}], ["HTTP 503"]),
    ],
)
def test_only_feeds_that_are_up_to_date_are_said_to_be(
    app: Flask, feeds: list[dict[str, Any]], words: list[str]
) -> None:
    for number, columns in enumerate(feeds):
        insert_feed(app, source=f"{number}.example", **columns)
    with app.test_request_context():
        asked = {"us-east1": checks.region_statements("us-east1")}
        lines = checks.describe_feeds(RegionProbe(asked).read())
    assert [line.word for line in lines] == words


def test_feeds_that_have_no_line_of_their_own_are_counted_with_the_worst_level(
    app: Flask, admin: Visitor
) -> None:
    with app.test_request_context():
        assert checks.describe_feeds({}) == [StatusLine("All", GREEN, "there are none")]
    for number in range(checks.MAX_FEED_LINES + 1):
        insert_feed(app, source=f"{number}.example", failures=1, problem="HTTP 503")
    with app.test_request_context():
        asked = {"us-east1": checks.region_statements("us-east1")}
        all_feeds, *lines = checks.describe_feeds(RegionProbe(asked).read())
    assert (all_feeds.level, all_feeds.word) == (AMBER, "9 need a look")
    assert len(lines) == checks.MAX_FEED_LINES
