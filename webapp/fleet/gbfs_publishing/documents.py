"""Which files each version has, and making one."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from flask import current_app

from webapp.fleet.gbfs_publishing import version_2, version_3
from webapp.fleet.gbfs_publishing.data import Document, FileData
from webapp.fleet.gbfs_publishing.files.discovery import (
    make_feeds,
    make_manifest,
    make_versions,
)
from webapp.fleet.gbfs_publishing.files.geofencing_zones import make_geofencing_zones
from webapp.fleet.gbfs_publishing.files.stations import make_stations
from webapp.fleet.gbfs_publishing.files.system_alerts import make_alerts
from webapp.fleet.gbfs_publishing.files.system_information import make_system_information
from webapp.fleet.gbfs_publishing.files.system_pricing_plans import make_pricing_plans
from webapp.fleet.gbfs_publishing.files.system_regions import make_regions
from webapp.fleet.gbfs_publishing.files.vehicle_status import make_vehicle_status
from webapp.fleet.gbfs_publishing.files.vehicle_types import make_vehicle_types
from webapp.fleet.gbfs_publishing.versions import RELEASED, Version
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

#: For how long the feed of a closed city goes on, without vehicles, as the standard asks.
SERVED_AFTER_CLOSING = timedelta(days=30)

#: What makes the data of a file of a city, by its name.
Files = Mapping[str, Callable[[City], FileData]]

_IN_BOTH_VERSIONS: Files = {
    "gbfs_versions": make_versions,
    "system_information": make_system_information,
    "vehicle_types": make_vehicle_types,
    "system_pricing_plans": make_pricing_plans,
    "system_regions": make_regions,
    "geofencing_zones": make_geofencing_zones,
    "system_alerts": make_alerts,
}
_IN_VERSION_3: Files = {**_IN_BOTH_VERSIONS, "vehicle_status": make_vehicle_status}
#: Besides ``gbfs``, which lists them.
FILES: Mapping[Version, Files] = {
    Version.V3: _IN_VERSION_3,
    Version.V3_1_RC3: _IN_VERSION_3,
    Version.V2: {
        **_IN_BOTH_VERSIONS,
        "free_bike_status": make_vehicle_status,
        "station_information": make_stations,
        "station_status": make_stations,
    },
}
_WRITERS = {
    Version.V2: version_2.write_document,
    Version.V3: version_3.write_document,
    Version.V3_1_RC3: version_3.write_candidate,
}


def has_file(version: Version, name: str) -> bool:
    """Return whether a version is published and has a file of that name."""
    if version not in RELEASED and not current_app.config["GBFS_RELEASE_CANDIDATE"]:
        return False
    return name == "gbfs" or name in FILES[version]


def write_file(version: Version, city: City, name: str, language: str | None) -> bytes:
    """Return a file of a city's feed, with the data of this moment. language: as ``Document``."""
    last_updated = datetime.now(UTC)
    if name == "gbfs":
        data: FileData = make_feeds(city, version, FILES[version])
    else:
        data = FILES[version][name](city)
    return _write(version, Document(name, data, last_updated, _ttl_s(), language))


def write_manifest() -> bytes:
    """Return the list of the feeds of all cities."""
    cities = [city for city in catalogue().all() if not is_gone(city)]
    document = Document("manifest", make_manifest(cities), datetime.now(UTC), _ttl_s())
    return _write(Version.V3, document)


def is_gone(city: City) -> bool:
    """Return whether the feed of a closed city has ended for good."""
    return city.closes_at is not None and datetime.now(UTC) > city.closes_at + SERVED_AFTER_CLOSING


def _write(version: Version, document: Document) -> bytes:
    return _WRITERS[version](document)


def _ttl_s() -> int:
    return int(current_app.config["GBFS_MAX_AGE_S"])
