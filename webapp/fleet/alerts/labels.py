"""What people read for alerts."""

from webapp.fleet.alerts.conditions import THRESHOLDS
from webapp.fleet.alerts.enums import AlertKind
from webapp.hooks import AlertCounter, AlertUnit
from webapp.measures import METRES_PER_FOOT, format_exact_distance
from webapp.road_units import find_typed_number
from webapp.translations import find_label, ngettext
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

ALERT_LABELS = {
    AlertKind.BATTERY_LOW: _l("Low battery"),
    AlertKind.NO_CONTACT: _l("No contact"),
    AlertKind.IDLE: _l("Idle"),
    AlertKind.OUT_OF_SERVICE: _l("Out of service for long"),
    AlertKind.SHORT_RIDES: _l("Short rides in a row"),
    AlertKind.RESERVED_OFTEN: _l("Reserved, not ridden"),
    AlertKind.OUTSIDE_AREA: _l("Outside the area"),
}


def alert_label(kind: str) -> str:
    """Return what an alert is called. kind: an ``AlertKind``, or its value."""
    return find_label(ALERT_LABELS, kind)


def describe_threshold(unit: AlertUnit | None, threshold: int) -> str:
    """Return from when on an alert counts: ``over 7 days``; '' if it counts all."""
    match unit:
        case AlertUnit.PERCENT:
            return str(_("below %(n)d%%", n=threshold))
        case AlertUnit.HOURS:
            return str(ngettext("over %(num)d hour", "over %(num)d hours", threshold))
        case AlertUnit.DAYS:
            return str(ngettext("over %(num)d day", "over %(num)d days", threshold))
        case AlertUnit.RIDES | AlertUnit.RESERVATIONS | AlertUnit.METRES:
            return str(_("%(value)s or more", value=_describe_value(unit, threshold)))
        case _:
            return ""


def describe_alert_value(kind: AlertKind, value: int) -> str:
    """Return the value of an alert about a vehicle: ``4 rides``."""
    return _describe_value(THRESHOLDS[kind][1], value)


def _describe_value(unit: AlertUnit, value: int) -> str:
    match unit:
        case AlertUnit.RIDES:
            return str(ngettext("%(num)d ride", "%(num)d rides", value))
        case AlertUnit.RESERVATIONS:
            return str(ngettext("%(num)d reservation", "%(num)d reservations", value))
        case _:
            return format_exact_distance(value, find_typed_number(value, METRES_PER_FOOT))


def unit_label(counter: AlertCounter) -> str:
    """Return the label of the field of an alert's threshold."""
    match counter.unit:
        case AlertUnit.PERCENT:
            return str(_("Alert below (percent)"))
        case AlertUnit.HOURS:
            return str(_("Alert after (hours)"))
        case AlertUnit.RIDES:
            return str(_("Alert from (short rides)"))
        case AlertUnit.RESERVATIONS:
            return str(_("Alert from (reservations)"))
        case _:
            return str(_("Alert after (days)"))
