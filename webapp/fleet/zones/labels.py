"""What people read about zones."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from webapp import money
from webapp.fleet.zones.enums import ZoneKind

KIND_LABELS = {
    ZoneKind.SERVICE_AREA: _l("Service area"),
    ZoneKind.NO_PARKING: _l("No parking"),
    ZoneKind.NO_RIDE: _l("No riding"),
    ZoneKind.SLOW: _l("Slow zone"),
}

RULES = {
    ZoneKind.SERVICE_AREA: _l("Rides end inside."),
    ZoneKind.NO_PARKING: _l("Ride through, and end the ride somewhere else."),
    ZoneKind.NO_RIDE: _l("Get off and push. No ride ends here."),
    ZoneKind.SLOW: _l("Ride slowly here."),
}


def zone_kind(kind: str) -> str:
    """Return what people call a kind of zone."""
    return str(KIND_LABELS[ZoneKind(kind)])


def zone_rule(kind: str) -> str:
    """Return what a kind of zone asks of riders, as a sentence."""
    return str(RULES[ZoneKind(kind)])


def zone_facts(zone: Any, currency: str) -> list[str]:
    """Return the speed and the fee of a zone, in words."""
    found = []
    if zone.max_speed_kph:
        found.append(_("%(n)d km/h at most", n=zone.max_speed_kph))
    if zone.fee is not None:
        found.append(_("%(fee)s to end a ride here", fee=money.shown(zone.fee, currency)))
    return found


def square_km(size: float) -> str:
    """Return the size of an area, as exactly as is of use: ``157 km²``, ``1.25 km²``, ``90 m²``."""
    if size < 0.01:
        return str(_("%(n)s m²", n=round(size * 1e6)))
    return str(_("%(n)s km²", n=f"{size:.0f}" if size >= 10 else f"{size:.2f}"))
