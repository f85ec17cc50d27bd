"""Staff look after feed subscriptions in a browser."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.browser.screen import DESK, Screen
from tests.factories import UserFactory
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.fleet.feed_subscriptions.steps import read_all

PROBLEM = "https://b.example/gbfs/v3/en/vehicle_status.json answers with HTTP 503."


@pytest.mark.browser
def test_staff_find_a_failing_feed_run_it_pause_it_and_resume_it(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    make_user("ada", roles={"fleet": ["new york"]})
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    insert_feed(app, source="a.example/gbfs/2/new-york/gbfs.json")
    failing: dict[str, Any] = {"failures": 2, "problem": PROBLEM, "last_result": "failed"}
    source = "b.example/a-path-that-is-as-long-as-operators-have-them/v3/new-york/gbfs.json"
    insert_feed(app, source=source, run_problem=PROBLEM, runs=3, **failing)
    insert_feed(app, source="c.example/gbfs.json", last_success_at=long_ago)
    insert_feed(app, source="d.example/gbfs.json", paused_at=long_ago)
    screen = open_screen(DESK)
    screen.sign_in("ada")
    screen.go("/fleet/feeds")
    screen.inspect("feeds")
    page = screen.page
    page.get_by_role("link", name="b.example").click()
    screen.inspect("feed")
    page.get_by_role("button", name="Run now").click()
    page.get_by_text("It runs as soon as a worker is free.").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("Resumed.").wait_for()
    assert [each.source for each in read_all(app) if each.run_id] == [source]
