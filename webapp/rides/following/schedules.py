"""The schedule of what riders follow; run by ``notify_followers`` in jobs.py."""

from datetime import timedelta

from webapp.jobs.kinds import JobKind, KeyPayload, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule

#: Find vehicles that have come. It has few attempts: the next run looks back further than to this.
NOTIFY_FOLLOWERS = Schedule(
    JobKind("followed_vehicles", NoPayload, Priority.LOW, max_attempts=2),
    period=timedelta(minutes=3),
)
#: The notification of one follower; run by ``notify_follower`` in jobs.py. Not urgent: the many of
#: one place would keep the mails waiting that people sign in with.
NOTIFY_FOLLOWER = JobKind(
    "followed", KeyPayload, Priority.NORMAL, max_attempts=count_attempts(timedelta(minutes=15))
)
