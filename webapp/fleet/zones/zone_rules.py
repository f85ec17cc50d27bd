"""Rules of zones, with the fields of GBFS 3.0: what vehicles of some types may do at a place.

A field of a rule may say nothing. Then the next rule that applies is asked: of the same zone, of
the next zone there, of the city. This is the precedence of GBFS 3.0 ("Geofencing Rule Precedence")
and 2.3, where a rule without a speed limit leaves the one of a later zone in force.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal, TypeVar

from webapp.fleet.zones.enums import ZoneKind

Value = TypeVar("Value", bool, int)

#: The type that no rule names: only rules for all types apply to it.
OTHER_TYPE = None
#: An id of a vehicle type in a feed, or OTHER_TYPE.
TypeId = str | None

PermissionField = Literal["ride_start_allowed", "ride_end_allowed"]


@dataclass(frozen=True)
class Rule:
    """What vehicles of some types may do. None: the rule does not say.

    vehicle_type_ids: ids of a feed; None: all types.
    station_parking: whether vehicles are parked at stations only.
    """

    vehicle_type_ids: frozenset[str] | None = None
    ride_start_allowed: bool | None = None
    ride_end_allowed: bool | None = None
    ride_through_allowed: bool | None = None
    maximum_speed_kph: int | None = None
    station_parking: bool | None = None

    def applies_to(self, type_id: TypeId) -> bool:
        return self.vehicle_type_ids is None or type_id in self.vehicle_type_ids

    def to_json(self) -> dict[str, object]:
        """Return the rule as GBFS 3.0 has it, without fields that say nothing."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.vehicle_type_ids is not None:
            values["vehicle_type_ids"] = sorted(self.vehicle_type_ids)
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Rule":
        """Return a rule that ``to_json`` wrote."""
        ids = values.get("vehicle_type_ids")
        type_ids = frozenset(map(str, ids)) if isinstance(ids, list) else None
        # Any other field has the type that to_json wrote.
        return cls(**{**values, "vehicle_type_ids": type_ids})  # type: ignore[arg-type]


#: What each kind of zone says, for all types of vehicles.
KIND_RULES = {
    ZoneKind.SERVICE_AREA: Rule(ride_start_allowed=True, ride_end_allowed=True),
    ZoneKind.NO_PARKING: Rule(ride_end_allowed=False),
    ZoneKind.NO_RIDE: Rule(ride_end_allowed=False, ride_through_allowed=False),
    ZoneKind.SLOW: Rule(),
}


def read_rules(rows: Iterable[Mapping[str, object]]) -> tuple[Rule, ...]:
    """Return the rules of a JSON column."""
    return tuple(map(Rule.from_json, rows))


def summarize(rules: Sequence[Rule], type_id: TypeId) -> Rule | None:
    """Return what a list of rules says about a type: each field from the first rule that says it.
    None: no rule applies to the type."""
    applicable = [rule for rule in rules if rule.applies_to(type_id)]
    if not applicable:
        return None
    return Rule(
        ride_start_allowed=_find_first(rule.ride_start_allowed for rule in applicable),
        ride_end_allowed=_find_first(rule.ride_end_allowed for rule in applicable),
        ride_through_allowed=_find_first(rule.ride_through_allowed for rule in applicable),
        maximum_speed_kph=_find_first(rule.maximum_speed_kph for rule in applicable),
        station_parking=_find_first(rule.station_parking for rule in applicable),
    )


def find_permission(rules: Sequence[Rule], type_id: TypeId, field: PermissionField) -> bool | None:
    """Return what the first rule that says it allows a type; None: no rule says it."""
    return _find_first(getattr(rule, field) for rule in rules if rule.applies_to(type_id))


def combine_strictest(rules: Collection[Rule]) -> Rule:
    """Return one rule that allows only what each of the rules allows."""
    return Rule(
        ride_start_allowed=_find_least(rule.ride_start_allowed for rule in rules),
        ride_end_allowed=_find_least(rule.ride_end_allowed for rule in rules),
        ride_through_allowed=_find_least(rule.ride_through_allowed for rule in rules),
        maximum_speed_kph=_find_least(rule.maximum_speed_kph for rule in rules),
        station_parking=_find_first(rule.station_parking or None for rule in rules),
    )


def find_kind(rule: Rule, elsewhere: Rule) -> ZoneKind | None:
    """Return the kind of zone that a rule makes, where another rule applies around it."""
    if rule.ride_end_allowed is False:
        return ZoneKind.NO_RIDE if rule.ride_through_allowed is False else ZoneKind.NO_PARKING
    if rule.ride_end_allowed and elsewhere.ride_end_allowed is False:
        return ZoneKind.SERVICE_AREA
    if rule.ride_through_allowed is False:
        return ZoneKind.NO_RIDE
    return ZoneKind.SLOW if rule.maximum_speed_kph is not None else None


def _find_first(values: Iterable[Value | None]) -> Value | None:
    return next((value for value in values if value is not None), None)


def _find_least(values: Iterable[Value | None]) -> Value | None:
    return min((value for value in values if value is not None), default=None)
