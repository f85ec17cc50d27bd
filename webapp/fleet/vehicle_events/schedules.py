"""The schedule of the events of vehicles."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule

#: Write events for states that no event explains; run by webapp/fleet/vehicle_events/jobs.py. Due
#: at once after the upgrade that brings events.
RECORD_VEHICLE_STATES = Schedule.daily(
    JobKind(
        "record_vehicle_states",
        NoPayload,
        Priority.LOW,
        max_attempts=count_attempts(timedelta(hours=12)),
        max_run_s=6 * 3600,
    ),
    hour=4,
)
