"""The schedule of scheduled exports; run by webapp/exports/jobs.py."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, NoPayload, Priority
from webapp.jobs.schedules import Schedule

SEND_EXPORTS = Schedule(
    JobKind("scheduled_exports", NoPayload, Priority.LOW), period=timedelta(minutes=15)
)
