"""Steps that tests of accounts share: open browsers, age rows, read mails and audit events."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import PASSWORD
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.auth.models import LoginSession, User
from webapp.extensions import db
from webapp.web.rate_limits import RateLimitCount

NEW_PASSWORD = "a bridge over calm water"


M = TypeVar("M")
AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


def new_browser(app: Flask) -> Visitor:
    """Return a browser without cookies."""
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client


def sign_in(client: Visitor, name: str = "ada", password: str = PASSWORD, **fields: Any) -> Any:
    """Type a name and a password; return the answer."""
    return client.send("/login", username=name, password=password, **fields)


def is_signed_in(client: Visitor) -> bool:
    """Return whether the browser is signed in, by a page that is shown only then."""
    status = client.get("/rides").status_code
    assert status in (200, 303)
    return status == 200


def update_rows(app: Flask, model: Any, *where: Any, **values: Any) -> None:
    """Update rows without the application."""
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(update(model).where(*where).values(values))


def age_rows(app: Flask, model: Any, column: str, time: timedelta, *where: Any) -> None:
    """Move a time of rows back by ``time``, because the clock of the database cannot be moved."""
    update_rows(app, model, *where, **{column: getattr(model, column) - time})


def expire_authentication(app: Flask) -> None:
    """Age all sessions so that a sensitive step asks for reauthentication."""
    age_rows(app, LoginSession, "authenticated_at", timedelta(minutes=10))


def expire_rate_limits(app: Flask) -> None:
    """Age all rate limits so that their windows are over."""
    age_rows(app, RateLimitCount, "until", timedelta(hours=1))


def find_link(mail: Any, prefix: str = "") -> str:
    """Return the path of the first link in a mail whose path starts with ``prefix``."""
    links: list[str] = re.findall(r"^https?://\S+$", mail.body, re.MULTILINE)
    paths = [urlsplit(link).path for link in links]
    return next(path for path in paths if path.startswith(prefix))


def read_audit_events(app: Flask, kind: AuditKind | None = None) -> list[AuditEvent]:
    """Return the audit events, the oldest first; of one kind, or all."""
    events = select(AuditEvent).order_by(AuditEvent.at, AuditEvent.id)
    if kind:
        events = events.where(AuditEvent.kind == kind)
    with app.app_context():
        return list(db.session.scalars(events))


def read_audit_kinds(app: Flask) -> list[str]:
    """Return the kinds of the audit events, the oldest event first."""
    return [event.kind for event in read_audit_events(app)]


def read_rows(app: Flask, model: type[M]) -> list[M]:
    """Return all rows of a model, in no order."""
    with app.app_context():
        return list(db.session.scalars(select(model)).unique())


def read_all_rows(app: Flask) -> dict[str, list[str]]:
    """Return all rows of all tables, as text."""
    with app.app_context():
        return {
            table.name: sorted(map(str, db.session.execute(select(table)).all()))
            for table in db.metadata.sorted_tables
        }


def read_login_sessions(app: Flask, *where: Any) -> list[LoginSession]:
    """Return login sessions, the oldest first."""
    login_sessions = select(LoginSession).where(*where).order_by(LoginSession.created_at)
    with app.app_context():
        return list(db.session.scalars(login_sessions))


def count_rows(app: Flask, model: type) -> int:
    """Count the rows of a model."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def account_path(user: User) -> str:
    """Return the path of the page on which staff see an account."""
    return f"/users/{user.key}/account"
