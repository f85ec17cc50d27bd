"""The job that finds the alerts about vehicles."""

from webapp.fleet.alerts.scan import scan_city
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.regions.each_city import run_for_each_city


def find_alerts(_: NoPayload, job: RunningJob) -> None:
    """Look at the vehicles of the region of the job that have changed."""
    run_for_each_city(scan_city, [job.key.region])
