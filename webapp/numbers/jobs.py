"""The job of rollups."""

from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.numbers.services import update_rollups
from webapp.regions.each_city import run_for_each_city


def update_region(_: NoPayload, job: RunningJob) -> None:
    """Bring the rollups of the cities of a region up to date."""
    run_for_each_city(update_rollups, [job.key.region])
