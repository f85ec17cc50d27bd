"""Schedules of accounts; run by webapp/riders/jobs.py."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule

#: Find accounts that have ended and whose rows nobody deletes.
RESUME_DELETIONS = Schedule.daily(
    JobKind(
        "resume_deletions",
        NoPayload,
        Priority.LOW,
        max_attempts=count_attempts(timedelta(hours=12)),
    ),
    hour=2,
)
