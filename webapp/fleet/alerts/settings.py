"""The settings of alerts, which each process keeps for a while, and changing them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Flask, current_app
from sqlalchemy import CTE, ColumnElement, and_, case, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import array

from webapp.audit.changes import (
    RecordedChange,
    old_values_cte,
    select_values,
    values_object,
)
from webapp.audit.enums import AuditKind
from webapp.audit.writing import (
    as_cte,
    audit_event_statement,
    audit_subject,
    city_event_statement,
)
from webapp.auth.models import User
from webapp.db.cache import TimedCache
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import EditConflict, NotFound
from webapp.extensions import db
from webapp.fleet.alerts.conditions import THRESHOLDS, alert_condition, make_threshold
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.models import AlertSetting, VehicleAlertMute
from webapp.fleet.models import Vehicle
from webapp.hooks import AlertCounter
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.web.roles import Permission


class AlertChoice(NamedTuple):
    """What a city has chosen for an alert."""

    threshold: int | None
    #: None: it is not muted.
    muted_until: datetime | None
    mute_reason: str

    @property
    def is_muted(self) -> bool:
        return self.muted_until is not None


class Mute(NamedTuple):
    """For how long something does not count, and why."""

    duration: timedelta
    reason: str

    @property
    def until(self) -> ColumnElement[datetime]:
        """When it ends if it begins now."""
        return func.now() + self.duration

    @property
    def hours(self) -> int:
        return self.duration // timedelta(hours=1)


UNCHANGED = AlertChoice(None, None, "")
#: By city and alert.
AlertChoices = dict[tuple[str, str], AlertChoice]


def init_app(app: Flask) -> None:
    cache: TimedCache[None, AlertChoices] = TimedCache(app.config["PLANS_MAX_AGE_S"], max_size=1)
    app.extensions["movr_alert_settings"] = cache


def settings_cache() -> TimedCache[None, AlertChoices]:
    """Return the settings that this process keeps."""
    cache: TimedCache[None, AlertChoices] = current_app.extensions["movr_alert_settings"]
    return cache


def find_choice(city_name: str, kind: str, max_age_s: float | None = None) -> AlertChoice:
    """Return what a city has chosen for an alert, as it was at most ``max_age_s`` seconds ago."""
    choices = settings_cache().get(None, load_settings, max_age_s)
    return choices.get((city_name, kind), UNCHANGED)


def find_threshold(city_name: str, kind: AlertKind) -> int:
    """Return from when on an alert counts vehicles of a city, in its unit."""
    return find_choice(city_name, kind).threshold or THRESHOLDS[kind][0]


def alerts_column(region: str) -> ColumnElement[Sequence[str]]:
    """Return the kinds of the alerts of a vehicle, for a query of the vehicles of a region."""
    cities = [city for city in catalogue().all() if city.region == region]
    columns = [case((_is_alert(kind, cities), kind.value)) for kind in AlertKind]
    return func.array_remove(array(columns), None)


def _is_alert(kind: AlertKind, cities: Sequence[City]) -> ColumnElement[bool]:
    by_threshold: dict[int, list[City]] = {}
    for city in cities:
        by_threshold.setdefault(find_threshold(city.name, kind), []).append(city)
    conditions = [
        alert_condition(kind, group, make_threshold(kind, threshold))
        for threshold, group in by_threshold.items()
    ]
    return or_(false(), *conditions)


def load_settings() -> AlertChoices:
    """Read the settings of all cities."""
    columns = table(AlertSetting).c
    choice_columns = (columns.threshold, _muted_until_column(), columns.mute_reason)
    query = select(columns.city, columns.kind, *choice_columns)
    return {(city, kind): AlertChoice(*choice) for city, kind, *choice in db.session.execute(query)}


def _muted_until_column() -> ColumnElement[datetime | None]:
    """Return until when an alert is muted; NULL if it is not."""
    muted_until = table(AlertSetting).c.muted_until
    return case((muted_until > func.now(), muted_until))


def change_alert(
    city: City,
    counter: AlertCounter,
    old: AlertChoice,
    threshold: int | None,
    mute: Mute | None,
    why: str = "",
) -> None:
    """Set the threshold of an alert, and mute it or end its mute (None). Raises EditConflict unless
    it is as in ``old``.

    why: for the audit event; of a mute its reason.
    """
    until, reason = (mute.until, mute.reason) if mute else (None, "")
    values = {"threshold": threshold, "muted_until": until, "mute_reason": reason}
    _write_setting(city, counter, old, values, reason or why, mute.hours if mute else 0)


def change_threshold(
    city: City, counter: AlertCounter, old: AlertChoice, threshold: int | None, why: str = ""
) -> None:
    """Set the threshold of an alert; a mute stays as it is. Raises EditConflict unless it is as in
    ``old``."""
    _write_setting(city, counter, old, {"threshold": threshold}, why)


def _write_setting(
    city: City,
    counter: AlertCounter,
    old: AlertChoice,
    values: Mapping[str, object],
    why: str,
    muted_h: int | None = None,
) -> None:
    """Change some columns. muted_h: how long it is muted, hours; None: that stays as it is."""
    settings = table(AlertSetting)
    setting = insert(settings).values(city=city.name, kind=counter.kind, **values)
    changed = (
        setting.on_conflict_do_update(
            index_elements=["city", "kind"],
            set_={name: setting.excluded[name] for name in values},
            where=and_(
                settings.c.threshold.is_not_distinct_from(old.threshold),
                _muted_until_column().is_not_distinct_from(old.muted_until),
            ),
        )
        .returning(settings.c.kind, settings.c.threshold, settings.c.muted_until)
        .cte("changed")
    )
    is_setting = and_(settings.c.city == city.name, settings.c.kind == counter.kind)
    old_values = old_values_cte(settings, ["threshold", "muted_until"], is_setting)
    audit_event = city_event_statement(
        AuditKind.ALERT_CHANGED,
        city,
        after=changed,
        change=RecordedChange(
            select_values(old_values),
            values_object(changed, "threshold", "muted_until"),
            why,
        ),
        alert=counter.kind,
        muted_h=muted_h,
    )
    statement = select(changed.c.kind).add_cte(as_cte(audit_event))
    is_changed = bool(execute_write(statement, idempotent=True))
    settings_cache().clear()
    if not is_changed:
        raise EditConflict


def find_alert_vehicle(staff: User, vehicle_key: RowKey) -> Vehicle:
    """Return a vehicle whose alerts a member of staff may mute; raises NotFound."""
    vehicle: Vehicle | None = db.session.scalar(
        select(Vehicle).where(key_condition(Vehicle, vehicle_key))
    )
    if (
        vehicle is None
        or vehicle.is_retired
        or not staff.has_permission(Permission.MANAGE_ALERTS, vehicle.city)
    ):
        raise NotFound
    return vehicle


def mute_vehicle_alert(vehicle: Vehicle, kind: AlertKind, mute: Mute) -> None:
    """Let an alert not count a vehicle for some time."""
    mutes, vehicles = table(VehicleAlertMute), table(Vehicle)
    row = select(
        vehicles.c.region,
        vehicles.c.id,
        literal(kind.value, mutes.c.kind.type),
        mute.until,
        literal(mute.reason, mutes.c.reason.type),
    ).where(key_condition(vehicles, vehicle.key), vehicles.c.city == vehicle.city)
    names = ["region", "vehicle_id", "kind", "until", "reason"]
    statement = insert(mutes).from_select(names, row)
    muted = (
        statement.on_conflict_do_update(
            index_elements=["region", "vehicle_id", "kind"],
            set_={"until": statement.excluded.until, "reason": statement.excluded.reason},
        )
        .returning(mutes.c.vehicle_id, mutes.c.until.label("muted_until"))
        .cte("muted")
    )
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_ALERT_MUTED,
        subject=audit_subject("vehicle", vehicle.key),
        after=muted,
        region=vehicle.region,
        city=vehicle.city,
        change=RecordedChange(
            select_values(_old_mute_cte(vehicle, kind)),
            values_object(muted, "muted_until"),
            mute.reason,
        ),
        alert=kind.value,
        muted_h=mute.hours,
    )
    execute_write(select(muted.c.vehicle_id).add_cte(as_cte(audit_event)), idempotent=True)


def _old_mute_cte(vehicle: Vehicle, kind: AlertKind) -> CTE:
    mutes = table(VehicleAlertMute)
    is_mute = and_(key_condition(mutes, vehicle.key, id="vehicle_id"), mutes.c.kind == kind.value)
    return select(mutes.c.until.label("muted_until")).where(is_mute).cte("old_values")
