"""Zones in the form of GBFS 3.0, where each rule says everything.

What a zone does not say, the zones below it say, and then the rules outside of all zones. Where
these differ within a zone, it is cut along them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import shapely

from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.map_shapes import zone_area
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.zone_rules import Rule

#: The rule of each type of vehicles, in their order.
Rules = tuple[Rule, ...]
#: Where no rule says anything.
UNRESTRICTED = Rule(ride_start_allowed=True, ride_end_allowed=True, ride_through_allowed=True)
#: Parts that are smaller come of inexact numbers, square degrees: about a square metre.
SMALLEST_AREA = 1e-10
#: About a centimetre.
PRECISION_DEGREES = 1e-7


class ZonePart(NamedTuple):
    """A zone, or a part of one in which the same applies."""

    zone: Zone
    area: shapely.MultiPolygon
    rules: Rules


class _LowerZone(NamedTuple):
    """A zone that applies where those above it say nothing."""

    area: shapely.Geometry
    rules: Rules


def split_zones(zones: CityZones, types: Sequence[VehicleType], moment: datetime) -> list[ZonePart]:
    """Return the zones that apply at a moment or later, in order of precedence.

    Under a zone are those that apply at the moment: files are made again when that changes.
    """
    lower: list[_LowerZone] = []
    parts: list[list[ZonePart]] = []
    elsewhere = [zones.find_rule_elsewhere(each) for each in types]
    for zone in reversed([each for each in zones.zones if not each.is_over(moment)]):
        area = zone_area(zone)
        rules = tuple([zones.find_zone_rule(zone, each) or Rule() for each in types])
        own = _split(_LowerZone(area, rules), lower)
        parts.append(_join(zone, [(part, fill_rules(r, elsewhere)) for part, r in own]))
        if zone.applies_at(moment):
            lower.insert(0, _LowerZone(area, rules))
    return [part for zone_parts in reversed(parts) for part in zone_parts]


def fill_rules(rules: Sequence[Rule], lower: Sequence[Rule] = ()) -> Rules:
    """Return rules that say everything: what one does not say, the lower one says."""
    below = lower or [UNRESTRICTED] * len(rules)
    return tuple(
        [_fill(_fill(rule, low), UNRESTRICTED) for rule, low in zip(rules, below, strict=True)]
    )


def _split(zone: _LowerZone, lower: Sequence[_LowerZone]) -> list[_LowerZone]:
    """Return the parts of a zone in which the same zones below it say what it does not say."""
    parts = [zone]
    for below in lower:
        if all(map(_is_complete, parts)):
            break
        parts = [piece for part in parts for piece in _cut(part, below)]
    return parts


def _cut(part: _LowerZone, below: _LowerZone) -> list[_LowerZone]:
    filled = tuple([_fill(rule, low) for rule, low in zip(part.rules, below.rules, strict=True)])
    if filled == part.rules or not part.area.intersects(below.area):
        return [part]
    inside = shapely.intersection(part.area, below.area)
    outside = shapely.difference(part.area, below.area)
    return [
        _LowerZone(area, rules)
        for area, rules in ((inside, filled), (outside, part.rules))
        if area.area > SMALLEST_AREA
    ]


def _is_complete(part: _LowerZone) -> bool:
    return all(
        None not in (rule.ride_start_allowed, rule.ride_end_allowed, rule.ride_through_allowed)
        for rule in part.rules
    )


def _fill(rule: Rule, lower: Rule) -> Rule:
    """Return a rule with what it does not say from a lower one; but for the speed, which GBFS
    itself takes from the next zone."""
    names = ("ride_start_allowed", "ride_end_allowed", "ride_through_allowed")
    missing = {name: getattr(lower, name) for name in names if getattr(rule, name) is None}
    return replace(rule, **missing)


def _join(zone: Zone, parts: Sequence[tuple[shapely.Geometry, Rules]]) -> list[ZonePart]:
    """Return parts in which the same applies as one."""
    areas: dict[Rules, list[shapely.Geometry]] = {}
    for area, rules in parts:
        areas.setdefault(rules, []).append(area)
    joined = [(_to_polygons(shapely.union_all(each)), rules) for rules, each in areas.items()]
    return [ZonePart(zone, area, rules) for area, rules in joined if not area.is_empty]


def _to_polygons(area: shapely.Geometry) -> shapely.MultiPolygon:
    """Return the polygons of an area, without lines and points where two areas touch."""
    rounded = shapely.set_precision(area, PRECISION_DEGREES)
    parts = [part for part in shapely.get_parts(rounded) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)
