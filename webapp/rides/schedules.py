"""Schedules of rides; run by webapp/rides/jobs.py."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule

#: Ask riders of long rides whether they have ended, and tell staff of overdue ones.
REMIND = Schedule(
    JobKind("remind", NoPayload, Priority.LOW, max_attempts=count_attempts(timedelta(minutes=30))),
    period=timedelta(minutes=5),
)
