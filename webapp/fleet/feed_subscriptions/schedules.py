"""The schedule of feed subscriptions; run by ``enqueue_due_feeds`` in jobs.py."""

from datetime import timedelta

from webapp.fleet.feed_subscriptions.statements import due_query
from webapp.jobs.kinds import JobKind, NoPayload
from webapp.jobs.schedules import Schedule

#: Write the jobs of the runs that are due. It has few attempts: the next one comes in a minute.
FEEDS = Schedule(
    JobKind("feeds", NoPayload, max_attempts=2), period=timedelta(minutes=1), work_query=due_query
)
