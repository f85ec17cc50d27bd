"""The schedules of counting vehicles; run by jobs.py."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule

#: Count the vehicles of each city. After the upgrade that brings counts it counts all. It has few
#: attempts: the next one comes in three minutes, and boards are right without it.
VEHICLE_COUNTS = Schedule(
    JobKind("vehicle_counts", NoPayload, Priority.LOW, max_attempts=2, max_run_s=3600),
    period=timedelta(minutes=3),
)

#: Correct the counts of vehicles that were deleted without MovR.
CORRECT_VEHICLE_COUNTS = Schedule.daily(
    JobKind(
        "correct_vehicle_counts",
        NoPayload,
        Priority.LOW,
        max_attempts=count_attempts(timedelta(hours=12)),
        max_run_s=3600,
    ),
    hour=4,
)
