"""The job of the events of vehicles."""

from webapp.fleet.vehicle_events.replay import record_unexplained_states
from webapp.jobs.kinds import NoPayload, RunningJob


def record_states(_: NoPayload, job: RunningJob) -> None:
    """Write events for the states in the region of the job that no event explains."""
    record_unexplained_states(job.key.region)
