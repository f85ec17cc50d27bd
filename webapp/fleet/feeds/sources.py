"""Which feed may change the vehicles of a system."""

from sqlalchemy import Update, update

from webapp.db import types
from webapp.db.transactions import execute_write
from webapp.errors import DomainError
from webapp.fleet.feeds.fleet import Fleet, system_condition
from webapp.fleet.feeds.writing import split_batches
from webapp.fleet.gbfs import Feed, printable
from webapp.fleet.models import Vehicle
from webapp.regions.models import City


class SystemTaken(DomainError):
    """Another feed publishes the system; the message names it."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


def check_source(city: City, feed: Feed, fleet: Fleet) -> None:
    """Raise SystemTaken when vehicles of the feed's system come from another source."""
    if others := sorted(fleet.sources - {feed.source}):
        raise SystemTaken(
            f"Vehicles of {printable(feed.system)} in {city.label} come from"
            f" {printable(others[0])}. If {printable(feed.source)} publishes them now, import it"
            " once with --take-over."
        )


def take_over_vehicles(city: City, feed: Feed, fleet: Fleet) -> None:
    """Let the feed change the vehicles of its system that came from another source."""
    ids = sorted(row.id for row in fleet.rows if row.feed_source not in (None, feed.source))
    for batch in split_batches(ids):
        statement = _take_over_statement(city, feed).where(Vehicle.id.in_(batch))
        execute_write(statement, idempotent=True)


def _take_over_statement(city: City, feed: Feed) -> Update:
    return (
        update(types.table(Vehicle))
        .where(system_condition(city, feed.system), Vehicle.feed_source != feed.source)
        .values(feed_source=feed.source, changed_at=Vehicle.changed_at)
    )
