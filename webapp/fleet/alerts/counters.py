"""The counters of the alerts about vehicles, as the board shows them."""

from functools import partial

from sqlalchemy import Select

from webapp.fleet.alerts.conditions import THRESHOLDS
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.labels import ALERT_LABELS
from webapp.fleet.alerts.queries import count_alert_query
from webapp.hooks import AlertCounter
from webapp.regions.models import City
from webapp.web.roles import Permission


def _count(kind: AlertKind, city: City, threshold: int) -> Select[tuple[int]]:
    return count_alert_query(kind, city, threshold)


def _list_args(kind: AlertKind, city: City, _threshold: int) -> dict[str, str]:
    return {"city": city.name, "alert": kind.value}


VEHICLE_COUNTERS = tuple(
    AlertCounter(
        kind.value,
        ALERT_LABELS[kind],
        Permission.VIEW_VEHICLES,
        partial(_count, kind),
        "fleet.staff.index",
        partial(_list_args, kind),
        *THRESHOLDS[kind],
    )
    for kind in AlertKind
)
