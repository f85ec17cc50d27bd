"""The schedules of numbers; run by webapp/numbers/jobs.py."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule

#: Sum up what happened since the last run. The first run sums up all that there is.
UPDATE_ROLLUPS = Schedule(
    JobKind(
        "update_rollups",
        NoPayload,
        Priority.LOW,
        max_attempts=count_attempts(timedelta(minutes=30)),
        max_run_s=6 * 3600,
    ),
    period=timedelta(minutes=15),
)
#: Count the cohorts of riders and the places of rides of each month, until the last midnight.
UPDATE_MONTHLY_NUMBERS = Schedule.daily(
    JobKind(
        "update_monthly_numbers",
        NoPayload,
        Priority.LOW,
        max_attempts=count_attempts(timedelta(hours=6)),
        max_run_s=6 * 3600,
    ),
    hour=2.5,
)
