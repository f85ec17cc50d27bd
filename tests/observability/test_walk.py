"""A walk through all of MovR leaves nothing of a person in the log, and few series in /metrics."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.factories import PASSWORD, UserFactory, VehicleFactory
from tests.observability.log_lines import LogLines, NoQueries
from tests.observability.metrics_page import read_samples
from tests.performance.round_trips import walk
from tests.performance.walk import Walk
from tests.visitor import Visitor
from webapp.auth.models import LoginSession, User
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.observability.metrics import JOB_SECONDS, REQUEST_SECONDS
from webapp.web.access_log import METHODS


@pytest.mark.slow
def test_a_walk_logs_no_name_address_or_token_and_gives_labels_few_values(
    app: Flask,
    log_lines: LogLines,
    visitor: Visitor,
    token: None,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    # Other tests of this process have routes and kinds of jobs of their own.
    REQUEST_SECONDS.clear()
    JOB_SECONDS.clear()
    logging.getLogger("webapp").setLevel(logging.DEBUG)
    steps = walk(Walk(app, NoQueries(), make_user, make_vehicle)).copy()
    with app.app_context():
        secrets = set(secrets_of_database()) | set(secrets_of_mails(app))
    assert len(log_lines.of("request")) > len(steps) > 100
    secrets |= {PASSWORD, "127.0.0.1", "Main Street", "Lovelace", "example.org"}
    # A short name, such as "ada", is also part of an id.
    found = {secret for secret in secrets if len(secret) > 5 and secret in log_lines.text}
    assert found == set()
    assert_few_labels(app, visitor)


def secrets_of_database() -> Iterator[str]:
    """Yield what the walk has written about people, and what opens their accounts."""
    columns = (User.username, User.email, User.last_name, User.password_hash)
    for row in db.session.execute(select(*columns)):
        yield from filter(None, row)
    yield from map(str, db.session.scalars(select(LoginSession.id)))
    yield from db.session.scalars(text("SELECT code FROM vehicles WHERE code <> ''"))


def secrets_of_mails(app: Flask) -> Iterator[str]:
    """Yield addresses of mails, and the last part of the links in them."""
    mails: list[Any] = app.extensions["mailman"].outbox
    for mail in mails:
        yield from mail.to
        yield from re.findall(r"https?://\S+/([\w.~-]{16,})\s", mail.body)


def assert_few_labels(app: Flask, visitor: Visitor) -> None:
    for path in ("/nowhere", "/x/y/z", "/vehicles/x", "/?a=b"):
        for method in ("GET", "BREW", "PROPFIND"):
            visitor.open(path, method=method)
    samples = read_samples(visitor)
    routes = {rule.rule for rule in app.url_map.iter_rules()} | {"none"}
    labels = [label for series in samples.values() for pairs in series for label in pairs]
    by_name: dict[str, set[str]] = {}
    for name, value in labels:
        by_name.setdefault(name, set()).add(value)
    assert by_name["route"] <= routes
    assert by_name["method"] <= METHODS | {"OTHER"}
    assert all(re.fullmatch(r"[1-5]\d\d", status) for status in by_name["status"])
    assert by_name["engine"] <= {"read", "write", "stale"}
    kinds = {"request", "command", "job", "thread", "top up", "payout", *get_hooks(app).job_kinds}
    assert by_name["kind"] <= kinds
    assert len(by_name["cause"]) < 30 if "cause" in by_name else True
    series = sum(len(values) for values in samples.values())
    assert series < 40 * len(routes)
