"""Files of zones: GeoJSON, or the ``geofencing_zones`` of a GBFS feed."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from shapely import MultiPolygon, get_num_coordinates

from webapp.errors import DomainError
from webapp.fleet.gbfs.documents import FeedUnreadable, load, printable
from webapp.fleet.gbfs.vehicle_types import VehicleType, read_types
from webapp.fleet.zones.classification import FeatureUnsupported, classify_feature, read_name
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.gbfs_geofencing import (
    GeofencingFile,
    read_feature_rules,
    read_geofencing_file,
)
from webapp.fleet.zones.geometry import (
    InvalidGeometry,
    check_location,
    read_polygons,
    repair_polygons,
)
from webapp.fleet.zones.zone_rules import OTHER_TYPE, FeedTypes, Rule, find_kind, summarize
from webapp.regions.models import City

#: Beside a file of a feed: what the ids of vehicle types mean.
VEHICLE_TYPES_FILE = "vehicle_types.json"
#: A file is inserted in one transaction with one statement, which limits its size.
MAX_BYTES = 8_000_000
MAX_ZONES = 2_000
#: Of all polygons of a file: each is repaired, and compared with the others.
MAX_VERTICES = 100_000
STATION_NOTE = (
    "allow parking at stations only: there are none here, and rides end where the rules allow it"
)
NO_TYPES_NOTE = (
    f"named as vehicle type, without {VEHICLE_TYPES_FILE} beside the file: the strictest of the"
    " rules for them applies to every vehicle"
)
UNKNOWN_TYPE_NOTE = (
    f"named as vehicle type and not in {VEHICLE_TYPES_FILE}: rules for it alone apply to no vehicle"
)
SAME_TYPE_NOTE = (
    "with rules of their own, but of the same type here: the strictest of the rules applies to all"
)
#: How many features a note names.
MAX_EXAMPLES = 3


class ZonesUnreadable(DomainError):
    """The file can't be imported; the message says where, and why."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


@dataclass(frozen=True)
class ParsedZone:
    """One zone of a file: ``name`` is '' where the file has none, ``area`` in lon and lat.

    rules: None: what the kind says.
    """

    kind: ZoneKind
    name: str
    max_speed_kph: int | None
    area: MultiPolygon
    rules: tuple[Rule, ...] | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True)
class FeedRules:
    """What a feed says beside its zones.

    rules: those of the city outside of its zones.
    vehicle_types: (id, form factor, propulsion type); None: the feed does not say.
    """

    rules: tuple[Rule, ...] = ()
    vehicle_types: tuple[tuple[str, str, str], ...] | None = None


@dataclass
class ZoneFile:
    """The zones of a file, and the names of features that were repaired or skipped, by reason.

    feed_rules: None: the file is not of a feed, or its rules are not used.
    """

    source: str
    zones: list[ParsedZone] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    feed_rules: FeedRules | None = None
    #: Of all polygons that were read.
    vertices: int = 0

    def format_notes(self) -> Iterator[str]:
        """Yield a line for each reason."""
        for reason, names in self.notes.items():
            examples = ", ".join(map(printable, names[:MAX_EXAMPLES]))
            more = ", ..." if len(names) > MAX_EXAMPLES else ""
            yield f"{len(names)} {reason} ({examples}{more})"

    def add_note(self, reason: str, feature_name: str) -> None:
        self.notes.setdefault(reason, []).append(feature_name)


@dataclass(frozen=True)
class _Feature:
    """A GeoJSON feature, with the name of its zone in messages."""

    content: object
    number: int

    @property
    def properties(self) -> dict[str, object]:
        properties = self.content.get("properties") if isinstance(self.content, dict) else None
        return properties if isinstance(properties, dict) else {}

    @property
    def name(self) -> str:
        return read_name(self.properties)

    @property
    def title(self) -> str:
        return self.name or f"feature {self.number}"


def read_zone_file(path: Path, city: City, kind: ZoneKind | None = None) -> ZoneFile:
    """Return the zones of a file.

    kind: the kind of all of them, whatever the file says.
    Raises ZonesUnreadable, and FeedUnreadable if there is no JSON file.
    """
    title = printable(path.name)
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise ZonesUnreadable(f"{title} is larger than {MAX_BYTES // 1_000_000} MB.")
    content = load(path).content
    geofencing = read_geofencing_file(content)
    features = _list_features(geofencing.feature_collection if geofencing else content)
    if len(features) > MAX_ZONES:
        raise ZonesUnreadable(f"{title} has more than {MAX_ZONES} features.")
    if not features:
        raise ZonesUnreadable(f"{title} is no GeoJSON with a list of features.")
    zone_file = ZoneFile(path.name)
    if geofencing and kind is None:
        zone_file.feed_rules = _read_feed_rules(zone_file, geofencing, path)
    for number, feature in enumerate(features, 1):
        _add_feature(zone_file, _Feature(feature, number), city, kind)
    if not zone_file.zones:
        notes = "; ".join(zone_file.format_notes())
        raise ZonesUnreadable(f"{title} has no zone to take in: {notes}.")
    if zone_file.feed_rules:
        _finish_feed(zone_file, zone_file.feed_rules)
    return zone_file


def _list_features(content: object) -> list[object]:
    match content:
        case {"type": "FeatureCollection", "features": [*features]}:
            return features
        case {"type": "Feature"}:
            return [content]
        case {"type": str(), "coordinates": [*_]}:
            return [{"geometry": content}]
    return []


def _add_feature(zone_file: ZoneFile, feature: _Feature, city: City, kind: ZoneKind | None) -> None:
    try:
        polygons = read_polygons(feature.content)
        _count_vertices(zone_file, polygons)
        check_location(polygons, city)
        area = repair_polygons(polygons)
        if zone_file.feed_rules:
            zone = _read_feed_zone(zone_file, feature, city, area)
        else:
            classification = classify_feature(feature.properties)
            kind = kind or classification.kind or _refuse_unknown_kind(zone_file, feature)
            zone = ParsedZone(kind, feature.name, classification.max_speed_kph, area)
    except FeatureUnsupported as reason:
        zone_file.add_note(f"skipped: {reason}", feature.title)
        return
    except InvalidGeometry as problem:
        source, title = printable(zone_file.source), printable(feature.title)
        raise ZonesUnreadable(f"{source}: {title} {problem}.") from None
    if not polygons.is_valid:
        zone_file.add_note("mended: the outline crosses itself", feature.title)
    zone_file.zones.append(zone)


def _refuse_unknown_kind(zone_file: ZoneFile, feature: _Feature) -> NoReturn:
    raise ZonesUnreadable(
        f"{printable(zone_file.source)} does not say what {printable(feature.title)} is for:"
        f" add --kind with one of {', '.join(ZoneKind)}."
    )


def _count_vertices(zone_file: ZoneFile, polygons: MultiPolygon) -> None:
    zone_file.vertices += int(get_num_coordinates(polygons))
    if zone_file.vertices > MAX_VERTICES:
        raise ZonesUnreadable(
            f"The outlines in {printable(zone_file.source)} have more than {MAX_VERTICES:,}"
            " corners: draw them with fewer."
        )


# --- feeds -------------------------------------------------------------------------------------


def _read_feed_rules(zone_file: ZoneFile, geofencing: GeofencingFile, path: Path) -> FeedRules:
    for problem in geofencing.problems:
        zone_file.add_note(problem, "global_rules")
    return FeedRules(geofencing.global_rules, _read_vehicle_types(zone_file, path))


def _read_vehicle_types(zone_file: ZoneFile, path: Path) -> tuple[tuple[str, str, str], ...] | None:
    """Return the types of the file beside the zones; None without one."""
    types_path = path.with_name(VEHICLE_TYPES_FILE)
    if not types_path.is_file():
        return None
    try:
        content = load(types_path).content
    except FeedUnreadable:
        content = None
    match content:
        case {"data": {"vehicle_types": [*listed]}}:
            types = read_types(listed).by_id.items()
            return tuple(
                (id_, type_.form_factor.value, type_.propulsion_type.value)
                for id_, type_ in types
                if isinstance(type_, VehicleType)
            )
    zone_file.add_note("cannot be read, as if it were not there", VEHICLE_TYPES_FILE)
    return None


def _read_feed_zone(
    zone_file: ZoneFile, feature: _Feature, city: City, area: MultiPolygon
) -> ParsedZone:
    read = read_feature_rules(feature.properties, city.zone)
    for problem in dict.fromkeys(read.problems):
        zone_file.add_note(problem, feature.title)
    if not read.rules:
        raise FeatureUnsupported("has no rules, so nothing is different there")
    if any(rule.station_parking for rule in read.rules):
        zone_file.add_note(STATION_NOTE, feature.title)
    kind = ZoneKind.SLOW  # until the rules of all zones are known
    return ParsedZone(kind, feature.name, None, area, read.rules, read.valid_from, read.valid_until)


def _finish_feed(zone_file: ZoneFile, feed_rules: FeedRules) -> None:
    """Find the kind that is nearest to the rules of each zone, and note what is not known of the
    vehicle types."""
    rule_lists = [zone.rules or () for zone in zone_file.zones]
    feed_types = FeedTypes(feed_rules.vehicle_types, [*rule_lists, feed_rules.rules])
    _note_types(zone_file, feed_rules, feed_types)
    zone_file.zones = [_with_kind(zone, feed_rules, feed_types) for zone in zone_file.zones]


def _with_kind(zone: ParsedZone, feed_rules: FeedRules, feed_types: FeedTypes) -> ParsedZone:
    elsewhere = feed_types.summarize(feed_rules.rules, None) or Rule()
    rule = feed_types.summarize(zone.rules or (), None) or Rule()
    kind = find_kind(rule, elsewhere) or ZoneKind.SLOW
    return replace(zone, kind=kind, max_speed_kph=rule.maximum_speed_kph or None)


def _note_types(zone_file: ZoneFile, feed_rules: FeedRules, feed_types: FeedTypes) -> None:
    """Note which rules for some vehicle types cannot be used as they are."""
    listed = feed_rules.vehicle_types
    if listed is None:
        for id_ in sorted(feed_types.named):
            zone_file.add_note(NO_TYPES_NOTE, id_)
        return
    for id_ in sorted(feed_types.named - {id_ for id_, *_ in listed}):
        zone_file.add_note(UNKNOWN_TYPE_NOTE, id_)
    rule_lists = [*(zone.rules or () for zone in zone_file.zones), feed_rules.rules]
    for vehicle_type in feed_types.types:
        ids = feed_types.find_ids(vehicle_type)
        if any(len({summarize(rules, id_) for id_ in ids}) > 1 for rules in rule_lists):
            for id_ in sorted(id_ for id_ in ids if id_ is not OTHER_TYPE):
                zone_file.add_note(SAME_TYPE_NOTE, id_)
