"""The rules and the own kinds of tasks of a city."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, literal, select

from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.tasks.models import CustomTaskKind, TaskRule
from webapp.fleet.tasks.rules import DEFAULT_SETTINGS, RuleSettings
from webapp.regions.models import City


@dataclass(frozen=True)
class TaskSettings:
    """What a city has decided about its tasks."""

    #: Of every trigger; those that nobody has saved are off.
    rules: Mapping[AlertKind, RuleSettings]
    #: By name.
    custom_kinds: list[str]


def get_task_settings(city: City) -> TaskSettings:
    """Return what a city has decided, in one statement."""
    kinds = (
        select(CustomTaskKind.name)
        .where(CustomTaskKind.city == city.name)
        .order_by(CustomTaskKind.name)
    )
    one_row = select(literal(1).label("one")).subquery()
    query = (
        select(TaskRule, func.array(kinds.scalar_subquery()))
        .select_from(one_row)
        .outerjoin(TaskRule, TaskRule.city == city.name)
    )
    rows = db.session.execute(query.execution_options(populate_existing=True)).all()
    saved = {
        AlertKind(rule.trigger): RuleSettings.from_rule(rule)
        for rule, _ in rows
        if rule and rule.trigger in tuple(AlertKind)  # a newer release may know others
    }
    return TaskSettings({**DEFAULT_SETTINGS, **saved}, list(rows[0][1]))
