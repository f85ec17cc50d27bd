"""The job of rollups."""

from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.numbers.services import update_rollups
from webapp.regions.catalogue import catalogue


def update_region(_: NoPayload, job: RunningJob) -> None:
    """Bring the rollups of the cities of a region up to date."""
    for city in catalogue().all():
        if city.region == job.key.region:
            update_rollups(city)
