"""``geofencing_zones.json``: where rides start and end, where nobody rides, and how fast.

In GBFS 3.0 each rule says whether rides start, end and go through. A zone of ours may say only some
of that, and the others are what the zones below it say: such a zone becomes parts, one for each
combination (``zone_parts``).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import shapely

from webapp.fleet.enums import VehicleType
from webapp.fleet.gbfs_publishing.data import (
    FileData,
    Json,
    LocalizedText,
    name_in_all_languages,
    translate,
)
from webapp.fleet.gbfs_publishing.queries import list_city_types
from webapp.fleet.gbfs_publishing.versions import make_vehicle_type_id
from webapp.fleet.gbfs_publishing.zone_parts import Rules, fill_rules, split_zones
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.labels import zone_label
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.zone_rules import Rule
from webapp.regions.models import City


class ZoneRule(FileData):
    """What vehicles may do. Without ``vehicle_type_ids`` it is for all."""

    ride_start_allowed: bool
    ride_end_allowed: bool
    ride_through_allowed: bool
    vehicle_type_ids: list[str] | None = None
    maximum_speed_kph: int | None = None


class ZoneProperties(FileData):
    """What is said about a zone. A zone may have no name."""

    rules: list[ZoneRule]
    name: LocalizedText | None = None
    start: datetime | None = None
    end: datetime | None = None


class ZoneFeature(FileData):
    """A zone: a feature of GeoJSON."""

    type: str
    geometry: Json
    properties: ZoneProperties


class ZoneCollection(FileData):
    """The zones; where they overlap the first applies."""

    type: str
    features: list[ZoneFeature]


class GeofencingZones(FileData):
    """The data of the file. ``global_rules`` apply outside of all zones."""

    geofencing_zones: ZoneCollection
    global_rules: list[ZoneRule]


def make_geofencing_zones(city: City) -> GeofencingZones:
    """Return the zones of a city that apply or will, and what applies elsewhere."""
    return describe_zones(city_zones(city), list_city_types(city), datetime.now(UTC))


def describe_zones(
    zones: CityZones, types: Sequence[VehicleType], moment: datetime
) -> GeofencingZones:
    """Return what zones say to vehicles of some types from a moment on."""
    parts = split_zones(zones, types, moment)
    features = [_make_feature(part.zone, part.area, types, part.rules) for part in parts]
    elsewhere = fill_rules([zones.find_rule_elsewhere(each) for each in types])
    return GeofencingZones(
        ZoneCollection("FeatureCollection", features), make_rules(types, elsewhere)
    )


def _make_feature(
    zone: Zone, area: shapely.MultiPolygon, types: Sequence[VehicleType], rules: Rules
) -> ZoneFeature:
    properties = ZoneProperties(
        make_rules(types, rules),
        _name_zone(zone),
        zone.valid_from and zone.valid_from.replace(microsecond=0),
        zone.valid_until and zone.valid_until.replace(microsecond=0),
    )
    return ZoneFeature("Feature", shapely.geometry.mapping(area), properties)


def _name_zone(zone: Zone) -> LocalizedText:
    if zone.name:
        return name_in_all_languages(zone.name, zone.labels)
    return translate(lambda: zone_label(zone))


def make_rules(types: Sequence[VehicleType], rules: Rules) -> list[ZoneRule]:
    """Return the rules of some types, those for all types last."""
    types_by_rule: dict[Rule, list[str]] = {}
    for vehicle_type, rule in zip(types, rules, strict=True):
        types_by_rule.setdefault(rule, []).append(make_vehicle_type_id(vehicle_type))
    *special, most = sorted(types_by_rule.items(), key=lambda each: len(each[1]))
    return [*(_make_rule(rule, ids) for rule, ids in special), _make_rule(most[0], None)]


def _make_rule(rule: Rule, type_ids: Iterable[str] | None) -> ZoneRule:
    return ZoneRule(
        rule.ride_start_allowed is not False,
        rule.ride_end_allowed is not False,
        rule.ride_through_allowed is not False,
        None if type_ids is None else sorted(type_ids),
        rule.maximum_speed_kph,
    )
