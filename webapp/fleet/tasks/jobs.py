"""The job of the rules that make tasks."""

from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.tasks.rules import RuleSettings, add_tasks_statement, rules_that_are_on_query
from webapp.fleet.tasks.schedules import list_city_names
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.regions.catalogue import catalogue


def apply_rules(_: NoPayload, job: RunningJob) -> None:
    """Make the tasks of the rules of the region. A vehicle that has one gets no other."""
    query = rules_that_are_on_query(list_city_names(job.key.region))
    for rule in db.session.scalars(query).all():
        city = catalogue().find(rule.city)
        if city is None or city.region != job.key.region:
            continue
        rule_settings = RuleSettings._make(getattr(rule, name) for name in RuleSettings._fields)
        execute_write(
            add_tasks_statement(city, AlertKind(rule.trigger), rule_settings), idempotent=True
        )
