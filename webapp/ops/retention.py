"""``flask sweep``: data retention. Deletes what is older than SWEEP_AFTER_DAYS; run it nightly."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import ColumnElement, delete, func, select, tuple_

from webapp.audit.models import AuditEvent
from webapp.auth.models import EmailLink, LoginSession
from webapp.cli import report_errors
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import Base
from webapp.fleet.feeds.removal import delete_missing_vehicles
from webapp.fleet.reports.photo_retention import delete_old_photos
from webapp.regions.catalogue import catalogue, local_region
from webapp.rides.models import RidePath
from webapp.web.rate_limits import RateLimitCount

#: Rows in one transaction, so that no other one waits long.
BATCH = 500


@click.command("sweep")
@with_appcontext
@report_errors
def sweep() -> None:
    """Delete old counts, links, sessions, events, paths of rides, photos of reports, and imported
    vehicles that are missing and were never used, as SWEEP_AFTER_DAYS says."""
    regions = sorted({city.region for city in catalogue().all()} | {local_region()})
    for model, is_old in retention_rules():
        number = sum(sum(_sweep(model, region, is_old)) for region in regions)
        click.echo(f"{model.__tablename__}: {number} deleted")
    days: dict[str, int] = current_app.config["SWEEP_AFTER_DAYS"]
    photos = delete_old_photos(timedelta(days=days["photos"]))
    click.echo(f"report_photos: {photos} deleted")
    missing = delete_missing_vehicles(timedelta(days=days["missing"]))
    click.echo(f"vehicles: {missing} missing ones deleted")


def retention_rules() -> list[tuple[type[Base], ColumnElement[bool]]]:
    """Return the models to sweep, each with the condition that a row is old. The ledger is kept
    (wallet/services/closing)."""
    days: dict[str, int] = current_app.config["SWEEP_AFTER_DAYS"]

    def cutoff(name: str) -> ColumnElement[datetime]:
        return func.now() - timedelta(days=days[name])

    return [
        (RateLimitCount, RateLimitCount.until < cutoff("throttles")),
        (EmailLink, EmailLink.expires_at < cutoff("links")),
        # Those that ended are kept for a while: by them a browser is known, and no mail is sent.
        (LoginSession, LoginSession.last_seen_at < cutoff("sessions")),
        (AuditEvent, AuditEvent.at < cutoff("events")),
        (RidePath, RidePath.changed_at < cutoff("paths")),
    ]


def _sweep(model: type[Base], region: str, is_old: ColumnElement[bool]) -> Iterator[int]:
    """Delete batch by batch; yield how many each one deleted. An index finds them."""
    rows = table(model)
    key = tuple_(*rows.primary_key.columns)
    batch = select(*rows.primary_key.columns).where(rows.c.region == region, is_old).limit(BATCH)
    statement = (
        delete(rows)
        .where(rows.c.region == region, key.in_(batch))
        .returning(*rows.primary_key.columns)
    )
    while number := len(execute_write(statement, idempotent=True)):
        yield number
