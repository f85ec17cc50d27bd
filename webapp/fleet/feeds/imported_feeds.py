"""How old the copy of a feed is that a city has: an older one does not replace it."""

from datetime import datetime

from sqlalchemy import Delete, delete, func, or_, select
from sqlalchemy.sql.dml import ReturningInsert

from webapp.db import types
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.feeds.errors import FeedOutdated
from webapp.fleet.feeds.models import ImportedFeed
from webapp.fleet.gbfs.feed import Feed
from webapp.regions.models import City


def read_imported_feeds(city: City) -> dict[str, ImportedFeed]:
    """Return the feeds that were imported into a city, by system."""
    feeds = db.session.scalars(select(ImportedFeed).where(ImportedFeed.city == city.name))
    return {feed.system: feed for feed in feeds}


def check_age(feed: Feed, imported: ImportedFeed | None) -> None:
    """Raise FeedOutdated when a newer copy of the feed was imported. The same one is accepted."""
    if not (feed.last_updated and imported and imported.last_updated_at):
        return
    if feed.last_updated < imported.last_updated_at:
        raise _make_error(feed.last_updated, imported.last_updated_at)


def claim_feed(city: City, feed: Feed, *, force: bool) -> None:
    """Record that this copy of the feed is imported now.

    Raises FeedOutdated if a newer one was imported meanwhile, unless ``force``.
    """
    statement = claim_feed_statement(city, feed, force=force)
    if not execute_write(statement, idempotent=True):
        imported = read_imported_feeds(city)[feed.system]
        raise _make_error(feed.last_updated, imported.last_updated_at)


def claim_feed_statement(
    city: City, feed: Feed, *, force: bool
) -> ReturningInsert[tuple[datetime | None]]:
    """Return the statement that records the import; no row: a newer copy was imported.

    A clock that is fast would make all later copies old: a time in the future counts as now.
    """
    feeds = types.table(ImportedFeed)
    statement = insert(feeds).values(
        city=city.name,
        system=feed.system,
        source=feed.source,
        last_updated_at=feed.last_updated and func.least(feed.last_updated, func.now()),
        imported_at=func.now(),
    )
    new = statement.excluded
    is_not_older = or_(
        feeds.c.last_updated_at.is_(None),
        new.last_updated_at.is_(None),
        feeds.c.last_updated_at <= new.last_updated_at,
    )
    return statement.on_conflict_do_update(
        index_elements=["city", "system"],
        set_={
            "source": new.source,
            "last_updated_at": func.coalesce(new.last_updated_at, feeds.c.last_updated_at),
            "imported_at": new.imported_at,
        },
        where=None if force else is_not_older,
    ).returning(feeds.c.last_updated_at)


def _make_error(published_at: datetime | None, imported_at: datetime | None) -> FeedOutdated:
    return FeedOutdated(
        f"This copy of the feed is of {_format_time(published_at)}, older than the one that was"
        f" imported last, of {_format_time(imported_at)}."
    )


def _format_time(time: datetime | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC") if time else "an unknown time"


def forget_imported_feed_statement(city: City, system: str) -> Delete:
    """Return the statement that forgets that a feed was imported into a city."""
    feeds = types.table(ImportedFeed)
    return delete(feeds).where(feeds.c.city == city.name, feeds.c.system == system)
