"""The schedule of alerts; run by ``find_alerts`` in jobs.py."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, NoPayload, Priority
from webapp.jobs.schedules import Schedule

#: Find the alerts that no column of a vehicle tells. It has few attempts: the next one comes in
#: three minutes. After a change of a large city's zones it looks at all vehicles, which takes long.
VEHICLE_ALERTS = Schedule(
    JobKind("vehicle_alerts", NoPayload, Priority.LOW, max_attempts=2, max_run_s=3600),
    period=timedelta(minutes=3),
)
