"""Writing the jobs of schedules when they are due."""

import time
from collections.abc import Callable, Sequence

from flask import current_app

from webapp.db.transactions import execute_write
from webapp.hooks import get_hooks
from webapp.jobs.schedules import Schedule, start_due_statement
from webapp.ops.jobs.regions import list_job_regions


class Scheduler:
    """Looks for schedules that are due, at most every WORK_SCHEDULE_S."""

    def __init__(self, list_regions: Callable[[], list[str]]) -> None:
        self.list_regions = list_regions
        self._looked_at = float("-inf")

    def start_due(self) -> None:
        """Write the jobs that are due, if it is time to look. Needs an application context."""
        if time.monotonic() - self._looked_at < current_app.config["WORK_SCHEDULE_S"]:
            return
        self._looked_at = time.monotonic()
        for region in self.list_regions():
            start_due_schedules(region)


def start_due_schedules(region: str) -> list[str]:
    """Write the jobs of the schedules of a region that are due; return their names."""
    if schedules := schedules_of_region(region):
        return [name for (name,) in execute_write(start_due_statement(region, schedules))]
    return []


def schedules_of_region(region: str) -> Sequence[Schedule]:
    """Return the schedules whose jobs are written in a region. Those of the site are in one."""
    is_site_region = region == list_job_regions()[0]
    return [each for each in get_hooks().schedules if is_site_region or not each.for_site]
