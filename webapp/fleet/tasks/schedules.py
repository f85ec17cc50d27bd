"""The schedule of rules; run by ``apply_rules`` in jobs.py."""

from datetime import timedelta

from sqlalchemy import Select

from webapp.fleet.tasks.models import TaskRule
from webapp.fleet.tasks.rules import rules_that_are_on_query
from webapp.jobs.kinds import JobKind, NoPayload, Priority
from webapp.jobs.schedules import Schedule
from webapp.regions.catalogue import catalogue


def list_city_names(region: str) -> list[str]:
    """Return the names of the cities of a region."""
    return [city.name for city in catalogue().all() if city.region == region]


def _work_query(region: str) -> Select[tuple[TaskRule]]:
    return rules_that_are_on_query(list_city_names(region))


#: Make the tasks of rules. It has few attempts: the next one comes in five minutes.
TASK_RULES = Schedule(
    JobKind("task_rules", NoPayload, Priority.LOW, max_attempts=2),
    period=timedelta(minutes=5),
    work_query=_work_query,
)
