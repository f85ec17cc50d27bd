"""What zones say, in words, for each type of vehicle."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from webapp import money
from webapp.fleet.enums import VehicleType
from webapp.fleet.labels import type_label
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.feed_types import OTHER_VEHICLES, read_own_types
from webapp.fleet.zones.labels import OTHER_ZONE_LABEL, zone_kind_label, zone_rule_label
from webapp.fleet.zones.models import Zone, ZoneVersion
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.zone_rules import Rule, read_rules
from webapp.measures import format_speed
from webapp.translations import gettext as _


class ZoneDescription(NamedTuple):
    """What a zone is for some types of vehicles.

    types: their names; '' for all types.
    kind: None: of no kind.
    """

    types: str
    kind: ZoneKind | None
    label: str
    sentences: tuple[str, ...]


def describe_zone(
    zones: CityZones, zone: Zone, currency: str, vehicle_type: VehicleType | None = None
) -> list[ZoneDescription]:
    """Return what a zone says to a type of vehicle, or to all types: one description for each that
    differs, none if it says nothing."""
    if zone.rules is None:
        kind = ZoneKind(zone.kind)
        limits = (*_describe_speed(zone.max_speed_kph), *_describe_fee(zone.fee, currency))
        sentences = (zone_rule_label(kind), *limits)
        return [ZoneDescription("", kind, zone_kind_label(kind), sentences)]
    found = (
        (type_, _describe(zones, zone, currency, type_))
        for type_ in _list_types(zones, vehicle_type)
    )
    return _join_types(found, 1 if vehicle_type else len(zones.feed_types.described_types))


def describe_elsewhere(
    zones: CityZones, vehicle_type: VehicleType | None = None
) -> list[ZoneDescription]:
    """Return what applies outside of all zones, if anything is restricted there."""
    found = []
    for type_ in _list_types(zones, vehicle_type):
        sentences = _describe_restrictions(zones.find_rule_elsewhere(type_))
        description = ZoneDescription("", None, _("Elsewhere"), sentences) if sentences else None
        found.append((type_, description))
    return _join_types(iter(found), 1 if vehicle_type else len(zones.feed_types.described_types))


def _list_types(zones: CityZones, vehicle_type: VehicleType | None) -> Sequence[VehicleType | None]:
    return [vehicle_type] if vehicle_type else zones.feed_types.described_types or [None]


def _join_types(
    found: Iterator[tuple[VehicleType | None, ZoneDescription | None]], all_types: int
) -> list[ZoneDescription]:
    """Return each description once, with the types that it is for."""
    types: dict[ZoneDescription, list[VehicleType | None]] = {}
    for type_, description in found:
        if description:
            types.setdefault(description, []).append(type_)
    return [
        description._replace(types=_name_types(named, all_types))
        for description, named in types.items()
    ]


def _name_types(types: Sequence[VehicleType | None], all_types: int) -> str:
    if types == [None] or len(types) == all_types:
        return ""
    return ", ".join(dict.fromkeys(_name_type(type_) for type_ in types if type_))


def _name_type(vehicle_type: VehicleType) -> str:
    return _("Other vehicles") if vehicle_type == OTHER_VEHICLES else type_label(*vehicle_type)


def _describe(
    zones: CityZones, zone: Zone, currency: str, vehicle_type: VehicleType | None
) -> ZoneDescription | None:
    rule = zones.find_zone_rule(zone, vehicle_type)
    if rule is None:
        return None
    kind = zones.find_zone_kind(zone, vehicle_type)
    fee = _describe_fee(zone.fee, currency) if rule.ride_end_allowed is False else ()
    sentences = (*describe_rule(rule), *fee)
    label = zone_kind_label(kind) if kind else str(OTHER_ZONE_LABEL)
    return ZoneDescription("", kind, label, sentences)


def name_drawn_types(zone: Zone | ZoneVersion) -> str:
    """Return the types of vehicles that a zone of staff is for; '' for all."""
    types = [type_ for rule in read_rules(zone.rules or ()) for type_ in read_own_types(rule)]
    return ", ".join(_name_type(type_) for type_ in types)


def describe_rule(rule: Rule) -> tuple[str, ...]:
    """Return what a rule says."""
    if rule.ride_end_allowed and rule.ride_start_allowed is False:
        return (_("You can end a ride here, but not start one."), *_describe_restrictions(rule)[1:])
    allowed = (_("You can end a ride here."),) if rule.ride_end_allowed else ()
    return (*allowed, *_describe_restrictions(rule))


def _describe_restrictions(rule: Rule) -> tuple[str, ...]:
    """Return what a rule forbids."""
    sentences = []
    if rule.ride_start_allowed is False and rule.ride_end_allowed is False:
        sentences.append(_("You can't start or end a ride here."))
    elif rule.ride_start_allowed is False:
        sentences.append(_("You can't start a ride here."))
    elif rule.ride_end_allowed is False:
        sentences.append(_("You can't end a ride here."))
    if rule.ride_through_allowed is False:
        sentences.append(_("Get off and push."))
    sentences.extend(_describe_speed(rule.maximum_speed_kph))
    if rule.station_parking:
        sentences.append(_("Please park at a station if there is one."))
    return tuple(map(str, sentences))


def _describe_speed(max_speed_kph: int | None) -> tuple[str, ...]:
    if max_speed_kph is None:
        return ()
    return (_("Maximum %(speed)s.", speed=format_speed(max_speed_kph)),)


def _describe_fee(fee: int | None, currency: str) -> tuple[str, ...]:
    if fee is None:
        return ()
    return (str(_("%(fee)s to end a ride here.", fee=money.format_amount(fee, currency))),)
