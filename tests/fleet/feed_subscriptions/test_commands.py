"""``flask fleet feeds``: add, list, pause, resume, run and remove."""

from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, text

from tests.fleet.commands import check_refusal
from tests.fleet.feed_subscriptions.steps import (
    REGION,
    SECRET,
    change,
    feeds,
    publish,
    read_runs,
    read_states,
    read_subscription,
    run_due,
    subscribe,
)
from tests.fleet.gbfs.feeds import FeedServer
from tests.job_steps import run_jobs
from webapp.audit.models import AuditEvent
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.feed_subscriptions import runs
from webapp.fleet.feed_subscriptions.durations import format_duration_s, parse_duration_s
from webapp.fleet.feed_subscriptions.models import FeedSubscription
from webapp.fleet.feed_subscriptions.statements import enqueue_due_statement
from webapp.ops.jobs.running import JobOutcome


def add(app: Flask, url: str, *options: str, city: str = "new york") -> str:
    return feeds(app, "add", url, "--city", city, "--allow-private", *options).output


def count_subscriptions(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(FeedSubscription)) or 0


def test_adding_says_what_was_found_and_when_it_is_read(
    app: Flask, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1", "v2")
    output = add(app, url, "--every", "90s")
    key = read_subscription(app).key
    host = url.removeprefix("http://")
    assert f"New York is subscribed to {host}: {key}\n" in output
    assert "system acme_nyc, 2 usable vehicles now" in output
    assert "read every 1m 30s; the first time within a minute" in output
    assert read_states(app) == {}


def test_a_longer_ttl_of_the_feed_is_named(app: Flask, feed_server: FeedServer) -> None:
    assert "read every 30m, the feed's ttl" in add(app, publish(feed_server, "v1", ttl=1800))


@pytest.mark.parametrize(
    ("text_", "seconds"),
    [("90s", 90), ("5m", 300), ("1h", 3600), ("1h 30m", 5400), (" 1H30m ", 5400), ("1d", 86400)],
)
def test_durations_are_read_in_plain_forms(text_: str, seconds: int) -> None:
    assert parse_duration_s(text_) == seconds
    assert parse_duration_s(format_duration_s(seconds)) == seconds


@pytest.mark.parametrize("text_", ["5", "", "five minutes", "-5m", "1.5h", "59s", "2d", "m", "٥m"])
def test_other_periods_are_refused(app: Flask, feed_server: FeedServer, text_: str) -> None:
    result = feeds(app, "add", publish(feed_server, "v1"), "--city", "paris", "--every", text_)
    assert result.exit_code == 2
    assert "it must be" in result.output
    assert count_subscriptions(app) == 0


def test_the_same_feed_is_refused_a_second_time_also_with_another_key(
    app: Flask, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1")
    add(app, f"{url}?token=one")
    result = feeds(app, "add", f"{url}?token=two", "--city", "new york", "--allow-private")
    check_refusal(result, "subscribed to that feed already")
    assert count_subscriptions(app) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [("ftp://a.example/gbfs.json", "http or https"), ("gbfs.json", "http"), ("http://[", "no URL")],
)
def test_what_is_no_address_is_refused(app: Flask, url: str, words: str) -> None:
    result = feeds(app, "add", url, "--city", "paris")
    assert result.exit_code == 2
    assert words in result.output


def test_a_feed_that_cannot_be_read_or_imported_is_not_subscribed_to(
    app: Flask, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1")
    arguments = ("add", url, "--city")
    refusal = feeds(app, *arguments, "paris", "--allow-private")
    check_refusal(refusal, "They are near New York", "flask fleet import-gbfs http")
    check_refusal(feeds(app, *arguments, "new york"), "no public address")
    check_refusal(feeds(app, *arguments, "atlantis"), "There is no city")
    feed_server.answers["/gbfs.json"] = 410
    check_refusal(feeds(app, *arguments, "new york", "--allow-private"), "gone for good")
    assert count_subscriptions(app) == 0


def test_keys_are_used_in_runs_and_stand_nowhere_in_plain_text(
    app: Flask, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1")
    output = add(app, f"{url}?token={SECRET}", "--header", f"X-Key: {SECRET}")
    feed_server.requests.clear()
    run_due(app)
    assert all(
        SECRET in path and headers["X-Key"] == SECRET for path, headers in feed_server.requests
    )
    feed_server.answers["/gbfs.json"] = 500
    run_due(app)
    assert "HTTP 500" in feeds(app, "list").output
    with db_connection(app) as connection:
        for table in ("feed_subscriptions", "feed_runs", "events", "jobs", "imported_feeds"):
            rows = connection.execute(text(f"SELECT {table}::text FROM {table}")).scalars().all()
            assert SECRET not in "".join(rows), table
    for shown in (output, feeds(app, "list").output):
        assert SECRET not in shown


def db_connection(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        return db.engines["write"].connect()


def test_the_list_shows_how_each_is_and_why(app: Flask, feed_server: FeedServer) -> None:
    assert "There is no subscription." in feeds(app, "list").output
    url = publish(feed_server, "v1")
    key = str(subscribe(app, url).key)
    assert "Waits for its first run" in feeds(app, "list").output
    run_due(app)
    output = feeds(app, "list").output
    for words in (key, "new york", "Up to date", "5m", url.removeprefix("http://")):
        assert words in output
    feed_server.answers["/gbfs.json"] = 503
    run_due(app)
    output = feeds(app, "list", "--city", "new york").output
    assert "Failing" in output
    assert f"{key}: {url} answers with HTTP 503." in output
    assert "There is no subscription." in feeds(app, "list", "--city", "paris").output


def test_a_paused_feed_is_not_run_until_it_is_resumed(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url)
    assert "is paused" in feeds(app, "pause", url).output
    assert run_due(app) == []
    assert "Paused" in feeds(app, "list").output
    assert "is read again" in feeds(app, "resume", url).output
    assert len(run_due(app)) == 1


def test_a_feed_is_run_by_hand_also_while_it_is_paused(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url)
    feeds(app, "pause", url)
    assert "1 new, 0 updated" in feeds(app, "run", url).output
    assert [run.result for run in read_runs(app)] == ["imported"]
    assert read_subscription(app).paused_at


def test_a_feed_that_runs_is_not_run_twice(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1")
    subscription = subscribe(app, url)
    change(app, run_id=subscription.id, run_until=func.now() + text("interval '1 minute'"))
    check_refusal(feeds(app, "run", url), "It runs already")
    assert run_due(app) == []


def test_removing_says_what_becomes_of_the_vehicles(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1")
    key = str(subscribe(app, url).key)
    run_due(app)
    output = feeds(app, "remove", key).output
    assert "New York is no longer subscribed to" in output
    assert "flask fleet forget-feed 'acme_nyc' --city 'new york'" in output
    assert count_subscriptions(app) == 0
    assert read_runs(app) == []
    assert read_states(app) == {"v1": "available"}
    check_refusal(feeds(app, "remove", key), "There is no such subscription")


def test_removing_can_take_the_vehicles_along(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url)
    run_due(app)
    assert "1 vehicles deleted" in feeds(app, "remove", url, "--with-vehicles").output
    assert read_states(app) == {}


def test_vehicles_are_not_removed_while_a_run_writes_them(
    app: Flask, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url)
    run_due(app)
    publish(feed_server, "v1", "v2")
    answer = feed_server.answers["/vehicle_status.json"]
    refusals: list[Result] = []

    def remove_and_answer() -> Any:
        refusals.append(feeds(app, "remove", url, "--with-vehicles"))
        return answer

    feed_server.answers["/vehicle_status.json"] = remove_and_answer
    run_due(app)
    assert refusals
    for refusal in refusals:
        check_refusal(refusal, "It runs already")
    assert read_states(app) == {"v1": "available", "v2": "available"}
    assert len(read_runs(app)) == 2
    assert "2 vehicles deleted" in feeds(app, "remove", url, "--with-vehicles").output
    assert read_states(app) == {}


def test_a_run_that_waits_neither_stops_a_removal_nor_runs_after_it(
    app: Flask, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url)
    run_due(app)
    change(app, due_at=func.now())
    with app.app_context():
        assert execute_write(enqueue_due_statement(REGION))
    assert "1 vehicles deleted" in feeds(app, "remove", url, "--with-vehicles").output
    assert run_jobs(app) == [JobOutcome.DONE]
    assert read_states(app) == {}


def test_a_run_that_is_interrupted_gives_the_feed_back_at_once(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url)

    def interrupt(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs, "import_feed", interrupt)
        result = app.test_cli_runner().invoke(args=["fleet", "feeds", "run", url])
    assert (result.exit_code, result.output.strip()) == (1, "Aborted!")
    subscription = read_subscription(app)
    assert (subscription.run_id, subscription.run_until) == (None, None)
    assert "1 new, 0 updated" in feeds(app, "run", url).output


def test_several_feeds_of_one_address_are_told_apart_by_their_keys(
    app: Flask, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1")
    for query in ("?area=a", "?area=b"):
        add(app, url + query)
    check_refusal(feeds(app, "remove", url), "Several are meant")
    assert count_subscriptions(app) == 2


def test_each_decision_is_in_the_audit_trail(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1")
    key = subscribe(app, url).key
    for command in ("pause", "resume", "run", "remove"):
        feeds(app, command, url)
    with app.app_context():
        events = db.session.execute(
            select(AuditEvent.kind, AuditEvent.subject).order_by(AuditEvent.at)
        ).all()
    kinds = ["subscribed", "paused", "resumed", "run_requested", "removed"]
    decisions = [tuple(event) for event in events if event.kind.startswith("feed.")]
    assert decisions == [(f"feed.{kind}", f"feed {key}") for kind in kinds]


def test_forgetting_the_vehicles_of_a_subscribed_feed_warns(
    app: Flask, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url)
    run_due(app)

    def forget() -> str:
        arguments = ["fleet", "forget-feed", "acme_nyc", "--city", "new york"]
        return app.test_cli_runner().invoke(args=arguments).output

    assert "workers add its vehicles again" in forget()
    feeds(app, "pause", url)
    assert "workers add" not in forget()


def test_each_command_that_changes_a_feed_records_why(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1")
    add(app, url, "--why", "A new partner")
    for command, why in (("pause", "Works at their side"), ("resume", "Done"), ("remove", "Ended")):
        assert feeds(app, command, url, "--why", why).exit_code == 0
    query = select(AuditEvent.kind, AuditEvent.details["why"].astext)
    query = query.where(AuditEvent.kind.startswith("feed.")).order_by(AuditEvent.at)
    with app.app_context():
        assert list(map(tuple, db.session.execute(query))) == [
            ("feed.subscribed", "A new partner"),
            ("feed.paused", "Works at their side"),
            ("feed.resumed", "Done"),
            ("feed.removed", "Ended"),
        ]


@pytest.mark.parametrize("why", ["two\nlines", "x" * 1001])
def test_a_reason_that_is_no_line_is_refused(app: Flask, feed_server: FeedServer, why: str) -> None:
    result = feeds(app, "add", publish(feed_server, "v1"), "--city", "paris", "--why", why)
    assert result.exit_code == 2
    assert "it is one line of at most" in result.output
    assert count_subscriptions(app) == 0
