"""The job of the rules that make tasks."""

from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.tasks.models import TaskRule
from webapp.fleet.tasks.rules import RuleSettings, add_tasks_statement, rules_that_are_on_query
from webapp.fleet.tasks.schedules import list_city_names
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.regions.each_city import run_for_each_city
from webapp.regions.models import City


def apply_rules(_: NoPayload, job: RunningJob) -> None:
    """Make the tasks of the rules of the region. A vehicle that has one gets no other."""
    query = rules_that_are_on_query(list_city_names(job.key.region))
    rules = db.session.scalars(query).all()

    def apply_rules_of_city(city: City) -> None:
        for rule in rules:
            if rule.city == city.name:
                _apply_rule(city, rule)

    run_for_each_city(apply_rules_of_city, [job.key.region])


def _apply_rule(city: City, rule: TaskRule) -> None:
    rule_settings = RuleSettings.from_rule(rule)
    execute_write(
        add_tasks_statement(city, AlertKind(rule.trigger), rule_settings), idempotent=True
    )
