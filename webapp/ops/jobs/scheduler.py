"""Writing the jobs of schedules when they are due."""

import time
from collections.abc import Callable, Sequence

from flask import Flask, current_app

from webapp.db.transactions import execute_write
from webapp.hooks import get_hooks
from webapp.jobs.schedules import Schedule, enqueue_due_statement
from webapp.ops.jobs.running import surviving_errors
from webapp.regions.catalogue import list_city_regions, local_region


class Scheduler:
    """Looks for schedules that are due, at most every WORK_SCHEDULE_S."""

    def __init__(self, list_regions: Callable[[], list[str]]) -> None:
        self.list_regions = list_regions
        self._looked_at = float("-inf")

    def enqueue_due(self) -> None:
        """Write the jobs that are due, if it is time to look. Needs an application context.

        Those of the site are in one region, and written by workers of any, so that it
        needs no workers of its own. While that region is lost, they do not run.
        """
        if time.monotonic() - self._looked_at < current_app.config["WORK_SCHEDULE_S"]:
            return
        self._looked_at = time.monotonic()
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        regions = self.list_regions()
        for region in regions:
            with surviving_errors(app):  # a lost region does not stop the schedules of others
                enqueue_due_jobs(region)
        if (site_region := find_site_region()) not in regions:
            with surviving_errors(app):
                of_site = [each for each in get_hooks().schedules if each.for_site]
                _start_due(site_region, of_site)


def find_site_region() -> str:
    """Return the region of the schedules of the site: the first that has cities, and so workers."""
    return next(iter(list_city_regions()), local_region())


def enqueue_due_jobs(region: str) -> list[str]:
    """Write the jobs of the schedules of a region that are due; return their names."""
    return _start_due(region, list_schedules_of_region(region))


def _start_due(region: str, schedules: Sequence[Schedule]) -> list[str]:
    if schedules:
        return [name for (name,) in execute_write(enqueue_due_statement(region, schedules))]
    return []


def list_schedules_of_region(region: str) -> Sequence[Schedule]:
    """Return the schedules whose jobs are written in a region. Those of the site are in one."""
    is_site_region = region == find_site_region()
    return [each for each in get_hooks().schedules if is_site_region or not each.for_site]
