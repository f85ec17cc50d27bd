"""The budget of round trips, counted between the application and the database.

``MOVR_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/performance`` writes the table of
docs/performance.md anew; look at the difference before it is committed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import ClauseElement, Engine, event
from sqlalchemy.engine import URL

from tests.cache_clocks import settings_caches
from tests.database_proxy import open_proxied_app
from tests.factories import UserFactory, VehicleFactory
from tests.null_order import find_open_null_order
from tests.performance.document import read_section, table, write_section
from tests.performance.round_trips import walk
from tests.performance.walk import Step, Walk

#: Served from files or made for load balancers, who ask past the pools.
NOT_MEASURED = (
    "/static/",
    "/bootstrap/",
    "/health/",
    "/metrics",
    "/favicon.ico",
    "/robots.txt",
    "/manifest.webmanifest",
)


@pytest.fixture
def steps(
    app: Flask, server: URL, database: URL, make_user: UserFactory, make_vehicle: VehicleFactory
) -> list[Step]:
    if server.get_backend_name() != "postgresql":
        pytest.skip("the proxy speaks PostgreSQL's protocol without encryption")
    with open_proxied_app(server, database) as (proxied_app, proxy), find_open_orders() as terms:
        keep_caches(proxied_app)
        steps = walk(Walk(proxied_app, proxy, make_user, make_vehicle))
    assert terms == set(), "ORDER BY of what may be NULL says NULLS FIRST or NULLS LAST"
    return steps


def keep_caches(app: Flask) -> None:
    """Let no cache of settings grow old, however long the walk takes: a page would pay for it by
    chance."""
    for each in settings_caches(app):
        each.max_age_s = float("inf")


@contextmanager
def find_open_orders() -> Iterator[set[str]]:
    """Collect the terms of ORDER BY in all statements that databases order differently."""
    terms: set[str] = set()

    def check_statement(_: object, statement: object, *__: object) -> None:
        if isinstance(statement, ClauseElement):
            terms.update(find_open_null_order(statement))

    event.listen(Engine, "before_execute", check_statement)
    try:
        yield terms
    finally:
        event.remove(Engine, "before_execute", check_statement)


def test_every_page_and_action_keeps_to_its_budget_and_to_the_table(
    steps: list[Step], app: Flask
) -> None:
    """And none is left out: a new route must be walked, so that somebody thinks of its price."""
    over = [step for step in steps if step.budget is not None and step.trips > step.budget]
    assert not over
    missing = sorted(routes(app) - {step.address for step in steps})
    assert not missing, "add them to one of the walks in tests/performance"
    measured = as_table(steps)
    if os.environ.get("MOVR_WRITE_GOLDEN"):
        write_section("round trips", measured)
    assert read_section("round trips") == measured


def routes(app: Flask) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
        if not rule.rule.startswith(NOT_MEASURED)
    }


def as_table(steps: list[Step]) -> str:
    head = ["page or action", "request", "round trips", "budget", "tutorial application", "cached"]
    rows: list[tuple[object, ...]] = [
        (s.label, f"`{s.address}`", s.trips, s.budget or "", s.tutorial or "", as_caching(s))
        for s in steps
    ]
    # The same step at another place of the walk is no second row.
    return table(head, [list(row) for row in dict.fromkeys(rows)])


def as_caching(step: Step) -> str:
    """Return the Cache-Control of a step; '' if nothing may keep a copy."""
    return "" if step.cache_control == "no-store" else f"`{step.cache_control}`"
