"""Jobs of what riders follow."""

from datetime import UTC, datetime

from sqlalchemy import select

from webapp.auth.jobs import find_job_account
from webapp.db.reads import find_in_any_region
from webapp.jobs.kinds import KeyPayload, NoPayload, RunningJob
from webapp.regions.each_city import run_for_each_city
from webapp.riders.notifications.delivery import notify
from webapp.rides.following.models import Follow
from webapp.rides.following.notification_kinds import FOLLOWED_OWNER, FOLLOWED_PLACE
from webapp.rides.following.scan import scan_city
from webapp.web.urls import public_url


def notify_followers(_: NoPayload, job: RunningJob) -> None:
    """Look at the vehicles that have come in the cities of the region of the job."""
    run_for_each_city(scan_city, [job.key.region])


def notify_follower(payload: KeyPayload, job: RunningJob) -> None:
    """Notify one rider of what the rider follows; not of a vehicle that came too long ago, because
    jobs had to wait."""
    rider = find_job_account(job)
    row = find_in_any_region(select(Follow), Follow, payload.key)
    if rider is None or rider.disabled_at or row is None:
        return
    (follow,) = row
    if point := follow.point:
        found_at = follow.notified_at
        if found_at and datetime.now(UTC) > found_at + FOLLOWED_PLACE.lasts:
            return
        link = public_url("fleet.search.city", city_name=follow.city, lat=point.lat, lon=point.lon)
        notify(job, FOLLOWED_PLACE, link, {"place": follow.label})
    else:
        notify(job, FOLLOWED_OWNER, public_url("fleet.search.home"))
