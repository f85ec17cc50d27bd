"""The pages of subscriptions: staff see how they are, run, pause and resume them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import UserFactory
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.fleet.feed_subscriptions.steps import (
    SECRET,
    feeds,
    publish,
    read_runs,
    read_subscription,
    run_due,
    subscribe,
)
from tests.fleet.gbfs.feeds import FeedServer
from tests.job_steps import run_jobs
from tests.visitor import Visitor
from webapp.audit.models import AuditEvent
from webapp.extensions import db

LIST = "/fleet/feeds?city=new+york"


@pytest.fixture
def staff(app: Flask, make_user: UserFactory) -> Visitor:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(make_user("bob", roles={"fleet": ["new york"]}))


def read(staff: Visitor, path: str = LIST) -> str:
    page = staff.get(path)
    assert page.status_code == 200
    return page.text


def test_without_feeds_the_page_says_how_to_add_one(staff: Visitor) -> None:
    page = read(staff)
    assert "No feeds yet" in page
    assert "flask fleet feeds add URL" in page
    assert 'href="/fleet/feeds"' in page, "the link of the menu"


@pytest.mark.parametrize(
    ("columns", "sign", "words"),
    [
        ({}, "status-green", "Up to date"),
        ({"last_success_at": None, "last_result": None}, "status-green", "Waits for its first run"),
        (
            {"failures": 2, "last_result": "failed", "problem": "HTTP 503"},
            "status-amber",
            "Failing",
        ),
        ({"failures": 1, "last_result": "unusable"}, "status-red", "Broken"),
        ({"last_success_at": datetime.now(UTC) - timedelta(hours=2)}, "status-red", "Broken"),
        ({"paused_at": datetime.now(UTC)}, "muted", "Paused"),
    ],
)
def test_the_list_says_how_each_feed_is(
    app: Flask, staff: Visitor, columns: dict[str, Any], sign: str, words: str
) -> None:
    insert_feed(app, **columns)
    page = read(staff)
    assert f"{words}</span>" in page
    assert sign in page.partition(f"{words}</span>")[0].rpartition("<span")[2]
    assert "840" in page
    assert str(columns.get("problem", "")) in page


def test_staff_of_several_cities_see_the_feeds_of_all_of_them_and_of_no_other(
    app: Flask, make_user: UserFactory
) -> None:
    insert_feed(app, source="a.example/new-york")
    insert_feed(app, source="a.example/paris", city="paris", region="europe-west1")
    insert_feed(app, source="a.example/boston", city="boston")
    staff: Visitor = app.test_client()  # type: ignore[assignment]
    staff.sign_in(make_user("ben", roles={"fleet": ["new york", "paris"]}))
    page = read(staff, "/fleet/feeds")
    assert "a.example/new-york" in page
    assert "a.example/paris" in page
    assert "a.example/boston" not in page
    assert '<td data-label="City">Paris</td>' in page
    one_city = read(staff, "/fleet/feeds?city=paris")
    assert "a.example/new-york" not in one_city
    assert "Times are those of Paris (UTC+0" in one_city
    assert "Times are those" not in read(staff), "the city of the reader"


def test_pages_of_feeds_and_of_runs_go_on(app: Flask, staff: Visitor) -> None:
    for number in range(7):
        insert_feed(app, source=f"a.example/{number}")
    first = read(staff)
    following = first.rpartition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = read(staff, following)
    assert [f"a.example/{n}" in first for n in range(7)] == [n < 5 for n in range(7)]
    assert [f"a.example/{n}" in second for n in range(7)] == [n >= 5 for n in range(7)]
    page = f"/fleet/feeds/{insert_feed(app, runs=7)}"
    first = read(staff, page)
    assert first.count("0.4 s") == 5
    following = first.rpartition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert read(staff, following).count("0.4 s") == 2


def test_a_feed_has_its_runs_with_counts_and_reasons(
    app: Flask, staff: Visitor, feed_server: FeedServer
) -> None:
    url = publish(feed_server, "v1", "v2", "v3")
    key = subscribe(app, f"{url}?token={SECRET}").key
    assert "No runs yet" in read(staff, f"/fleet/feeds/{key}")
    run_due(app)
    feed_server.answers["/vehicle_status.json"]["data"]["vehicles"] = []
    feed_server.etags.clear()
    run_due(app)
    page = read(staff, f"/fleet/feeds/{key}")
    for words in ("Imported", "Refused", "would take 3 of 3 vehicles", "acme_nyc",
                  f"flask fleet feeds run {key} --force", "Failed in a row"):  # fmt: skip
        assert words in page
    assert SECRET not in page


def test_staff_run_pause_and_resume_a_feed_and_the_audit_trail_knows_it(
    app: Flask, staff: Visitor, feed_server: FeedServer, make_user: UserFactory
) -> None:
    key = subscribe(app, publish(feed_server, "v1")).key
    page = f"/fleet/feeds/{key}"

    def press(action: str) -> str:
        response = staff.send(f"{page}/{action}")
        assert (response.status_code, response.location) == (303, page)
        return read(staff, page)

    assert "It runs as soon as a worker is free." in press("run")
    assert "It runs already" in press("run")
    run_jobs(app)
    assert [run.result for run in read_runs(app)] == ["imported"]
    assert "It was not paused." in press("resume")
    paused = press("pause")
    assert "Paused." in paused
    assert "It was paused already." in press("pause")
    assert "Run now" not in paused
    assert len(run_due(app)) == 1
    assert "Run now" in press("resume")
    assert read_subscription(app).paused_at is None
    with app.app_context():
        events = db.session.scalars(select(AuditEvent).where(AuditEvent.kind.like("feed.%"))).all()
    by_staff = [event for event in events if event.actor]
    assert [event.kind for event in sorted(by_staff, key=lambda event: event.at)] == [
        "feed.run_requested", "feed.paused", "feed.resumed"
    ]  # fmt: skip
    assert {event.subject for event in events} == {f"feed {key}"}
    staff.sign_in(make_user("boss", roles=["admin"]))
    assert f'href="/fleet/feeds/{key}">Feed: ' in read(staff, "/events")


def test_staff_of_another_city_and_others_see_and_change_nothing(
    app: Flask, make_user: UserFactory
) -> None:
    key = insert_feed(app)
    for roles, status in (({"fleet": ["paris"]}, 404), ({"admin": ["paris"]}, 404), ([], 403)):
        client: Any = app.test_client()
        client.sign_in(make_user(roles=roles))
        assert client.get(LIST).status_code == status
        assert client.get(f"/fleet/feeds/{key}").status_code == status
        for action in ("run", "pause", "resume"):
            assert client.send(f"/fleet/feeds/{key}/{action}").status_code == status
    subscription = read_subscription(app)
    assert (subscription.run_id, subscription.paused_at) == (None, None)


def test_a_feed_that_is_removed_meanwhile_is_not_found(
    app: Flask, staff: Visitor, feed_server: FeedServer
) -> None:
    key = subscribe(app, publish(feed_server, "v1")).key
    feeds(app, "remove", str(key))
    assert staff.get(f"/fleet/feeds/{key}").status_code == 404
    assert staff.send(f"/fleet/feeds/{key}/run").status_code == 404
