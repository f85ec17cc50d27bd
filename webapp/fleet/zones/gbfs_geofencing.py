"""GBFS ``geofencing_zones``, versions 2 and 3: the kind of each zone follows from its rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webapp.fleet.zones.classification import Classification, FeatureUnsupported
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import MAX_SPEED_KPH


@dataclass(frozen=True)
class Rule:
    """What a rule allows. In version 2 ``ride_allowed`` is about both ends of a ride."""

    ride_end_allowed: bool = True
    ride_through_allowed: bool = True
    max_speed_kph: int | None = None


@dataclass(frozen=True)
class GeofencingFile:
    """The zones of a file, and the rule outside of them."""

    #: A GeoJSON FeatureCollection.
    feature_collection: object
    #: None: version 2, which has no such rule.
    global_rule: Rule | None

    def classify_feature(self, properties: Mapping[str, object]) -> Classification:
        """Return the kind of a zone; raises FeatureUnsupported."""
        if properties.get("end") or properties.get("start"):
            raise FeatureUnsupported("holds for a time only, and zones here are for good")
        rules = set(_read_rules(properties.get("rules")))
        if len(rules) > 1:
            raise FeatureUnsupported("has different rules for different vehicles")
        rule = rules.pop() if rules else Rule()
        return Classification(self._find_kind(rule), rule.max_speed_kph)

    def _find_kind(self, rule: Rule) -> ZoneKind:
        if not rule.ride_through_allowed:
            return ZoneKind.NO_RIDE
        if not rule.ride_end_allowed:
            return ZoneKind.NO_PARKING
        if self.global_rule and not self.global_rule.ride_end_allowed:
            return ZoneKind.SERVICE_AREA
        if rule.max_speed_kph:
            return ZoneKind.SLOW
        if self.global_rule:
            raise FeatureUnsupported("allows what is allowed everywhere")
        return ZoneKind.SERVICE_AREA


def read_geofencing_file(content: object) -> GeofencingFile | None:
    """Return what a ``geofencing_zones`` file contains; None: the content is another file."""
    match content:
        case {"data": {"geofencing_zones": feature_collection, **data}}:
            global_rule = next(_read_rules(data.get("global_rules")), None)
            return GeofencingFile(feature_collection, global_rule)
    return None


def _read_rules(rules: object) -> Iterator[Rule]:
    """Yield the rules up to the first one that is for all vehicles."""
    for rule in rules if isinstance(rules, list) else []:
        if not isinstance(rule, dict):
            continue
        yield _read_rule(rule)
        if not (rule.get("vehicle_type_ids") or rule.get("vehicle_type_id")):
            return


def _read_rule(rule: Mapping[str, object]) -> Rule:
    speed = rule.get("maximum_speed_kph")
    return Rule(
        rule.get("ride_end_allowed", rule.get("ride_allowed")) is not False,
        rule.get("ride_through_allowed") is not False,
        speed if type(speed) is int and 0 < speed <= MAX_SPEED_KPH else None,
    )
