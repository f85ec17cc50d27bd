"""A walk through all of MovR leaves nothing of a person in the log."""

import logging
import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import select, text

from tests.factories import PASSWORD, UserFactory, VehicleFactory
from tests.observability.log_lines import LogLines, NoQueries
from tests.performance.round_trips import walk
from tests.performance.walk import Walk
from webapp.auth.models import LoginSession, User
from webapp.extensions import db


def test_no_name_address_or_token_of_a_walk_is_logged(
    app: Flask, log_lines: LogLines, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    logging.getLogger("webapp").setLevel(logging.DEBUG)
    steps = walk(Walk(app, NoQueries(), make_user, make_vehicle)).copy()
    with app.app_context():
        secrets = set(secrets_of_database()) | set(secrets_of_mails(app))
    assert len(log_lines.of("request")) > len(steps) > 100
    secrets |= {PASSWORD, "127.0.0.1", "Main Street", "Lovelace", "example.org"}
    # A short name, such as "ada", is also part of an id.
    found = {secret for secret in secrets if len(secret) > 5 and secret in log_lines.text}
    assert found == set()


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
