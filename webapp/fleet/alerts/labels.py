"""What people read for alerts."""

from webapp.fleet.alerts.enums import AlertKind
from webapp.hooks import AlertCounter, AlertUnit
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import ngettext

ALERT_LABELS = {
    AlertKind.BATTERY_LOW: _l("Low battery"),
    AlertKind.NO_CONTACT: _l("No contact"),
    AlertKind.IDLE: _l("Idle"),
    AlertKind.OUT_OF_SERVICE: _l("Out of service for long"),
}


def describe_threshold(unit: AlertUnit | None, threshold: int) -> str:
    """Return from when on an alert counts: ``over 7 days``; '' if it counts all."""
    match unit:
        case AlertUnit.PERCENT:
            return str(_("below %(n)d%%", n=threshold))
        case AlertUnit.HOURS:
            return str(ngettext("over %(num)d hour", "over %(num)d hours", threshold))
        case AlertUnit.DAYS:
            return str(ngettext("over %(num)d day", "over %(num)d days", threshold))
        case _:
            return ""


def unit_label(counter: AlertCounter) -> str:
    """Return the label of the field of an alert's threshold."""
    match counter.unit:
        case AlertUnit.PERCENT:
            return str(_("Below how many percent"))
        case AlertUnit.HOURS:
            return str(_("After how many hours"))
        case _:
            return str(_("After how many days"))
