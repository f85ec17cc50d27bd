"""Runs of subscriptions: what is read, what is written, and what follows from a bad one."""

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import requests
from flask import Flask
from prometheus_client import REGISTRY
from sqlalchemy import func, select, update

from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.fleet.feed_subscriptions.steps import (
    change,
    feeds,
    publish,
    read_runs,
    read_states,
    read_subscription,
    run_due,
    subscribe,
)
from tests.fleet.gbfs.feeds import FeedServer, vehicle
from tests.waiting import WAIT_TIMEOUT_S
from webapp.audit.models import AuditEvent
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.feed_subscriptions import runs
from webapp.fleet.feed_subscriptions.enums import FeedHealth, RunResult
from webapp.fleet.feed_subscriptions.health import FeedFacts
from webapp.fleet.feed_subscriptions.metrics import count_feeds
from webapp.fleet.feed_subscriptions.models import FeedRun, FeedSubscription
from webapp.fleet.feed_subscriptions.runs import pause_s
from webapp.fleet.feeds import services
from webapp.fleet.feeds.writing import write_batch
from webapp.fleet.gbfs.http_files import FileVersion
from webapp.ops.retention import delete_old_rows
from webapp.regions.models import City
from webapp.regions.moving import list_city_tables
from webapp.web import fetching

FILES = {"/gbfs.json", "/system_information.json", "/vehicle_status.json", "/vehicle_types.json"}


def health(subscription: FeedSubscription) -> FeedHealth:
    return FeedFacts.from_subscription(subscription).health


def seconds_until_next(subscription: FeedSubscription) -> float:
    assert subscription.last_run_at
    return (subscription.due_at - subscription.last_run_at).total_seconds()


def test_a_new_subscription_is_imported_and_then_kept_up_to_date(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1", "v2"))
    (run,) = run_due(app)
    assert (run.result, run.new_count, run.missing_count) == ("imported", 2, 0)
    publish(feed_server, "v2", "v3")
    run = run_due(app)[-1]
    assert (run.result, run.new_count, run.updated_count, run.missing_count) == (
        "imported",
        1,
        1,
        1,
    )
    assert read_states(app) == {"v1": "missing", "v2": "available", "v3": "available"}
    subscription = read_subscription(app)
    assert (subscription.system, subscription.vehicle_count) == ("acme_nyc", 2)
    assert (subscription.failures, subscription.problem, subscription.run_id) == (0, "", None)
    assert health(subscription) is FeedHealth.UP_TO_DATE
    assert 290 < seconds_until_next(subscription) <= 300


def test_a_feed_that_has_not_changed_is_asked_for_by_its_etags_and_no_vehicle_is_touched(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    run_due(app)
    feed_server.requests.clear()
    monkeypatch.setattr(runs, "import_feed", lambda *_: pytest.fail("vehicles were read"))
    assert run_due(app)[-1].result == "unchanged"
    asked = {path: headers.get("If-None-Match") for path, headers in feed_server.requests}
    assert asked == {path: feed_server.etags[path] for path in FILES}
    assert health(read_subscription(app)) is FeedHealth.UP_TO_DATE


def test_when_the_vehicles_have_changed_each_file_is_asked_for_once(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, *(f"v{number}" for number in range(20))))
    run_due(app)
    publish(feed_server, *(f"v{number}" for number in range(1, 21)))
    feed_server.requests.clear()
    assert run_due(app)[-1].result == "imported"
    paths = [path for path, _ in feed_server.requests]
    assert sorted(paths) == sorted(FILES)
    assert paths[0] == "/vehicle_status.json"


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_change_of_any_file_is_noticed(app: Flask, feed_server: FeedServer, file: str) -> None:
    subscribe(app, publish(feed_server, "v1"))
    run_due(app)
    feed_server.answers[file] = {**feed_server.answers[file], "ttl": 1}
    feed_server.etags[file] = '"new"'
    assert run_due(app)[-1].result == "imported"


def test_without_etags_the_same_content_is_no_change(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1")
    feed_server.etags.clear()
    subscribe(app, url)
    assert [run.result for run in (run_due(app), run_due(app))[-1]] == ["imported", "unchanged"]


def test_a_server_that_always_says_not_changed_is_not_believed_for_longer_than_an_hour(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    run_due(app)
    etags = feed_server.etags
    publish(feed_server, "v2")
    feed_server.etags = etags
    assert run_due(app)[-1].result == "unchanged"
    change(app, read_at=datetime.now(UTC) - timedelta(minutes=61))
    assert run_due(app)[-1].result == "imported"
    assert read_states(app)["v2"] == "available"


def test_a_feed_is_not_read_more_often_than_its_ttl_says(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1", ttl=1800), "--every", "1m")
    run_due(app)
    assert 1790 < seconds_until_next(read_subscription(app)) <= 1800


def gone(feed_server: FeedServer) -> Any:
    feed_server.answers["/gbfs.json"] = 410


def broken(feed_server: FeedServer) -> Any:
    feed_server.answers["/vehicle_status.json"] = 503


def cut_off(feed_server: FeedServer) -> Any:
    feed_server.answers["/vehicle_status.json"] = b'{"data": {"vehicles": [{"vehicle_id": "v'


def something_else(feed_server: FeedServer) -> Any:
    feed_server.answers["/gbfs.json"] = {"error": "no such project"}


def empty(feed_server: FeedServer) -> Any:
    feed_server.answers["/vehicle_status.json"]["data"]["vehicles"] = []


def in_another_city(feed_server: FeedServer) -> Any:
    vehicles = [vehicle(f"v{n}", lat=48.85, lon=2.35) for n in range(1, 4)]
    feed_server.answers["/vehicle_status.json"]["data"]["vehicles"] = vehicles


def inside(feed_server: FeedServer) -> Any:
    feed_server.answers["/gbfs.json"] = "-> ftp://inside/secret"


@pytest.mark.parametrize(
    ("spoil", "result", "words", "expected"),
    [
        (gone, RunResult.UNUSABLE, "is gone for good (HTTP 410)", FeedHealth.BROKEN),
        (something_else, RunResult.UNUSABLE, "is no GBFS file", FeedHealth.BROKEN),
        (broken, RunResult.FAILED, "answers with HTTP 503", FeedHealth.FAILING),
        (cut_off, RunResult.FAILED, "is not JSON", FeedHealth.FAILING),
        (inside, RunResult.FAILED, "cannot be reached", FeedHealth.FAILING),
        (empty, RunResult.REFUSED, "would take 3 of 3 vehicles", FeedHealth.FAILING),
        (in_another_city, RunResult.REFUSED, "They are near Paris", FeedHealth.FAILING),
    ],
)
def test_a_bad_run_is_recorded_with_its_reason_and_changes_no_vehicle(
    app: Flask,
    feed_server: FeedServer,
    spoil: Any,
    result: RunResult,
    words: str,
    expected: FeedHealth,
) -> None:
    url = publish(feed_server, "v1", "v2", "v3")
    subscribe(app, url)
    run_due(app)
    feed_server.etags.clear()
    spoil(feed_server)
    run = run_due(app)[-1]
    assert run.result == result
    assert words in run.problem
    assert set(read_states(app).values()) == {"available"}
    subscription = read_subscription(app)
    assert subscription.problem == run.problem
    assert health(subscription) is expected
    assert seconds_until_next(subscription) > (3590 if result is RunResult.UNUSABLE else 290)
    publish(feed_server, "v1", "v2", "v3")
    assert run_due(app)[-1].result == "imported"
    assert health(read_subscription(app)) is FeedHealth.UP_TO_DATE


def test_a_server_that_hangs_fails_the_run_at_the_deadline(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    released = Event()
    feed_server.answers["/gbfs.json"] = lambda: released.wait(WAIT_TIMEOUT_S) and 200
    monkeypatch.setattr(fetching, "DEADLINE_S", 0.2)
    try:
        run = run_due(app)[-1]
    finally:
        released.set()
    assert "was not read within 0.2 seconds" in run.problem


def test_after_failures_the_pause_doubles_to_an_hour_and_the_first_good_run_ends_it(
    app: Flask, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url, "--every", "5m")
    feed_server.answers["/gbfs.json"] = 500
    pauses = []
    for _ in range(6):
        run_due(app)
        pauses.append(seconds_until_next(read_subscription(app)))
    shortest = [300, 600, 1200, 2400, 3600, 3600]
    assert all(0.98 * a < b < 1.26 * a for a, b in zip(shortest, pauses, strict=True)), pauses
    publish(feed_server, "v1")
    run_due(app)
    assert seconds_until_next(read_subscription(app)) <= 300


def test_a_period_that_is_longer_than_an_hour_stays_after_failures() -> None:
    assert 7200 <= pause_s(7200, 1) <= 9000
    assert 7200 <= pause_s(7200, 50) <= 9000
    assert 60 <= pause_s(60, 1) <= 75


def test_after_an_hour_without_a_good_run_it_is_broken_and_goes_on(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    run_due(app)
    feed_server.answers["/gbfs.json"] = 500
    change(app, last_success_at=datetime.now(UTC) - timedelta(minutes=61))
    run_due(app)
    assert health(read_subscription(app)) is FeedHealth.BROKEN
    assert len(run_due(app)) == 3


def test_a_refused_import_is_accepted_once_by_hand(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1", "v2", "v3")
    subscribe(app, url)
    run_due(app)
    publish(feed_server, "v1")
    feed_server.answers["/vehicle_status.json"]["data"]["vehicles"] = []
    assert run_due(app)[-1].result == "refused"
    assert feeds(app, "run", url).exit_code == 1
    result = feeds(app, "run", url, "--force")
    assert result.exit_code == 0, result.output
    assert "3 missing" in result.output
    assert run_due(app)[-1].result == "unchanged"


def test_only_imports_by_hand_are_audit_events(app: Flask, feed_server: FeedServer) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url)
    run_due(app)
    feeds(app, "run", url)
    with app.app_context():
        kinds = list(db.session.scalars(select(AuditEvent.kind).order_by(AuditEvent.at)))
    assert kinds == ["feed.subscribed", "feed.run_requested", "fleet.imported"]


def test_a_defect_is_reported_and_fails_the_run(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    reported: list[BaseException] = []
    monkeypatch.setattr(runs, "report_error", reported.append)
    monkeypatch.setattr(runs, "import_feed", lambda *_, **__: 1 // 0)
    assert run_due(app)[-1].problem == runs.DEFECT
    assert isinstance(reported[0], ZeroDivisionError)


def test_files_of_subscribed_feeds_may_be_less_large(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = publish(feed_server, "v1")
    subscribe(app, url)
    monkeypatch.setattr(runs, "MAX_SUBSCRIBED_BYTES", 1_000_000)
    feed_server.answers["/vehicle_status.json"] = b" " * 1_000_001
    run = run_due(app)[-1]
    assert run.result == "failed"
    assert run.problem.endswith("/vehicle_status.json is larger than 1 MB.")


def test_a_private_address_is_refused_in_runs_too(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    change(app, allows_private=False)
    feed_server.requests.clear()
    problem = run_due(app)[-1].problem
    assert "leads to an address that is not public" in problem
    assert " leads to 127.0.0.1" not in problem, "staff of a city read it"
    assert feed_server.requests == []


def test_without_the_key_of_its_url_a_run_says_so(app: Flask, feed_server: FeedServer) -> None:
    subscribe(app, publish(feed_server, "v1"))
    change(app, access="x")
    assert "does SECRET_KEY_FALLBACKS lack a key?" in run_due(app)[-1].problem


def test_a_run_that_never_ended_is_a_failure_and_another_one_follows(
    app: Flask, feed_server: FeedServer
) -> None:
    subscription = subscribe(app, publish(feed_server, "v1"))
    change(app, run_id=subscription.id, run_until=func.now(), due_at=func.now())
    feed_server.answers["/gbfs.json"] = 500
    run_due(app)
    assert read_subscription(app).failures == 2
    assert len(read_runs(app)) == 1


def test_a_city_that_is_moving_is_left_alone(app: Flask, feed_server: FeedServer) -> None:
    subscribe(app, publish(feed_server, "v1"))
    change(app, region="us-west1")
    assert run_due(app, "us-west1")[-1].problem == "The city is moving to another region."
    assert read_states(app) == {}


@pytest.mark.parametrize("name", ["ETag", "Last-Modified"])
def test_a_validator_that_is_too_long_or_no_ascii_is_not_kept(name: str) -> None:
    for value in ("x" * 201, "é"):
        headers = requests.structures.CaseInsensitiveDict({name: value})
        assert FileVersion.from_response("http://a", headers, b"").request_headers == {}


def test_a_city_that_begins_to_move_during_an_import_ends_it(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    find_city = runs._find_city
    cities = []

    def find_moving_city(subscription: FeedSubscription) -> City:
        cities.append(find_city(subscription))
        if len(cities) == 2:
            raise runs.CityMoves
        return cities[0]

    monkeypatch.setattr(runs, "_find_city", find_moving_city)
    assert run_due(app)[-1].problem == "The city is moving to another region."
    assert read_states(app) == {}


def test_subscriptions_move_after_the_vehicles_of_their_city() -> None:
    names = list(list_city_tables())
    assert names.index("vehicles") < names.index("feed subscriptions")


def test_only_vehicles_that_have_changed_are_written(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = publish(feed_server, *(f"v{number}" for number in range(9)))
    subscribe(app, url)
    run_due(app)
    listed = feed_server.answers["/vehicle_status.json"]["data"]["vehicles"]
    listed[3]["lat"] += 0.0001
    listed[5]["is_disabled"] = True
    listed[7]["current_range_meters"] = 11_000
    feed_server.etags.clear()
    written: list[str] = []

    def note_and_write(city: Any, feed: Any, batch: Any) -> Any:
        written.extend(vehicle.id for vehicle in batch)
        return write_batch(city, feed, batch)

    monkeypatch.setattr(services, "write_batch", note_and_write)
    run = run_due(app)[-1]
    assert (run.new_count, run.updated_count) == (0, 9)
    assert written == ["v3", "v5", "v7"]
    assert read_states(app)["v5"] == "non_operational"


def test_old_runs_are_swept_and_subscriptions_stay(app: Flask) -> None:
    insert_feed(app, runs=2)
    old, new = read_runs(app)
    with app.app_context():
        age = update(FeedRun).where(FeedRun.id == old.id)
        execute_write(age.values(ended_at=func.now() - timedelta(days=15)))
        assert dict(delete_old_rows(["us-east1"]))["feed_runs"] == 1
    assert [run.id for run in read_runs(app)] == [new.id]
    assert read_subscription(app)


def test_metrics_count_feeds_by_their_health_and_runs_by_their_result(
    app: Flask, feed_server: FeedServer
) -> None:
    insert_feed(app)
    insert_feed(app, paused_at=func.now())
    insert_feed(app, last_result="unusable", failures=1)
    insert_feed(app, city="paris", region="europe-west1")
    with app.app_context():
        counts = count_feeds()
    assert counts == {"up_to_date": 1, "new": 0, "failing": 0, "broken": 1, "paused": 1}

    def count_runs() -> float:
        return REGISTRY.get_sample_value("movr_feed_runs_total", {"result": "imported"}) or 0.0

    before = count_runs()
    feeds(app, "add", publish(feed_server, "v1"), "--city", "new york", "--allow-private")
    run_due(app)
    assert count_runs() == before + 1
