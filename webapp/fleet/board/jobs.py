"""The jobs that count vehicles."""

from webapp.fleet.board.counting import correct_counts, count_vehicles
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.regions.each_city import run_for_each_city


def count_region(_: NoPayload, job: RunningJob) -> None:
    """Count the vehicles of the region of the job that have changed, where they are many."""
    run_for_each_city(count_vehicles, [job.key.region])


def correct_region(_: NoPayload, job: RunningJob) -> None:
    """Correct the counts of the region of the job."""
    run_for_each_city(correct_counts, [job.key.region])
