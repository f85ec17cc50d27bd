"""Rules: tasks that are made by themselves for the vehicles of an alert, after some time.

Which vehicles: as on the board (``fleet/alerts/conditions.py``), but with the numbers of the rule.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, union_all
from sqlalchemy.sql.dml import ReturningInsert

from webapp.db.inserts import insert
from webapp.db.types import table
from webapp.fleet.alerts.conditions import AlertPart, AlertThreshold, alert_parts
from webapp.fleet.alerts.enums import MAX_LOW_BATTERY, RECORDED_KINDS, AlertKind
from webapp.fleet.alerts.settings import find_threshold
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.enums import OPEN_STATES, TaskKind, TaskSource, TaskState
from webapp.fleet.tasks.models import Task, TaskRule
from webapp.regions.models import City

#: Tasks of a rule that one run makes at most for each part of its alert; the next run goes on.
MAX_NEW_TASKS = 2_000

#: A vehicle in these states is ridden, was picked up, or is not to be found.
IN_USE_STATES = (
    VehicleState.ON_TRIP,
    VehicleState.MISSING,
    VehicleState.REMOVED,
    VehicleState.ELSEWHERE,
)


class RuleSettings(NamedTuple):
    """What a rule says: columns of TaskRule."""

    is_on: bool
    minutes: int
    battery_percent: int | None
    kind: str
    custom_kind: str = ""

    @classmethod
    def from_rule(cls, rule: TaskRule) -> "RuleSettings":
        """Return what a stored rule says. Old ones may have a limit of more percent than alerts
        know."""
        settings = cls._make(getattr(rule, name) for name in cls._fields)
        percent = settings.battery_percent
        return settings._replace(battery_percent=percent and min(percent, MAX_LOW_BATTERY))


#: What a city begins with: nothing is on.
DEFAULT_SETTINGS: Mapping[AlertKind, RuleSettings] = {
    AlertKind.BATTERY_LOW: RuleSettings(False, 60, 20, TaskKind.SWAP_BATTERY),
    AlertKind.IDLE: RuleSettings(False, 72 * 60, None, TaskKind.REBALANCE),
    AlertKind.OUT_OF_SERVICE: RuleSettings(False, 48 * 60, None, TaskKind.REPAIR),
    AlertKind.NO_CONTACT: RuleSettings(False, 12 * 60, None, TaskKind.INSPECT),
    AlertKind.SHORT_RIDES: RuleSettings(False, 60, None, TaskKind.REPAIR),
    AlertKind.RESERVED_OFTEN: RuleSettings(False, 60, None, TaskKind.INSPECT),
    AlertKind.OUTSIDE_AREA: RuleSettings(False, 60, None, TaskKind.COLLECT),
}


def add_tasks_statement(
    city: City, trigger: AlertKind, rule_settings: RuleSettings
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that makes some tasks of a rule; it returns their ids.

    A vehicle gets one for each time that it is so: a task that was done or cancelled since then is
    not made again.
    """
    tasks = table(Task)
    threshold = _make_threshold(city, trigger, rule_settings)
    parts = [
        select(*_task_row(trigger, rule_settings).values())
        .select_from(part.tables)
        .where(
            *part.conditions,
            *_not_in_use_conditions(part),
            ~_had_task_condition(rule_settings, part.since),
        )
        .limit(MAX_NEW_TASKS)
        for part in alert_parts(trigger, [city], threshold)
    ]
    source = union_all(*parts) if len(parts) > 1 else parts[0]
    inserted = insert(tasks).from_select(list(_task_row(trigger, rule_settings)), source)
    return inserted.on_conflict_do_nothing().returning(tasks.c.id)


def _make_threshold(city: City, trigger: AlertKind, rule_settings: RuleSettings) -> AlertThreshold:
    """Return the threshold of a rule: its own numbers. How many rides, reservations or metres count
    is what the city has set for the alert."""
    value = rule_settings.battery_percent or 0
    if trigger in RECORDED_KINDS:
        value = find_threshold(city.name, trigger)
    return AlertThreshold(value, timedelta(minutes=rule_settings.minutes))


def _task_row(trigger: AlertKind, rule_settings: RuleSettings) -> Mapping[str, ColumnElement[Any]]:
    """Return the columns of a task for a vehicle. Any: of several types."""
    vehicles, tasks = table(Vehicle).c, table(Task).c
    return {
        "region": vehicles.region,
        "id": func.gen_random_uuid(),
        "city": vehicles.city,
        "vehicle_id": vehicles.id,
        "kind": literal(rule_settings.kind, tasks.kind.type),
        "custom_kind": literal(rule_settings.custom_kind, tasks.custom_kind.type),
        "state": literal(TaskState.OPEN.value, tasks.state.type),
        "source": literal(TaskSource.RULE.value, tasks.source.type),
        "trigger": literal(trigger.value, tasks.trigger.type),
    }


def _not_in_use_conditions(part: AlertPart) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that nobody rides or has reserved a vehicle, and staff have not picked
    it up. Alerts that are recorded may be some minutes old."""
    columns = table(Vehicle).c
    if part.state is None:
        yield columns.state.not_in([state.value for state in IN_USE_STATES])
    if part.state in (None, VehicleState.RESERVED):
        yield or_(
            columns.state != VehicleState.RESERVED.value, columns.reserved_until <= func.now()
        )


def _had_task_condition(
    rule_settings: RuleSettings, since: ColumnElement[datetime]
) -> ColumnElement[bool]:
    vehicles, tasks = table(Vehicle).c, table(Task).c
    return exists().where(
        tasks.region == vehicles.region,
        tasks.vehicle_id == vehicles.id,
        tasks.kind == rule_settings.kind,
        tasks.custom_kind == rule_settings.custom_kind,
        or_(tasks.state.in_(OPEN_STATES), tasks.created_at >= since),
    )


def rules_that_are_on_query(city_names: list[str]) -> Select[tuple[TaskRule]]:
    """Return the query of the rules of some cities that make tasks. A newer release, which runs
    beside this one during an upgrade, applies those with a trigger that this one does not know."""
    is_known = TaskRule.trigger.in_([trigger.value for trigger in AlertKind])
    return select(TaskRule).where(TaskRule.city.in_(city_names), TaskRule.is_on, is_known)
