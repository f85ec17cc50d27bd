"""Rules: tasks that are made by themselves for vehicles that have been in a condition for long."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlalchemy.sql.dml import ReturningInsert

from webapp.db.inserts import insert
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.enums import OPEN_STATES, TaskKind, TaskSource, TaskState, Trigger
from webapp.fleet.tasks.models import Task, TaskRule
from webapp.regions.models import City

#: Tasks of a rule that one run makes at most; the next run goes on.
MAX_NEW_TASKS = 2_000


class RuleTerms(NamedTuple):
    """What a rule says: columns of TaskRule."""

    is_on: bool
    minutes: int
    battery_percent: int | None
    kind: str
    own_kind: str = ""


#: What a city begins with: nothing is on.
DEFAULT_TERMS: Mapping[Trigger, RuleTerms] = {
    Trigger.BATTERY_LOW: RuleTerms(False, 60, 20, TaskKind.SWAP_BATTERY),
    Trigger.IDLE: RuleTerms(False, 72 * 60, None, TaskKind.REBALANCE),
    Trigger.OUT_OF_SERVICE: RuleTerms(False, 48 * 60, None, TaskKind.REPAIR),
    Trigger.NOT_HEARD_OF: RuleTerms(False, 12 * 60, None, TaskKind.INSPECT),
}

#: Vehicles in these states, by trigger.
_STATES: Mapping[Trigger, tuple[VehicleState, ...]] = {
    Trigger.BATTERY_LOW: (VehicleState.AVAILABLE, VehicleState.NON_OPERATIONAL),
    Trigger.IDLE: (VehicleState.AVAILABLE,),
    Trigger.OUT_OF_SERVICE: (VehicleState.NON_OPERATIONAL,),
    Trigger.NOT_HEARD_OF: (
        VehicleState.AVAILABLE,
        VehicleState.NON_OPERATIONAL,
        VehicleState.NON_CONTACTABLE,
    ),
}


def add_tasks_statement(
    city: City, trigger: Trigger, terms: RuleTerms
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that makes some tasks of a rule; it returns their ids.

    It reads the vehicles of the city once. Those that were not heard of have no index: it would be
    written with each vehicle that reports.

    A vehicle gets one for each time that it is in the condition: a task that was done or cancelled
    since it is so is not made again.
    """
    vehicles, tasks = table(Vehicle).c, table(Task)
    row = {
        "region": vehicles.region,
        "id": func.gen_random_uuid(),
        "city": vehicles.city,
        "vehicle_id": vehicles.id,
        "kind": literal(terms.kind, tasks.c.kind.type),
        "own_kind": literal(terms.own_kind, tasks.c.own_kind.type),
        "state": literal(TaskState.OPEN.value, tasks.c.state.type),
        "source": literal(TaskSource.RULE.value, tasks.c.source.type),
        "trigger": literal(trigger.value, tasks.c.trigger.type),
    }
    source = select(*row.values()).where(_vehicle_condition(city, trigger, terms))
    inserted = insert(tasks).from_select(list(row), source.limit(MAX_NEW_TASKS))
    return inserted.on_conflict_do_nothing().returning(tasks.c.id)


def _vehicle_condition(city: City, trigger: Trigger, terms: RuleTerms) -> ColumnElement[bool]:
    vehicles, tasks = table(Vehicle).c, table(Task).c
    by_report = trigger is Trigger.NOT_HEARD_OF
    since = vehicles.reported_at if by_report else vehicles.state_changed_at
    had_task = exists().where(
        tasks.region == vehicles.region,
        tasks.vehicle_id == vehicles.id,
        tasks.kind == terms.kind,
        tasks.own_kind == terms.own_kind,
        or_(tasks.state.in_(OPEN_STATES), tasks.created_at >= since),
    )
    condition = and_(
        vehicles.region == city.region,
        vehicles.city == city.name,
        vehicles.state.in_([state.value for state in _STATES[trigger]]),
        since <= func.now() - timedelta(minutes=terms.minutes),
        ~had_task,
    )
    if trigger is Trigger.BATTERY_LOW:
        return and_(condition, vehicles.battery_percent < terms.battery_percent)
    return condition


def rules_that_are_on_query(city_names: list[str]) -> Select[tuple[TaskRule]]:
    """Return the query of the rules of some cities that make tasks."""
    return select(TaskRule).where(TaskRule.city.in_(city_names), TaskRule.is_on)
