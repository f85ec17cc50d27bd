"""Schedules of the wallet; run by webapp/riders/wallet/jobs.py."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule

SETTLE = Schedule(
    JobKind(
        "settle_payments", NoPayload, Priority.LOW, max_attempts=count_attempts(timedelta(hours=1))
    ),
    period=timedelta(minutes=15),
    for_site=True,
)
CHECK_LEDGER = Schedule.daily(
    JobKind(
        "check_ledger",
        NoPayload,
        Priority.LOW,
        max_attempts=count_attempts(timedelta(hours=12)),
        max_run_s=6 * 3600,
    ),
    hour=4,
    for_site=True,
)
