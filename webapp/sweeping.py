"""``flask sweep``: deletes what has had its time. Meant for every night; once more does no harm."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import ColumnElement, delete, func, or_, select, tuple_

from webapp.auth.models import EmailLink, LoginSession
from webapp.cli import plain_errors
from webapp.database import run_transaction
from webapp.events import Event
from webapp.schema import Base, table
from webapp.throttle import Throttle

#: Rows in one transaction: small enough not to be in anybody's way.
BATCH = 500


def init_app(app: Flask) -> None:
    app.cli.add_command(sweep)


@click.command("sweep")
@with_appcontext
@plain_errors
def sweep() -> None:
    """Delete old counts, links, sessions and events, as SWEEP_AFTER_DAYS says."""
    for model, is_old in old_rows():
        number = sum(_sweep(model, is_old))
        click.echo(f"{model.__tablename__}: {number} deleted")


def old_rows() -> list[tuple[type[Base], ColumnElement[bool]]]:
    """Return what is swept, and when it is old."""
    days: dict[str, int] = current_app.config["SWEEP_AFTER_DAYS"]

    def before(name: str) -> Any:
        return func.now() - timedelta(days=days[name])

    # Ended sessions are kept for a while: by them a browser is known, and no mail is sent.
    session_over = or_(
        LoginSession.ended_at < before("sessions"), LoginSession.last_seen_at < before("sessions")
    )
    return [
        (Throttle, Throttle.until < before("throttles")),
        (EmailLink, EmailLink.expires_at < before("links")),
        (LoginSession, session_over),
        (Event, Event.at < before("events")),
    ]


def _sweep(model: type[Base], is_old: ColumnElement[bool]) -> Iterator[int]:
    rows = table(model)
    key = tuple_(*rows.primary_key.columns)
    some = select(*rows.primary_key.columns).where(is_old).limit(BATCH)
    statement = delete(rows).where(key.in_(some)).returning(*rows.primary_key.columns)
    while number := run_transaction(
        lambda session: len(session.execute(statement).all()), one_statement=True, idempotent=True
    ):
        yield number
