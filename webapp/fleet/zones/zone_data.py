"""What a zone is: the values that its form shows and that each of its versions keeps."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import shapely

from webapp.fleet.zones.drawn_areas import count_points
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.feed_types import read_own_types
from webapp.fleet.zones.models import Coordinates, Zone, ZoneVersion
from webapp.fleet.zones.rules import KINDS_BY_PRECEDENCE
from webapp.fleet.zones.services import POSITIONS_PER_KIND
from webapp.fleet.zones.zone_rules import Rule, find_kind, read_rules
from webapp.regions.map_projection import Projection
from webapp.regions.models import City

#: Zones of staff come after the imported ones of their kind.
FIRST_EDITED_POSITION = POSITIONS_PER_KIND // 4


class ZoneData(NamedTuple):
    """What a zone is. Columns of Zone and of ZoneVersion."""

    kind: str
    name: str
    #: By language.
    labels: Mapping[str, str]
    #: Minor units.
    fee: int | None
    max_speed_kph: int | None
    #: None: what the kind says. Any: JSON.
    rules: list[dict[str, Any]] | None
    coordinates: Coordinates
    position: int

    @classmethod
    def of(cls, row: Zone | ZoneVersion) -> "ZoneData":
        return cls._make(getattr(row, name) for name in cls._fields)

    def describe(self, city: City) -> dict[str, Any]:  # Any: JSON
        """Return what the audit trail says about it: of its area the size, of a rule that staff
        have made what it allows."""
        area = shapely.MultiPolygon([(rings[0], rings[1:]) for rings in self.coordinates])
        size = shapely.area(Projection(city.centre).project(area))
        rules = read_rules(self.rules or ())
        rule = rules[0] if len(rules) == 1 else Rule()
        return {
            "kind": self.kind,
            "name": self.name,
            "labels": self.labels,
            "fee": self.fee,
            "max_speed_kph": self.max_speed_kph,
            "ride_start_allowed": rule.ride_start_allowed,
            "ride_end_allowed": rule.ride_end_allowed,
            "ride_through_allowed": rule.ride_through_allowed,
            "vehicle_types": [" ".join(type_) for type_ in read_own_types(rule)],
            "position": self.position,
            "square_m": round(float(size)),
            "points": count_points(area),
        }


def find_kind_of_rule(rule: Rule) -> ZoneKind:
    """Return the kind that is nearest to a rule that staff have made."""
    return find_kind(rule, Rule()) or ZoneKind.SLOW


def usual_position(kind: str) -> int:
    """Return the precedence that a zone of staff gets by its kind."""
    return KINDS_BY_PRECEDENCE.index(ZoneKind(kind)) * POSITIONS_PER_KIND + FIRST_EDITED_POSITION
