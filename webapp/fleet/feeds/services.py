"""The import of a feed into a city: checks that write nothing, then the vehicles."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask import current_app

from webapp.audit.enums import AuditKind
from webapp.audit.writing import city_event_statement
from webapp.db.transactions import execute_write
from webapp.fleet.enums import VehicleState
from webapp.fleet.feeds.city_check import skip_distant_vehicles
from webapp.fleet.feeds.errors import FeedRefused
from webapp.fleet.feeds.former_systems import find_former_system, rename_system
from webapp.fleet.feeds.imported_feeds import check_age, claim_feed, read_imported_feeds
from webapp.fleet.feeds.imported_vehicles import (
    ImportedVehicles,
    mark_missing,
    read_imported_vehicles,
)
from webapp.fleet.feeds.sources import check_source, take_over_vehicles
from webapp.fleet.feeds.writing import (
    VehicleImportResult,
    find_unchanged_ids,
    split_batches,
    write_batch,
)
from webapp.fleet.gbfs.feed import FILE, Feed
from webapp.fleet.gbfs.vehicles import FeedVehicle
from webapp.observability.metrics import IMPORTS
from webapp.regions.models import City

#: Goes through the batches and shows the progress.
Progress = Callable[[Sequence[Sequence[FeedVehicle]]], Iterable[Sequence[FeedVehicle]]]


@dataclass(frozen=True)
class FeedImport:
    """What an import has done."""

    #: As it was imported, without distant vehicles.
    feed: Feed
    vehicles: VehicleImportResult
    missing: int
    #: The ids of vehicles that are not available because nobody has heard of them for long.
    silent: list[str] = field(default_factory=list)
    #: By which other name the city knew the system before.
    former_system: str | None = None


@contextmanager
def _count_result() -> Iterator[None]:
    try:
        yield
    except FeedRefused:
        IMPORTS.labels("refused").inc()
        raise
    IMPORTS.labels("done").inc()


@_count_result()
def import_feed(
    city: City,
    feed: Feed,
    *,
    force: bool = False,
    take_over: bool = False,
    is_audited: bool = True,
    progress: Progress = iter,
) -> FeedImport:
    """Import the vehicles of a feed, update those that it has imported before, and mark as missing
    those that it names no more. Vehicles in use are left alone.

    force: also if the feed belongs to another place, would take most of a fleet off the map, or is
        older than the one that was imported last.
    take_over: also if the vehicles of the system came from another feed.
    is_audited: whether the import is an audit event: a person asked for it.

    Raises FeedRefused; then nothing was written.
    """
    feed, imported_vehicles, former_system = check_import(
        city, feed, force=force, take_over=take_over
    )
    feed, silent = mark_silent_vehicles(feed)
    if former_system:
        rename_system(city, former_system, feed, imported_vehicles)
    claim_feed(city, feed, force=force)
    take_over_vehicles(city, feed, imported_vehicles)
    unchanged_ids = find_unchanged_ids(city, feed)
    result = VehicleImportResult(updated=len(unchanged_ids))
    changed = [vehicle for vehicle in feed.vehicles if vehicle.id not in unchanged_ids]
    for batch in progress(split_batches(changed)):
        result += write_batch(city, feed, batch)
    if is_audited:
        record_import(city, feed.system, result)
    missing = imported_vehicles.find_vanished_ids(feed)
    mark_missing(city, feed, missing)
    return FeedImport(feed, result, len(missing), silent, former_system)


class CheckedImport(NamedTuple):
    """An import that may be done."""

    #: Without distant vehicles.
    feed: Feed
    imported_vehicles: ImportedVehicles
    #: By which other name the city knows the system.
    former_system: str | None


def check_import(
    city: City, feed: Feed, *, force: bool = False, take_over: bool = False
) -> CheckedImport:
    """Return what an import needs to know of the city; raises FeedRefused. Nothing is written.

    force, take_over: as in ``import_feed``.
    """
    feed = skip_distant_vehicles(city, feed, force=force)
    imported_feeds = read_imported_feeds(city)
    imported_vehicles = read_imported_vehicles(city, feed.system)
    former_system = None
    if feed.system not in imported_feeds:
        former_system = find_former_system(city, feed, imported_vehicles)
    if former_system:
        imported_vehicles += read_imported_vehicles(city, former_system)
    if not take_over:
        check_source(city, feed, imported_vehicles, former_system)
    if not force:
        check_age(feed, imported_feeds.get(former_system or feed.system))
        imported_vehicles.check_loss(city, feed)
    return CheckedImport(feed, imported_vehicles, former_system)


def mark_silent_vehicles(feed: Feed) -> tuple[Feed, list[str]]:
    """Return the feed with its vehicles without contact that were last heard of long ago, and their
    ids.

    A feed on disk is a recording: what counts is how long ago it was when it was made.
    """
    made_at = datetime.now(UTC)
    if feed.source == FILE and feed.last_updated:
        made_at = min(feed.last_updated, made_at)
    cutoff = made_at - timedelta(seconds=current_app.config["FEED_SILENT_S"])
    silent = [
        vehicle.id
        for vehicle in feed.vehicles
        if vehicle.last_reported and vehicle.last_reported < cutoff
    ]
    if not silent:
        return feed, []
    silent_ids = set(silent)
    vehicles = [
        replace(vehicle, state=VehicleState.NON_CONTACTABLE)
        if vehicle.id in silent_ids
        else vehicle
        for vehicle in feed.vehicles
    ]
    return replace(feed, vehicles=vehicles), silent


def record_import(city: City, system: str, result: VehicleImportResult) -> None:
    """Write the audit event of an import."""
    audit_event = city_event_statement(
        AuditKind.FLEET_IMPORTED,
        city,
        system=system[:100],
        new=result.new,
        updated=result.updated,
    )
    execute_write(audit_event)
