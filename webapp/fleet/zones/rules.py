"""What vehicles may do at a place of a city: start and end rides, ride through, and how fast.

Zones have rules (zone_rules.py). Those of the zone with the lowest position apply first, then those
of other zones there, then those of the city; between equal positions, the kind that forbids more.
In a city with a service area that was drawn by kind, rides of its types end only inside it.

Positions of phones are inexact, so a ride may also start and end within ``EDGE_TOLERANCE_M`` (a
setting) of a place where that is allowed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from uuid import UUID

import shapely

from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.allowed_area import AllowedArea, Permissions
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.feed_types import FeedTypes, add_feed_ids, read_own_types
from webapp.fleet.zones.labels import ZONE_KIND_LABELS, own_zone_label
from webapp.fleet.zones.map_shapes import MapShapes, zone_area
from webapp.fleet.zones.models import CityZoneRules, Zone
from webapp.fleet.zones.zone_rules import (
    KIND_RULES,
    PermissionField,
    Rule,
    TypeId,
    find_kind,
    find_permission,
    read_rules,
)
from webapp.regions.geography import Point
from webapp.regions.map_projection import Projection
from webapp.regions.models import City

#: Where no ride ends.
FORBIDDING_KINDS = (ZoneKind.NO_RIDE, ZoneKind.NO_PARKING)
#: Of two zones with one position, the kind that comes first applies.
KINDS_BY_PRECEDENCE = (*FORBIDDING_KINDS, ZoneKind.SLOW, ZoneKind.SERVICE_AREA)

#: What an area of a city follows from: the permission, the ids of types that a vehicle may have,
#: and the indices of zones that do not apply now.
AreaKey = tuple[PermissionField, frozenset[TypeId], frozenset[int]]
#: Of a city in memory. Few types and times make few areas; a feed may list many types.
MAX_AREAS = 200

#: What may change about a row with its id: not its coordinates, rules and labels.
VERSIONED_COLUMNS = (
    *(Zone.id, Zone.kind, Zone.name, Zone.position, Zone.fee, Zone.max_speed_kph),
    *(Zone.valid_from, Zone.valid_until, Zone.version),
)


@dataclass(frozen=True)
class ForbiddingZone:
    """The zone that forbids to end a ride. fee: minor units; None: the parking fee of the plan."""

    kind: ZoneKind
    name: str
    fee: int | None


@dataclass(frozen=True)
class ParkingCheck:
    """Whether a ride may end at a point.

    zone: the zone that forbids it; None if it is allowed, or outside of every zone.
    nearest: the nearest place where it is allowed; None if it is allowed, or nowhere is.
    """

    allowed: bool
    zone: ForbiddingZone | None = None
    nearest: Point | None = None


class CityZones:
    """The zones of a city, in order of precedence.

    ``vehicle_type`` of all functions: None stands for any type; then, and where a feed does not say
    which of its types a vehicle has, only what is allowed to each of them is allowed.
    ``moment``: None stands for now.
    """

    def __init__(
        self,
        city: City,
        zones: Sequence[Zone],
        tolerance_m: float,
        city_rules: CityZoneRules | None = None,
    ) -> None:
        self.zones = sorted(zones, key=_precedence)
        self.tolerance_m = tolerance_m
        self.projection = Projection(city.centre)
        self.map_shapes = MapShapes(self.projection)
        self.city_rules = city_rules if any(zone.rules is not None for zone in zones) else None
        listed = self.city_rules.vehicle_types if self.city_rules else None
        self._rules_by_zone = [add_feed_ids(list_zone_rules(zone), listed) for zone in self.zones]
        self._rules_elsewhere = self._read_rules_elsewhere()
        self.feed_types = FeedTypes(listed, [*self._rules_by_zone, self._rules_elsewhere])
        self._temporary = [
            i for i, zone in enumerate(self.zones) if zone.valid_from or zone.valid_until
        ]
        self._rules_by_id: dict[UUID | None, tuple[Rule, ...]] = {
            None: self._rules_elsewhere,
            **{zone.id: rules for zone, rules in zip(self.zones, self._rules_by_zone, strict=True)},
        }
        self._summaries: dict[tuple[UUID | None, VehicleType | None], Rule | None] = {}
        self._areas_by_key: dict[AreaKey, AllowedArea] = {}

    def _read_rules_elsewhere(self) -> tuple[Rule, ...]:
        implied = {
            Rule(rules[0].vehicle_type_ids, ride_end_allowed=False)
            for zone, rules in zip(self.zones, self._rules_by_zone, strict=True)
            if is_service_area_of_staff(zone)
        }
        return (*implied, *(read_rules(self.city_rules.rules) if self.city_rules else ()))

    @cached_property
    def version(self) -> str:
        """A text that changes whenever a zone changes."""
        values = [read_versioned_values(zone) for zone in self.zones]
        return _make_digest(values, self.city_rules and self.city_rules.version)

    def make_version(self, moment: datetime | None = None) -> str:
        """Return a text that changes also when a zone begins or ceases to apply."""
        return _make_digest(self.version, sorted(self._find_inactive(moment)))

    @property
    def differs_by_type(self) -> bool:
        """Whether rules are for some types of vehicles only."""
        return bool(self.feed_types.named)

    def forbids_end(self, zone: Zone) -> bool:
        """Return whether there is a type of vehicle whose rides do not end in a zone."""
        return any(rule.ride_end_allowed is False for rule in list_zone_rules(zone))

    @cached_property
    def has_end_rules(self) -> bool:
        """Whether there is a place where a ride may not end."""
        return self._is_forbidden_somewhere("ride_end_allowed")

    @cached_property
    def has_start_rules(self) -> bool:
        """Whether there is a place where a ride may not start."""
        return self._is_forbidden_somewhere("ride_start_allowed")

    def _is_forbidden_somewhere(self, field: PermissionField) -> bool:
        rules = (rule for rules in (*self._rules_by_zone, self._rules_elsewhere) for rule in rules)
        return any(getattr(rule, field) is False for rule in rules)

    def measure_square_km(self, zone: Zone) -> float:
        """Return the size of a zone."""
        return self._square_km_by_id[zone.id]

    @cached_property
    def _square_km_by_id(self) -> dict[UUID, float]:
        sizes = shapely.area(self._areas) / 1e6
        return {zone.id: float(size) for zone, size in zip(self.zones, sizes, strict=True)}

    def list_active_zones(self, moment: datetime | None = None) -> list[Zone]:
        """Return the zones that apply, in order of precedence."""
        inactive = self._find_inactive(moment)
        return [zone for index, zone in enumerate(self.zones) if index not in inactive]

    def check_parking(
        self,
        point: Point,
        vehicle_type: VehicleType | None = None,
        moment: datetime | None = None,
    ) -> ParkingCheck:
        """Return whether a ride may end at ``point``, and if not, why and where else."""
        if not self.has_end_rules:
            return ParkingCheck(allowed=True)
        position = self.projection.project_point(point)
        area = self._find_area("ride_end_allowed", vehicle_type, moment)
        allowed, index = area.decide(position)
        if allowed or area.is_near(position, self.tolerance_m):
            return ParkingCheck(allowed=True)
        zone = None if index is None else self._make_forbidding_zone(index, vehicle_type)
        nearest = area.find_nearest(position)
        place = self.projection.unproject_point(nearest) if nearest else None
        return ParkingCheck(allowed=False, zone=zone, nearest=place)

    def measure_outside_m(
        self,
        point: Point,
        vehicle_type: VehicleType | None = None,
        moment: datetime | None = None,
    ) -> float | None:
        """Return how far a point is from the nearest service area for a type, metres; 0.0 within
        one, and None if the city has none."""
        inactive = self._find_inactive(moment)
        areas = [
            area
            for index, area in enumerate(self._areas)
            if index not in inactive
            and self.zones[index].kind == ZoneKind.SERVICE_AREA
            and self.find_zone_rule(self.zones[index], vehicle_type)
        ]
        position = self.projection.project_point(point)
        if not areas or shapely.intersects_xy(areas, position.x, position.y).any():
            return 0.0 if areas else None
        return float(shapely.distance(areas, position).min())

    def allows_start(
        self,
        point: Point,
        vehicle_type: VehicleType | None = None,
        moment: datetime | None = None,
    ) -> bool:
        """Return whether a ride may start at ``point``."""
        if not self.has_start_rules:
            return True
        position = self.projection.project_point(point)
        area = self._find_area("ride_start_allowed", vehicle_type, moment)
        return area.decide(position).allowed or area.is_near(position, self.tolerance_m)

    def find_rule_at(
        self,
        point: Point,
        vehicle_type: VehicleType | None = None,
        moment: datetime | None = None,
    ) -> Rule:
        """Return what applies exactly at a point; what the rule does not say is not restricted."""
        position = self.projection.project_point(point)
        (hits,) = shapely.intersects_xy(self._areas, position.x, position.y).nonzero()
        inactive = self._find_inactive(moment)
        rules = [r for index in hits if index not in inactive for r in self._rules_by_zone[index]]
        return self.feed_types.summarize([*rules, *self._rules_elsewhere], vehicle_type) or Rule()

    def find_zone_rule(self, zone: Zone, vehicle_type: VehicleType | None = None) -> Rule | None:
        """Return what a zone says about a type of vehicle; None: nothing."""
        return self._summarize(zone.id, vehicle_type)

    def find_rule_elsewhere(self, vehicle_type: VehicleType | None = None) -> Rule:
        """Return what applies outside of all zones."""
        return self._summarize(None, vehicle_type) or Rule()

    def _summarize(self, zone_id: UUID | None, vehicle_type: VehicleType | None) -> Rule | None:
        """Return what a zone says, or the city, from memory: pages ask it of all zones."""
        key = zone_id, vehicle_type
        if key not in self._summaries:
            rules = self._rules_by_id[zone_id]
            self._summaries[key] = self.feed_types.summarize(rules, vehicle_type)
        return self._summaries[key]

    def find_zone_kind(
        self, zone: Zone, vehicle_type: VehicleType | None = None
    ) -> ZoneKind | None:
        """Return the kind of zone that it is for a type of vehicle; None: of no kind."""
        if zone.rules is None:
            return ZoneKind(zone.kind)
        rule = self.find_zone_rule(zone, vehicle_type)
        return find_kind(rule, self.find_rule_elsewhere(vehicle_type)) if rule else None

    def _make_forbidding_zone(self, index: int, vehicle_type: VehicleType | None) -> ForbiddingZone:
        zone = self.zones[index]
        kind = self.find_zone_kind(zone, vehicle_type)
        kind = kind if kind in FORBIDDING_KINDS else ZoneKind.NO_PARKING
        return ForbiddingZone(kind, own_zone_label(zone) or str(ZONE_KIND_LABELS[kind]), zone.fee)

    def _find_inactive(self, moment: datetime | None) -> frozenset[int]:
        """Return the indices of zones that do not apply at a moment."""
        if not self._temporary:
            return frozenset()
        moment = moment or datetime.now(UTC)
        return frozenset(i for i in self._temporary if not self.zones[i].applies_at(moment))

    def _find_area(
        self, field: PermissionField, vehicle_type: VehicleType | None, moment: datetime | None
    ) -> AllowedArea:
        """Return the area where a field is true; types with the same permissions share it."""
        key = (field, self.feed_types.find_ids(vehicle_type), self._find_inactive(moment))
        if key not in self._areas_by_key:
            permissions = self._find_permissions(*key)
            shared = {area.permissions: area for area in self._areas_by_key.values()}
            if len(self._areas_by_key) >= MAX_AREAS:
                self._areas_by_key = {}
            area = shared.get(permissions) or AllowedArea(self._areas, permissions)
            self._areas_by_key[key] = area
        return self._areas_by_key[key]

    def _find_permissions(
        self, field: PermissionField, ids: frozenset[TypeId], inactive: frozenset[int]
    ) -> frozenset[Permissions]:
        def find(rules: Sequence[Rule], id_: TypeId) -> bool | None:
            return find_permission(rules, id_, field)

        return frozenset(
            Permissions(
                tuple(
                    None if index in inactive else find(rules, id_)
                    for index, rules in enumerate(self._rules_by_zone)
                ),
                find(self._rules_elsewhere, id_) is not False,
            )
            for id_ in ids
        )

    def find_area_m(self, zone: Zone) -> shapely.Geometry:
        """Return the area of a zone in metres around the centre of the city."""
        return self._areas_by_id[zone.id]

    @cached_property
    def _areas_by_id(self) -> dict[UUID, shapely.Geometry]:
        return {zone.id: area for zone, area in zip(self.zones, self._areas, strict=True)}

    @cached_property
    def _areas(self) -> list[shapely.Geometry]:
        """The areas of the zones in metres."""
        areas = [self.projection.project(zone_area(zone)) for zone in self.zones]
        shapely.prepare(areas)
        return areas


def is_service_area_of_staff(zone: Zone) -> bool:
    """Return whether rides of its types end only inside: unlike the service areas of a feed, which
    says itself what holds elsewhere."""
    if zone.kind != ZoneKind.SERVICE_AREA:
        return False
    return zone.rules is None or any(map(read_own_types, read_rules(zone.rules)))


def list_zone_rules(zone: Zone) -> tuple[Rule, ...]:
    """Return the rules of a zone: its own, or what its kind says."""
    if zone.rules is not None:
        return read_rules(zone.rules)
    return (replace(KIND_RULES[ZoneKind(zone.kind)], maximum_speed_kph=zone.max_speed_kph),)


def read_versioned_values(zone: Zone) -> tuple[object, ...]:
    """Return the values of VERSIONED_COLUMNS."""
    return tuple(getattr(zone, column.key) for column in VERSIONED_COLUMNS)


def _make_digest(*values: object) -> str:
    return sha256(repr(values).encode()).hexdigest()[:16]


def _precedence(zone: Zone) -> tuple[int, int, UUID]:
    return zone.position, KINDS_BY_PRECEDENCE.index(ZoneKind(zone.kind)), zone.id
