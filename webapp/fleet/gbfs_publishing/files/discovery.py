"""``gbfs.json``, ``gbfs_versions.json`` and ``manifest.json``: where the other files are."""

from collections.abc import Iterable

from webapp.fleet.gbfs_publishing.data import FileData
from webapp.fleet.gbfs_publishing.versions import RELEASED, Version, file_url, make_system_id
from webapp.regions.models import City


class FeedFile(FileData):
    """A file of the feed."""

    name: str
    url: str


class Feeds(FileData):
    """The data of ``gbfs.json``."""

    feeds: list[FeedFile]


class PublishedVersion(FileData):
    """Where a version of the feed begins."""

    version: str
    url: str


class Versions(FileData):
    """The data of ``gbfs_versions.json``."""

    versions: list[PublishedVersion]


class Dataset(FileData):
    """The feed of a city."""

    system_id: str
    versions: list[PublishedVersion]


class Manifest(FileData):
    """The data of ``manifest.json``."""

    datasets: list[Dataset]


def make_feeds(city: City, version: Version, names: Iterable[str]) -> Feeds:
    """Return the list of the files of a city's feed. names: as the version has them."""
    return Feeds([FeedFile(name, file_url(version, city, name)) for name in names])


def make_versions(city: City) -> Versions:
    """Return the versions of a city's feed, the oldest first."""
    return Versions(_list_versions(city))


def make_manifest(cities: Iterable[City]) -> Manifest:
    """Return the list of the feeds of all cities."""
    return Manifest([Dataset(make_system_id(city), _list_versions(city)) for city in cities])


def _list_versions(city: City) -> list[PublishedVersion]:
    return [
        PublishedVersion(version.number, file_url(version, city, "gbfs")) for version in RELEASED
    ]
