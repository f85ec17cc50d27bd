"""Jobs of what owners earn."""

from webapp import mail
from webapp.auth.jobs import find_job_account
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.regions.catalogue import catalogue
from webapp.regions.labels import city_label
from webapp.riders.notifications.delivery import notify
from webapp.rides.earnings.labels import format_basis_points
from webapp.rides.earnings.notification_kinds import SHARE_SET
from webapp.rides.earnings.queries.shares import find_share_change
from webapp.templating import local_time
from webapp.web.urls import public_url


def send_share_mail(payload: KeyPayload, job: RunningJob) -> None:
    """Tell an owner of a revenue share, and of the one that it replaces."""
    owner, change = find_job_account(job), find_share_change(payload.key)
    city = catalogue().find(change.share.city) if change else None
    if owner is None or change is None or city is None:
        return
    facts = {"city": city.name, "basis_points": change.share.basis_points}
    link = public_url("rides.earnings.index")
    if notify(job, SHARE_SET, link, facts):
        with mail.language_of(owner.recipient):
            mail.send(
                job,
                owner.recipient,
                "revenue_share",
                city=city_label(city),
                share=format_basis_points(change.share.basis_points),
                share_before=format_basis_points(change.basis_points_before),
                moment=local_time(change.share.valid_from, city).striptags(),
                why=change.share.note,
                link=link,
            )
