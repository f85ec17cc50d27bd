"""Texts about zones."""

from typing import Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from webapp import money
from webapp.fleet.zones.enums import ZoneKind

ZONE_KIND_LABELS = {
    ZoneKind.SERVICE_AREA: _l("Service area"),
    ZoneKind.NO_PARKING: _l("No parking"),
    ZoneKind.NO_RIDE: _l("No riding"),
    ZoneKind.SLOW: _l("Slow zone"),
}

#: What each kind of zone asks of riders.
ZONE_RULE_LABELS = {
    ZoneKind.SERVICE_AREA: _l("Rides end inside."),
    ZoneKind.NO_PARKING: _l("Ride through, and end the ride somewhere else."),
    ZoneKind.NO_RIDE: _l("Get off and push. No ride ends here."),
    ZoneKind.SLOW: _l("Ride slowly here."),
}


class ZoneLimits(Protocol):
    """The speed limit and the fee of a zone."""

    @property
    def max_speed_kph(self) -> int | None: ...
    @property
    def fee(self) -> int | None: ...


def zone_kind_label(kind: str) -> str:
    """Return what people call a kind of zone."""
    return str(ZONE_KIND_LABELS[ZoneKind(kind)])


def zone_rule_label(kind: str) -> str:
    """Return what a kind of zone asks of riders, as a sentence."""
    return str(ZONE_RULE_LABELS[ZoneKind(kind)])


def describe_zone_limits(zone: ZoneLimits, currency: str) -> list[str]:
    """Return the speed limit and the fee of a zone as texts, those that it has."""
    texts = []
    if zone.max_speed_kph:
        texts.append(_("%(n)d km/h at most", n=zone.max_speed_kph))
    if zone.fee is not None:
        texts.append(_("%(fee)s to end a ride here", fee=money.format_amount(zone.fee, currency)))
    return texts


def format_area(square_km: float) -> str:
    """Return the size of an area with a useful number of digits: ``157 km²``, ``1.25 km²``,
    ``90 m²``."""
    if square_km < 0.01:
        return str(_("%(n)s m²", n=round(square_km * 1e6)))
    return str(_("%(n)s km²", n=f"{square_km:.0f}" if square_km >= 10 else f"{square_km:.2f}"))
