"""Which feed may change the vehicles of a system: the one that they came from."""

from shlex import quote

from sqlalchemy import Update, update

from webapp.cli import show_text
from webapp.db import types
from webapp.db.transactions import execute_write
from webapp.fleet.feeds.errors import SystemTaken
from webapp.fleet.feeds.imported_vehicles import ImportedVehicles, system_condition
from webapp.fleet.feeds.writing import split_batches
from webapp.fleet.gbfs.feed import Feed
from webapp.fleet.models import Vehicle
from webapp.regions.labels import city_label
from webapp.regions.models import City


def check_source(
    city: City, feed: Feed, imported_vehicles: ImportedVehicles, former_system: str | None
) -> None:
    """Raise SystemTaken when vehicles of the feed's system come from another source."""
    others = sorted(imported_vehicles.sources - {feed.source})
    if not others:
        return
    named = f"Vehicles of {show_text(former_system or feed.system)} in {city_label(city)}"
    source, other = show_text(feed.source), show_text(others[0])
    if former_system:
        raise SystemTaken(
            f"{named} have the same ids at the same places as those of {show_text(feed.system)}."
            f" They come from {other}, not from {source}. To remove them: flask fleet"
            f" forget-feed {quote(former_system)} --city {quote(city.name)}."
        )
    raise SystemTaken(f"{named} come from {other}, not from {source}.")


def take_over_vehicles(city: City, feed: Feed, imported_vehicles: ImportedVehicles) -> None:
    """Let the feed change the vehicles of its system that came from another source."""
    ids = sorted(
        row.id for row in imported_vehicles.rows if row.feed_source not in (None, feed.source)
    )
    for batch in split_batches(ids):
        statement = _take_over_statement(city, feed).where(Vehicle.id.in_(batch))
        execute_write(statement, idempotent=True)


def _take_over_statement(city: City, feed: Feed) -> Update:
    return (
        update(types.table(Vehicle))
        .where(system_condition(city, feed.system), Vehicle.feed_source != feed.source)
        .values(feed_source=feed.source, changed_at=Vehicle.changed_at)
    )
