"""The zones of a GBFS feed: their rules, those of the city, and what its vehicle types are here."""

from dataclasses import replace
from pathlib import Path

from shapely import MultiPolygon

from webapp.fleet.gbfs.documents import FeedUnreadable, load
from webapp.fleet.gbfs.vehicle_types import FeedVehicleType, read_types, replace_unstorable
from webapp.fleet.zones.classification import FeatureUnsupported
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.feed_types import FeedTypes, ListedType
from webapp.fleet.zones.gbfs_geofencing import GeofencingFile, read_feature_rules
from webapp.fleet.zones.parsed_zones import Feature, FeedRules, ParsedZone, ZoneFile
from webapp.fleet.zones.zone_rules import OTHER_TYPE, Rule, find_kind, summarize
from webapp.regions.models import City

#: Beside a file of a feed: what the ids of vehicle types mean.
VEHICLE_TYPES_FILE = "vehicle_types.json"
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


def read_feed_rules(zone_file: ZoneFile, geofencing: GeofencingFile, path: Path) -> FeedRules:
    """Return what a feed says beside its zones, from its file and the one of vehicle types."""
    for problem in geofencing.problems:
        zone_file.add_note(problem, "global_rules")
    return FeedRules(geofencing.global_rules, _read_vehicle_types(zone_file, path))


def _read_vehicle_types(zone_file: ZoneFile, path: Path) -> tuple[ListedType, ...] | None:
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
                (replace_unstorable(id_), type_.form_factor.value, type_.propulsion_type.value)
                for id_, type_ in types
                if isinstance(type_, FeedVehicleType)
            )
    zone_file.add_note("cannot be read, as if it were not there", VEHICLE_TYPES_FILE)
    return None


def read_feed_zone(
    zone_file: ZoneFile, feature: Feature, city: City, area: MultiPolygon
) -> ParsedZone:
    """Return a zone with its rules. Its kind follows when those of all zones are known
    (``finish_feed``). Raises FeatureUnsupported."""
    feature_rules = read_feature_rules(feature.properties, city.zone)
    rules = feature_rules.rules
    for problem in dict.fromkeys(feature_rules.problems):
        zone_file.add_note(problem, feature.title)
    if not rules:
        raise FeatureUnsupported("has no rules, so nothing is different there")
    if any(rule.station_parking for rule in rules):
        zone_file.add_note(STATION_NOTE, feature.title)
    times = (feature_rules.valid_from, feature_rules.valid_until)
    return ParsedZone(ZoneKind.SLOW, feature.name, None, area, rules, *times, labels=feature.labels)


def finish_feed(zone_file: ZoneFile, feed_rules: FeedRules) -> None:
    """Find the kind that is nearest to the rules of each zone, and note what is not known of the
    vehicle types."""
    rule_lists = [zone.rules or () for zone in zone_file.zones]
    feed_types = FeedTypes(feed_rules.vehicle_types, [*rule_lists, feed_rules.rules])
    _note_types(zone_file, feed_rules, feed_types)
    zone_file.zones = [_set_kind(zone, feed_rules, feed_types) for zone in zone_file.zones]


def _set_kind(zone: ParsedZone, feed_rules: FeedRules, feed_types: FeedTypes) -> ParsedZone:
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
