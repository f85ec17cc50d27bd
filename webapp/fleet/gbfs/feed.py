"""Reading an operator's GBFS feed, 1.0 to 3.0: from gbfs.json to the vehicles."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from webapp.cli import show_text
from webapp.fleet.gbfs.documents import Document, FileMissing, NotGbfs
from webapp.fleet.gbfs.file_kinds import VEHICLE_FILES, VEHICLE_LISTS, describe_other_file
from webapp.fleet.gbfs.http_files import HttpFiles
from webapp.fleet.gbfs.positions import Position, is_number
from webapp.fleet.gbfs.sources import find_beside, open_document, open_reference
from webapp.fleet.gbfs.stations import read_stations
from webapp.fleet.gbfs.timestamps import read_timestamp
from webapp.fleet.gbfs.vehicle_types import (
    ALL_BICYCLES,
    TYPES_MISSING,
    FeedVehicleType,
    VehicleTypes,
    fit_identifier,
    read_types,
)
from webapp.fleet.gbfs.vehicles import FeedVehicle, SkippedVehicle, needs_stations, read_vehicles
from webapp.fleet.models import MAX_FEED_ID_LENGTH, MAX_SOURCE_LENGTH

#: The longest ``ttl`` that makes sense, seconds: a day.
MAX_TTL_S = 24 * 3600
#: The source of a feed on disk.
FILE = "file"


@dataclass(frozen=True)
class Feed:
    """The content of a feed: the system, its vehicles, and by reason those that were skipped."""

    system: str
    #: Where it was read: FILE, or host and path of its URL.
    source: str
    vehicles: list[FeedVehicle]
    skipped: dict[str, list[SkippedVehicle]]
    #: All positions as the feed gives them, also of skipped vehicles.
    positions: list[Position] = field(default_factory=list)
    #: When its operator last updated the vehicles; None: the feed does not say.
    last_updated: datetime | None = None
    #: For how long that is the newest, seconds: GBFS ``ttl`` of the vehicles.
    ttl_s: int = 0

    @property
    def ids(self) -> set[str]:
        """The ids of all vehicles that the feed names, also of those that were skipped."""
        skipped = (each.id for group in self.skipped.values() for each in group if each.id)
        return {vehicle.id for vehicle in self.vehicles}.union(skipped)


def read_feed(
    path_or_url: str, files: HttpFiles, default_type: FeedVehicleType | None = None
) -> Feed:
    """Read the feed whose gbfs.json, folder or single vehicle file is named, from disk or HTTP.

    default_type: of vehicles whose type the feed does not state.

    Raises FeedUnreadable when a file that matters is not there or is not GBFS; an invalid
    vehicle is only skipped.
    """
    start = open_document(path_or_url, files)
    is_single = _find_vehicle_list(start.data)
    parts = _SingleVehicleFile(start) if is_single else _Feed(start, files)
    types = parts.types()
    listed = read_vehicles(
        parts.vehicles(),
        types.with_default(default_type) if default_type else types,
        parts.stations(),
    )
    source = fit_identifier(start.name, MAX_SOURCE_LENGTH)
    return Feed(
        parts.system(),
        source if isinstance(start.where, str) else FILE,
        listed.vehicles,
        listed.skipped,
        listed.positions,
        parts.last_updated(),
        parts.ttl_s(),
    )


class _FeedParts:
    """The parts of a feed by their GBFS names."""

    #: The types when the feed has no ``vehicle_types``.
    default_types: VehicleTypes

    def __init__(self, start: Document) -> None:
        self.start = start

    def part(self, name: str) -> Document | None:
        """Return a part, or None when the feed has none of that name."""
        raise NotImplementedError

    def find_vehicle_file(self) -> Document:
        raise NotImplementedError

    @cached_property
    def vehicle_file(self) -> Document:
        return self.find_vehicle_file()

    def vehicles(self) -> list[object]:
        file = self.vehicle_file
        return _read_list(file, _find_vehicle_list(file.data) or VEHICLE_LISTS[0])

    def last_updated(self) -> datetime | None:
        """Return when the vehicles were last updated, not the list of files."""
        content = self.vehicle_file.content
        return read_timestamp(content.get("last_updated")) if isinstance(content, dict) else None

    def ttl_s(self) -> int:
        """Return for how long the vehicles stay as they are, seconds; 0: the feed does not say."""
        content = self.vehicle_file.content
        ttl = content.get("ttl") if isinstance(content, dict) else None
        return int(ttl) if is_number(ttl) and 0 <= ttl <= MAX_TTL_S else 0

    def stations(self) -> dict[str, Position]:
        """Return the positions of stations, if a vehicle needs one."""
        if not needs_stations(self.vehicles()):
            return {}
        try:
            file = self.part("station_information")
        except FileMissing:
            file = None
        return read_stations(_read_list(file, "stations")) if file else {}

    def types(self) -> VehicleTypes:
        file = self.part("vehicle_types")
        return read_types(_read_list(file, "vehicle_types")) if file else self.default_types

    def system(self) -> str:
        """Return the system's id, else the name of the file: the same on every run.

        Only a missing file counts as a system without an id. If an error of the network did, all
        vehicles would be imported a second time under another name.
        """
        try:
            file = self.part("system_information")
        except FileMissing:
            file = None
        system_id = file.data.get("system_id") if file else None
        id_ = fit_identifier(system_id, MAX_FEED_ID_LENGTH) if isinstance(system_id, str) else ""
        return id_ or fit_identifier(self.start.name, MAX_FEED_ID_LENGTH)


class _Feed(_FeedParts):
    """A feed that gbfs.json describes."""

    default_types = ALL_BICYCLES

    def __init__(self, start: Document, files: HttpFiles) -> None:
        super().__init__(start)
        self.files = files
        self.references = _read_references(start)

    def part(self, name: str) -> Document | None:
        if name not in self.references:
            # A file that was saved beside gbfs.json counts, although gbfs.json does not name it.
            return (
                find_beside(self.start, f"{name}.json") if name == "station_information" else None
            )
        return open_reference(self.start, name, self.references[name], self.files)

    def find_vehicle_file(self) -> Document:
        for name in VEHICLE_FILES:
            if file := self.part(name):
                return file
        raise self.start.unreadable(f"names no vehicle feed ({' or '.join(VEHICLE_FILES)})")


class _SingleVehicleFile(_FeedParts):
    """A vehicle file; on disk, the other files may lie beside it."""

    default_types = TYPES_MISSING

    def part(self, name: str) -> Document | None:
        return find_beside(self.start, f"{name}.json")

    def find_vehicle_file(self) -> Document:
        return self.start


def _find_vehicle_list(data: dict[str, object]) -> str | None:
    return next((name for name in VEHICLE_LISTS if name in data), None)


def _read_list(file: Document, name: str) -> list[object]:
    items = file.data.get(name)
    if not isinstance(items, list):
        raise file.unreadable(f"has no list '{name}'")
    return items


def _read_references(gbfs: Document) -> dict[str, str]:
    """Return the URL of each part. Before 3.0 there is a set for each language: English, or any."""
    data = gbfs.data
    holder = data if "feeds" in data else data.get("en", next(iter(data.values()), None))
    feeds = holder.get("feeds") if isinstance(holder, dict) else None
    if not isinstance(feeds, list):
        if other_file := describe_other_file(data):
            raise NotGbfs(f"{gbfs.shown} {show_text(other_file)}.")
        raise NotGbfs(f"{gbfs.shown} has neither a list of feeds nor one of vehicles.")
    references: dict[str, str] = {}
    for feed in feeds:
        name, url = (feed.get("name"), feed.get("url")) if isinstance(feed, dict) else (None, None)
        if not (isinstance(name, str) and isinstance(url, str)):
            raise gbfs.unreadable("has a feed without a name or a URL")
        references.setdefault(name, url)
    return references
