"""Texts about zones."""

from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone, ZoneVersion
from webapp.translations import find_label, label_in_language
from webapp.translations import lazy_gettext as _l

ZONE_KIND_LABELS = {
    ZoneKind.SERVICE_AREA: _l("Service area"),
    ZoneKind.NO_PARKING: _l("No parking"),
    ZoneKind.NO_RIDE: _l("No riding"),
    ZoneKind.SLOW: _l("Slow zone"),
}

#: Of a zone that is of no kind.
OTHER_ZONE_LABEL = _l("Special rules")
OTHER_ZONE_RULE = _l("Tap the zone to read them.")

#: What each kind of zone asks of riders.
ZONE_RULE_LABELS = {
    ZoneKind.SERVICE_AREA: _l("Rides can end inside."),
    ZoneKind.NO_PARKING: _l("You can ride through, but not end a ride."),
    ZoneKind.NO_RIDE: _l("Get off and push. You can't end a ride here."),
    ZoneKind.SLOW: _l("Ride slowly."),
}


def own_zone_label(zone: Zone | ZoneVersion) -> str:
    """Return the name of a zone in the language of the reader; empty: the zone has none."""
    return label_in_language(zone.labels, zone.name)


def zone_label(zone: Zone | ZoneVersion) -> str:
    """Return the same, or what its kind is called."""
    return own_zone_label(zone) or zone_kind_label(zone.kind)


def zone_kind_label(kind: str) -> str:
    """Return what people call a kind of zone."""
    return find_label(ZONE_KIND_LABELS, kind)


def zone_rule_label(kind: str) -> str:
    """Return what a kind of zone asks of riders, as a sentence."""
    return find_label(ZONE_RULE_LABELS, kind)
