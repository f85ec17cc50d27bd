"""The job of the events of vehicles."""

from webapp.fleet.vehicle_events.replay import record_unrecorded_states
from webapp.fleet.vehicle_events.state_times import fill_state_times
from webapp.jobs.kinds import NoPayload, RunningJob


def record_states(_: NoPayload, job: RunningJob) -> None:
    """Write events for the states in the region of the job that no event explains, and since when
    vehicles are in their state."""
    record_unrecorded_states(job.key.region)
    fill_state_times(job.key.region)
