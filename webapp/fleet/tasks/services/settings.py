"""What managers decide about the tasks of a city: its rules, and kinds of its own."""

from sqlalchemy import CTE, ColumnElement, Executable, and_, delete, or_, select

from webapp.audit.changes import RecordedChange, old_values_cte, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, city_event_statement
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.tasks.errors import KindExists
from webapp.fleet.tasks.models import OwnTaskKind, TaskRule
from webapp.fleet.tasks.rules import RuleSettings
from webapp.regions.models import City


def save_rule(city: City, trigger: AlertKind, rule_settings: RuleSettings) -> None:
    """Save the rule of a city for a trigger; it makes tasks within five minutes if it is on."""
    rules = table(TaskRule)
    is_changed: ColumnElement[bool] = or_(
        *(rules.c[name].is_distinct_from(value) for name, value in rule_settings._asdict().items())
    )
    saved = (
        insert(rules)
        .values(city=city.name, trigger=trigger.value, **rule_settings._asdict())
        .on_conflict_do_update(
            index_elements=["city", "trigger"], set_=rule_settings._asdict(), where=is_changed
        )
        .returning(rules.c.city)
        .cte("saved_rule")
    )
    is_rule = and_(rules.c.city == city.name, rules.c.trigger == trigger.value)
    old_values = old_values_cte(rules, rule_settings._fields, is_rule)
    change = RecordedChange(select_values(old_values), rule_settings._asdict())
    event = _event(AuditKind.TASK_RULE_CHANGED, city, saved, change, trigger=trigger.value)
    execute_write(select(saved.c.city).add_cte(event), idempotent=True)


def add_own_kind(city: City, name: str) -> None:
    """Add a kind of tasks to a city. Raises KindExists."""
    kinds = table(OwnTaskKind)
    added = (
        insert(kinds)
        .values(city=city.name, name=name)
        .on_conflict_do_nothing()
        .returning(kinds.c.city)
        .cte("added_kind")
    )
    change = RecordedChange(None, {"name": name})
    event = _event(AuditKind.TASK_KIND_ADDED, city, added, change)
    # Not idempotent: a second attempt would find the row of the first, and refuse.
    if not execute_write(select(added.c.city).add_cte(event)):
        raise KindExists


def remove_own_kind(city: City, name: str) -> None:
    """Remove a kind from a city's list. Its tasks stay."""
    kinds = table(OwnTaskKind)
    removed = (
        delete(kinds)
        .where(kinds.c.city == city.name, kinds.c.name == name)
        .returning(kinds.c.city)
        .cte("removed_kind")
    )
    change = RecordedChange({"name": name}, None)
    event = _event(AuditKind.TASK_KIND_REMOVED, city, removed, change)
    statement: Executable = select(removed.c.city).add_cte(event)
    execute_write(statement, idempotent=True)


def _event(kind: AuditKind, city: City, after: CTE, change: RecordedChange, **details: str) -> CTE:
    return as_cte(city_event_statement(kind, city, after=after, change=change, **details))
