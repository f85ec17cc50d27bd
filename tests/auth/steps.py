"""What the tests of accounts do again and again: let time pass, open mail, read the trail."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select, update

from tests.factories import PASSWORD
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.auth.models import LoginSession
from webapp.extensions import db
from webapp.web.rate_limits import RateLimitCount

NEW_PASSWORD = "a bridge over calm water"


def browser(app: Flask) -> Visitor:
    """Return a browser that was never here."""
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client


def sign_in(client: Visitor, name: str = "ada", password: str = PASSWORD, **fields: Any) -> Any:
    """Type a name and a password; return the answer."""
    return client.send("/login", username=name, password=password, **fields)


def is_in(client: Visitor) -> bool:
    """Tell whether the browser is signed in, by a page that only then is shown."""
    status = client.get("/rides").status_code
    assert status in (200, 303)
    return status == 200


def change(app: Flask, model: Any, *where: Any, **values: Any) -> None:
    """Change rows behind the application's back."""
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(update(model).where(*where).values(values))


def let_pass(app: Flask, model: Any, column: str, time: timedelta, *where: Any) -> None:
    """Let time pass for rows: the database's clock cannot be moved, so what it wrote is."""
    change(app, model, *where, **{column: getattr(model, column) - time})


def no_longer_fresh(app: Flask) -> None:
    """Let so much time pass that everybody is asked again before a sensitive step."""
    let_pass(app, LoginSession, "authenticated_at", timedelta(minutes=10))


def open_windows(app: Flask) -> None:
    """Let every window pass in which tries are counted."""
    let_pass(app, RateLimitCount, "until", timedelta(hours=1))


def letters(app: Flask, to: str = "") -> list[Any]:
    """Return the mails that were sent, to that address or to all."""
    return [one for one in app.extensions["mailman"].outbox if not to or one.to == [to]]


def link_in(letter: Any, below: str = "") -> str:
    """Return the path of the first link in a mail that leads below ``below``."""
    found = re.findall(r"^https?://\S+$", letter.body, re.MULTILINE)
    paths = [str(urlsplit(link).path) for link in found]
    return next(path for path in paths if path.startswith(below))


def trail(app: Flask, kind: AuditKind | None = None) -> list[AuditEvent]:
    """Return the events so far, the oldest first; of one kind, or all."""
    wanted = select(AuditEvent).order_by(AuditEvent.at, AuditEvent.id)
    with app.app_context():
        return list(db.session.scalars(wanted.where(AuditEvent.kind == kind) if kind else wanted))


def everything(app: Flask) -> dict[str, list[str]]:
    """Return all rows of all tables, as text."""
    with app.app_context():
        return {
            table.name: sorted(map(str, db.session.execute(select(table)).all()))
            for table in db.metadata.sorted_tables
        }


def logins(app: Flask, *where: Any) -> list[LoginSession]:
    """Return sessions, the oldest first."""
    wanted = select(LoginSession).where(*where).order_by(LoginSession.created_at)
    with app.app_context():
        return list(db.session.scalars(wanted))
