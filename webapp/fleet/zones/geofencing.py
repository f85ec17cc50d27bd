"""GBFS ``geofencing_zones``, versions 2 and 3: what a zone is for, by its rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webapp.fleet.zones.classification import FASTEST_KPH, NoZone, Zoning
from webapp.fleet.zones.enums import ZoneKind


@dataclass(frozen=True)
class Effect:
    """What a rule says. In version 2 ``ride_allowed`` is about both ends of a ride."""

    may_end: bool = True
    may_pass: bool = True
    max_speed_kph: int | None = None


@dataclass(frozen=True)
class Rules:
    """A file: its features, and what holds outside of them."""

    collection: Any
    #: None: version 2, which does not say.
    elsewhere: Effect | None

    def zoning(self, properties: dict[str, Any]) -> Zoning:
        """Return what a feature is for; raises NoZone."""
        if properties.get("end") or properties.get("start"):
            raise NoZone("holds for a time only, and zones here are for good")
        effects = set(_effects(properties.get("rules")))
        if len(effects) > 1:
            raise NoZone("has different rules for different vehicles")
        effect = effects.pop() if effects else Effect()
        return Zoning(self._kind(effect), effect.max_speed_kph)

    def _kind(self, effect: Effect) -> ZoneKind:
        if not effect.may_pass:
            return ZoneKind.NO_RIDE
        if not effect.may_end:
            return ZoneKind.NO_PARKING
        if self.elsewhere and not self.elsewhere.may_end:
            return ZoneKind.SERVICE_AREA
        if effect.max_speed_kph:
            return ZoneKind.SLOW
        if self.elsewhere:
            raise NoZone("allows what is allowed everywhere")
        return ZoneKind.SERVICE_AREA


def rules_of(content: Any) -> Rules | None:
    """Return what a ``geofencing_zones`` file has, or None for any other file."""
    match content:
        case {"data": {"geofencing_zones": collection, **rest}}:
            elsewhere = next(_effects(rest.get("global_rules")), None)
            return Rules(collection, elsewhere)
    return None


def _effects(rules: Any) -> Iterator[Effect]:
    """Give the effects of the rules up to the first that is for all vehicles."""
    for rule in rules if isinstance(rules, list) else []:
        if not isinstance(rule, dict):
            continue
        yield _effect(rule)
        if not (rule.get("vehicle_type_ids") or rule.get("vehicle_type_id")):
            return


def _effect(rule: dict[str, Any]) -> Effect:
    may_end = rule.get("ride_end_allowed", rule.get("ride_allowed")) is not False
    speed = rule.get("maximum_speed_kph")
    return Effect(
        may_end,
        rule.get("ride_through_allowed") is not False,
        speed if type(speed) is int and 0 < speed <= FASTEST_KPH else None,
    )
