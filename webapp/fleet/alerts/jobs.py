"""The job that finds the alerts about vehicles."""

from webapp.fleet.alerts.scan import scan_city
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.regions.catalogue import catalogue


def find_alerts(_: NoPayload, job: RunningJob) -> None:
    """Look at the vehicles of the region of the job that have changed."""
    for city in catalogue().all():
        if city.region == job.key.region:
            scan_city(city)
