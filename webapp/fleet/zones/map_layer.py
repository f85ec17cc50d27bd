"""The zones of a city for its maps: simplified, so that they are small, and with their texts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from webapp.fleet.zones.descriptions import describe_zone
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.labels import (
    OTHER_ZONE_LABEL,
    OTHER_ZONE_RULE,
    zone_kind_label,
    zone_rule_label,
)
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import KINDS_BY_PRECEDENCE, CityZones, VehicleType

#: A zone that is of no kind, but not like elsewhere.
OTHER_KIND = "other"
#: Those that forbid most first.
MAP_KINDS = (*KINDS_BY_PRECEDENCE, OTHER_KIND)

#: An object of JSON.
Json = dict[str, object]


def build_map_layer(
    zones: CityZones,
    currency: str,
    vehicle_type: VehicleType | None = None,
    moment: datetime | None = None,
) -> Json:
    """Return what static/js/zone_layer.js draws for a type of vehicle, or for all.

    outside: GeoJSON of the world without the service area, or None without one.
    zones: GeoJSON features, in the order of drawing: the zone that applies comes last.
    legend: the kinds of zones in the city.
    """
    kinds = {zone.id: map_kind(zones, zone, vehicle_type) for zone in zones.active_zones(moment)}
    drawn = [zone for zone in reversed(zones.zones) if kinds.get(zone.id)]
    service_areas = [zone for zone in drawn if kinds[zone.id] == ZoneKind.SERVICE_AREA]
    return {
        "outside": zones.map_shapes.find_outside(service_areas) if service_areas else None,
        "zones": [
            _make_feature(zones, zone, kinds[zone.id], currency, vehicle_type) for zone in drawn
        ],
        "legend": _legend(zones, drawn, kinds, vehicle_type),
    }


def _make_feature(
    zones: CityZones,
    zone: Zone,
    kind: str | None,
    currency: str,
    vehicle_type: VehicleType | None,
) -> Json:
    shape, rule = zones.map_shapes.find(zone), zones.zone_rule(zone, vehicle_type)
    return {
        "type": "Feature",
        "geometry": shape.geometry,
        "properties": {
            "kind": kind,
            "words": _words(zones, zone, currency, vehicle_type),
            "speed": rule.maximum_speed_kph if rule else None,
            "at": shape.inside,
        },
    }


def list_map_kinds(
    zones: CityZones, vehicle_type: VehicleType | None = None, moment: datetime | None = None
) -> list[str]:
    """Return the kinds of zones that a map shows, those that forbid first."""
    kinds = {map_kind(zones, zone, vehicle_type) for zone in zones.active_zones(moment)}
    return [kind for kind in MAP_KINDS if kind in kinds]


def map_kind(zones: CityZones, zone: Zone, vehicle_type: VehicleType | None) -> str | None:
    """Return how a map shows a zone; None: not at all, because nothing is different there."""
    if kind := zones.zone_kind(zone, vehicle_type):
        return kind.value
    rule, elsewhere = zones.zone_rule(zone, vehicle_type), zones.rule_elsewhere(vehicle_type)
    if rule is None:
        return None
    forbids_start = rule.ride_start_allowed is False and elsewhere.ride_start_allowed is not False
    return OTHER_KIND if forbids_start or rule.station_parking else None


def _legend(
    zones: CityZones,
    drawn: Sequence[Zone],
    kinds: dict[UUID, str | None],
    vehicle_type: VehicleType | None,
) -> list[Json]:
    """Return the kinds with their texts. A kind whose zones say different things has no rule."""
    entries: list[Json] = []
    for kind in (*ZoneKind, OTHER_KIND):
        of_kind = [zone for zone in drawn if kinds[zone.id] == kind]
        if not of_kind:
            continue
        if kind == OTHER_KIND:
            entries.append(
                {"kind": kind, "label": str(OTHER_ZONE_LABEL), "rule": str(OTHER_ZONE_RULE)}
            )
            continue
        rules = [zones.zone_rule(zone, vehicle_type) for zone in of_kind]
        ends = kind == ZoneKind.NO_RIDE and any(rule and rule.ride_end_allowed for rule in rules)
        rule_label = str(OTHER_ZONE_RULE) if ends else zone_rule_label(kind)
        entries.append({"kind": kind, "label": zone_kind_label(kind), "rule": rule_label})
    return entries


def _words(
    zones: CityZones, zone: Zone, currency: str, vehicle_type: VehicleType | None
) -> list[str]:
    descriptions = describe_zone(zones, zone, currency, vehicle_type)
    if zone.rules is None:  # the legend has the rule
        descriptions = [each._replace(sentences=each.sentences[1:]) for each in descriptions]
    if len(descriptions) == 1 and not descriptions[0].types:
        label, sentences = descriptions[0].label, descriptions[0].sentences
        return [": ".join(filter(None, (label, zone.name))), *sentences]
    lines = [f"{each.types}: {' '.join(each.sentences)}" for each in descriptions]
    return [zone.name or str(OTHER_ZONE_LABEL), *lines]
