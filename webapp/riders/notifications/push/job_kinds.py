"""The job that sends a push message."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, KeyPayload, Priority, count_attempts

#: Sends a notification to the devices of its account; run by ``send_push`` in
#: webapp/riders/notifications/push/jobs.py. One that fails for good needs no admin: the
#: notification is in the list.
PUSH = JobKind(
    "push",
    KeyPayload,
    Priority.URGENT,
    max_attempts=count_attempts(timedelta(hours=1)),
    needs_admin_if_failed=False,
)
