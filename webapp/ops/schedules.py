"""Schedules of operations."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule

#: Delete what is old; run by webapp/ops/retention.py.
SWEEP = Schedule.daily(
    JobKind(
        "sweep",
        NoPayload,
        Priority.LOW,
        max_attempts=count_attempts(timedelta(hours=12)),
        max_run_s=6 * 3600,
    ),
    hour=3,
)
