"""Schedules of operations."""

from webapp.jobs.kinds import JobKind, NoPayload, Priority
from webapp.jobs.schedules import Schedule

#: Delete what is old; run by webapp/ops/retention.py.
SWEEP = Schedule.daily(JobKind("sweep", NoPayload, Priority.LOW, max_attempts=5), hour=3)
