"""Files of zones: GeoJSON, or the ``geofencing_zones`` of a GBFS feed."""

from pathlib import Path
from typing import NoReturn

from shapely import MultiPolygon, get_num_coordinates

from webapp.cli import show_text
from webapp.errors import DomainError
from webapp.fleet.gbfs.documents import load
from webapp.fleet.zones.classification import FeatureUnsupported, classify_feature
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.feed_zones import finish_feed, read_feed_rules, read_feed_zone
from webapp.fleet.zones.gbfs_geofencing import read_geofencing_file
from webapp.fleet.zones.geometry import (
    InvalidGeometry,
    check_location,
    read_polygons,
    repair_polygons,
)
from webapp.fleet.zones.parsed_zones import Feature, ParsedZone, ZoneFile
from webapp.fleet.zones.zone_rules import Rule
from webapp.regions.map_projection import Projection
from webapp.regions.models import City

#: A file is inserted in one transaction with one statement, which limits its size.
MAX_BYTES = 8_000_000
MAX_ZONES = 2_000
#: The name of a GBFS file of zones.
ZONES_FILE = "geofencing_zones.json"
#: Of all polygons of a file: each is repaired, and compared with the others.
MAX_VERTICES = 100_000
#: Of all zones of a feed, and of the city.
MAX_RULES = 20_000
#: How many vehicle types the rules of a feed may name: where rides end is computed for each.
MAX_NAMED_TYPES = 200


class ZonesUnreadable(DomainError):
    """The file can't be imported; the message says where, and why."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


def read_zone_file(path: Path, city: City, kind: ZoneKind | None = None) -> ZoneFile:
    """Return the zones of a file, or of the GBFS file in a folder.

    kind: the kind of all of them, whatever the file says.
    Raises ZonesUnreadable, and FeedUnreadable if there is no JSON file.
    """
    path = path / ZONES_FILE if path.is_dir() else path
    title = show_text(path.name)
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise ZonesUnreadable(f"{title} is larger than {MAX_BYTES // 1_000_000} MB.")
    content = load(path).content
    geofencing = read_geofencing_file(content)
    features = _list_features(geofencing.feature_collection if geofencing else content)
    if len(features) > MAX_ZONES:
        raise ZonesUnreadable(f"{title} has more than {MAX_ZONES} features.")
    if not features:
        raise ZonesUnreadable(f"{title} is not GeoJSON, or has no features.")
    zone_file = ZoneFile(path.name)
    if geofencing and kind is None:
        zone_file.feed_rules = read_feed_rules(zone_file, geofencing, path)
    for number, feature in enumerate(features, 1):
        _add_feature(zone_file, Feature(feature, number), city, kind)
    if not zone_file.zones:
        notes = "; ".join(zone_file.format_notes())
        raise ZonesUnreadable(f"{title} has no zone to import: {notes}.")
    if zone_file.feed_rules:
        _check_rules(title, [*(z.rules or () for z in zone_file.zones), zone_file.feed_rules.rules])
        finish_feed(zone_file, zone_file.feed_rules)
    return zone_file


def _check_rules(title: str, rule_lists: list[tuple[Rule, ...]]) -> None:
    rules = [rule for rules in rule_lists for rule in rules]
    if len(rules) > MAX_RULES:
        raise ZonesUnreadable(f"{title} has more than {MAX_RULES:,} rules.")
    named = frozenset[str]().union(*(rule.vehicle_type_ids or () for rule in rules))
    if len(named) > MAX_NAMED_TYPES:
        raise ZonesUnreadable(
            f"The rules of {title} name more than {MAX_NAMED_TYPES} vehicle types."
        )


def _list_features(content: object) -> list[object]:
    match content:
        case {"type": "FeatureCollection", "features": [*features]}:
            return features
        case {"type": "Feature"}:
            return [content]
        case {"type": str(), "coordinates": [*_]}:
            return [{"geometry": content}]
    return []


def _add_feature(zone_file: ZoneFile, feature: Feature, city: City, kind: ZoneKind | None) -> None:
    try:
        polygons = read_polygons(feature.content)
        _count_vertices(zone_file, polygons)
        check_location(polygons, city)
        area = repair_polygons(polygons, Projection(city.centre))
        if zone_file.feed_rules:
            zone = read_feed_zone(zone_file, feature, city, area)
        else:
            zone = _read_zone_of_kind(zone_file, feature, kind, area)
    except FeatureUnsupported as reason:
        zone_file.add_note(f"skipped: {reason}", feature.title)
        return
    except InvalidGeometry as problem:
        source, title = show_text(zone_file.source), show_text(feature.title)
        raise ZonesUnreadable(f"{source}: {title} {problem}.") from None
    if not polygons.is_valid:
        zone_file.add_note("repaired: the outline crosses itself", feature.title)
    zone_file.zones.append(zone)


def _read_zone_of_kind(
    zone_file: ZoneFile, feature: Feature, kind: ZoneKind | None, area: MultiPolygon
) -> ParsedZone:
    """Return a zone whose rules follow from its kind, which is that of the file by default."""
    classification = classify_feature(feature.properties)
    kind = kind or classification.kind or _refuse_unknown_kind(zone_file, feature)
    speed = classification.speed
    if speed and not speed.has_unit:
        zone_file.add_note("with a speed limit without a unit: read as km/h", feature.title)
    kph = speed.kph if speed else None
    return ParsedZone(kind, feature.name, kph, area, labels=feature.labels)


def _refuse_unknown_kind(zone_file: ZoneFile, feature: Feature) -> NoReturn:
    raise ZonesUnreadable(
        f"{show_text(zone_file.source)} does not say what {show_text(feature.title)} is for:"
        f" add --kind with one of {', '.join(ZoneKind)}."
    )


def _count_vertices(zone_file: ZoneFile, polygons: MultiPolygon) -> None:
    zone_file.vertices += int(get_num_coordinates(polygons))
    if zone_file.vertices > MAX_VERTICES:
        raise ZonesUnreadable(
            f"The outlines in {show_text(zone_file.source)} have more than {MAX_VERTICES:,}"
            " corners: draw them with fewer."
        )
