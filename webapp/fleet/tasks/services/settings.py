"""What managers decide about the tasks of a city: its rules, and kinds of its own."""

from sqlalchemy import (
    CTE,
    ColumnElement,
    Executable,
    String,
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    select,
)

from webapp.audit.changes import RecordedChange, old_values_cte, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, city_event_statement
from webapp.db.inserts import insert
from webapp.db.keys import values_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import EditConflict
from webapp.extensions import db
from webapp.fleet.alerts.enums import MAX_LOW_BATTERY, AlertKind
from webapp.fleet.tasks.errors import MAX_KINDS, KindExists, TooManyKinds
from webapp.fleet.tasks.models import CustomTaskKind, TaskRule
from webapp.fleet.tasks.rules import RuleSettings
from webapp.regions.models import City


def save_rule(
    city: City, trigger: AlertKind, old: RuleSettings, new: RuleSettings, why: str = ""
) -> None:
    """Save the rule of a city for a trigger; it makes tasks within five minutes if it is on. Raises
    EditConflict if one is stored and is not ``old``."""
    rules = table(TaskRule)
    saved = (
        insert(rules)
        .values(city=city.name, trigger=trigger.value, **new._asdict())
        .on_conflict_do_update(
            index_elements=["city", "trigger"], set_=new._asdict(), where=_is_rule_condition(old)
        )
        .returning(rules.c.city)
        .cte("saved_rule")
    )
    is_rule = and_(rules.c.city == city.name, rules.c.trigger == trigger.value)
    old_values = old_values_cte(rules, new._fields, is_rule)
    change = RecordedChange(select_values(old_values), new._asdict(), why)
    event = _event(AuditKind.TASK_RULE_CHANGED, city, saved, change, trigger=trigger.value)
    if not execute_write(select(saved.c.city).add_cte(event), idempotent=True):
        raise EditConflict


def _is_rule_condition(rule_settings: RuleSettings) -> ColumnElement[bool]:
    """Return the condition that a stored rule says this, as ``RuleSettings.from_rule`` reads it."""
    rules, values = table(TaskRule), rule_settings._asdict()
    stored_percent = rules.c.battery_percent
    percent = case((stored_percent > MAX_LOW_BATTERY, MAX_LOW_BATTERY), else_=stored_percent)
    is_percent = percent.is_not_distinct_from(values.pop("battery_percent"))
    return and_(is_percent, values_condition(rules, values))


def add_custom_kind(city: City, name: str, why: str = "") -> None:
    """Add a kind of tasks to a city. One of this very name stays: the form was sent twice.

    Raises KindExists if there is one that differs in capitals only, TooManyKinds.
    """
    kinds = table(CustomTaskKind)
    others = kinds.alias("others")
    is_of_city = others.c.city == city.name
    is_new = ~exists().where(is_of_city, func.lower(others.c.name) == func.lower(name))
    count = select(func.count()).where(is_of_city).scalar_subquery()
    row = select(literal(city.name, String), literal(name, String)).where(is_new, count < MAX_KINDS)
    added = (
        insert(kinds)
        .from_select(["city", "name"], row)
        .on_conflict_do_nothing()
        .returning(kinds.c.city)
        .cte("added_kind")
    )
    change = RecordedChange(None, {"name": name}, why)
    event = _event(AuditKind.TASK_KIND_ADDED, city, added, change)
    if not execute_write(select(added.c.city).add_cte(event), idempotent=True):
        with check_outcome():
            _check_added(city, name)


def _check_added(city: City, name: str) -> None:
    """Raise why a kind was not added, unless the city has it."""
    columns = table(CustomTaskKind).c
    is_like = and_(columns.city == city.name, func.lower(columns.name) == func.lower(name))
    names = db.session.scalars(select(columns.name).where(is_like)).all()
    if name not in names:
        raise KindExists if names else TooManyKinds


def remove_custom_kind(city: City, name: str, why: str = "") -> None:
    """Remove a kind from a city's list. Its tasks stay."""
    kinds = table(CustomTaskKind)
    removed = (
        delete(kinds)
        .where(kinds.c.city == city.name, kinds.c.name == name)
        .returning(kinds.c.city)
        .cte("removed_kind")
    )
    change = RecordedChange({"name": name}, None, why)
    event = _event(AuditKind.TASK_KIND_REMOVED, city, removed, change)
    statement: Executable = select(removed.c.city).add_cte(event)
    execute_write(statement, idempotent=True)


def _event(kind: AuditKind, city: City, after: CTE, change: RecordedChange, **details: str) -> CTE:
    return as_cte(city_event_statement(kind, city, after=after, change=change, **details))
