"""The zones of a city for its maps: simplified, so that they are small, and with their texts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.descriptions import describe_zone
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.labels import (
    OTHER_ZONE_LABEL,
    OTHER_ZONE_RULE,
    own_zone_label,
    zone_kind_label,
    zone_rule_label,
)
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import KINDS_BY_PRECEDENCE, CityZones
from webapp.fleet.zones.zone_rules import Rule
from webapp.measures import convert_speed
from webapp.templating import add_colon

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
    kinds = _find_kinds(zones, vehicle_type, moment)
    drawn = [zone for zone in reversed(zones.zones) if kinds.get(zone.id)]
    service_areas = [
        z for z in drawn if zones.find_zone_kind(z, vehicle_type) == ZoneKind.SERVICE_AREA
    ]
    return {
        "outside": zones.map_shapes.find_outside(service_areas) if service_areas else None,
        "zones": [
            _make_feature(zones, zone, kinds[zone.id], currency, vehicle_type) for zone in drawn
        ],
        "legend": _make_legend(drawn, kinds),
    }


def _make_feature(
    zones: CityZones,
    zone: Zone,
    kind: str | None,
    currency: str,
    vehicle_type: VehicleType | None,
) -> Json:
    shape, rule = zones.map_shapes.find(zone), zones.find_zone_rule(zone, vehicle_type)
    return {
        "type": "Feature",
        "geometry": shape.geometry,
        "properties": {
            "kind": kind,
            "words": _describe_in_lines(zones, zone, currency, vehicle_type),
            "speed": convert_speed(rule.maximum_speed_kph) if rule else None,
            "at": shape.inside,
        },
    }


def list_map_kinds(
    zones: CityZones, vehicle_type: VehicleType | None = None, moment: datetime | None = None
) -> list[str]:
    """Return the kinds of zones that a map shows, those that forbid first."""
    kinds = set(_find_kinds(zones, vehicle_type, moment).values())
    return [kind for kind in MAP_KINDS if kind in kinds]


def _find_kinds(
    zones: CityZones, vehicle_type: VehicleType | None, moment: datetime | None
) -> dict[UUID, str | None]:
    """Return how a map shows each zone; None: not at all, because nothing is different there."""
    kinds: dict[UUID, str | None] = {}
    ruled = []
    for zone in zones.list_active_zones(moment):
        kinds[zone.id] = zones.find_zone_kind(zone, vehicle_type)
        if zone.rules is not None and (rule := zones.find_zone_rule(zone, vehicle_type)):
            ruled.append((zone, rule))
    areas = [pair for pair in ruled if kinds[pair[0].id] == ZoneKind.SERVICE_AREA]
    usual = _find_usual_rule(zones, areas) or zones.find_rule_elsewhere(vehicle_type)
    for zone, rule in ruled:
        if rule.ride_end_allowed is not False:
            kinds[zone.id] = _find_map_kind(rule, kinds[zone.id], usual)
    return kinds


def _find_usual_rule(zones: CityZones, areas: Sequence[tuple[Zone, Rule]]) -> Rule | None:
    """Return the rule of the largest of the zones where rides end."""
    sizes = [zones.map_shapes.find(zone).area.area for zone, _ in areas]
    return areas[sizes.index(max(sizes))][1] if areas else None


def _find_map_kind(rule: Rule, kind: str | None, usual: Rule) -> str | None:
    """Return how a map shows a zone where a ride may end, by what differs from the usual rule."""
    forbids_start = rule.ride_start_allowed is False and usual.ride_start_allowed is not False
    if rule.ride_through_allowed is False or forbids_start:
        return OTHER_KIND
    speed, usual_speed = rule.maximum_speed_kph, usual.maximum_speed_kph
    if speed is not None and (usual_speed is None or speed < usual_speed):
        return ZoneKind.SLOW
    if kind is None or kind == ZoneKind.SLOW:
        return OTHER_KIND if rule.station_parking else None
    return kind


def _make_legend(drawn: Sequence[Zone], kinds: dict[UUID, str | None]) -> list[Json]:
    """Return the kinds of the zones that are drawn, with their texts."""
    shown = {kinds[zone.id] for zone in drawn}
    entries: list[Json] = [
        {"kind": kind, "label": zone_kind_label(kind), "rule": zone_rule_label(kind)}
        for kind in ZoneKind
        if kind in shown
    ]
    if OTHER_KIND in shown:
        other = {"label": str(OTHER_ZONE_LABEL), "rule": str(OTHER_ZONE_RULE)}
        entries.append({"kind": OTHER_KIND, **other})
    return entries


def _describe_in_lines(
    zones: CityZones, zone: Zone, currency: str, vehicle_type: VehicleType | None
) -> list[str]:
    descriptions = describe_zone(zones, zone, currency, vehicle_type)
    if zone.rules is None:  # the legend has the rule
        descriptions = [each._replace(sentences=each.sentences[1:]) for each in descriptions]
    if len(descriptions) == 1 and not descriptions[0].types:
        label, sentences = descriptions[0].label, descriptions[0].sentences
        name = own_zone_label(zone)
        title = f"{add_colon(label)} {name}" if label and name else label or name
        return [title, *sentences]
    lines = [f"{add_colon(each.types)} {' '.join(each.sentences)}" for each in descriptions]
    return [own_zone_label(zone) or str(OTHER_ZONE_LABEL), *lines]
