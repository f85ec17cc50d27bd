"""Jobs of accounts: the mails."""

from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from webapp import mail
from webapp.auth.models import User
from webapp.auth.services.email_links import LinkToken
from webapp.db.keys import key_condition
from webapp.extensions import db
from webapp.jobs.kinds import JobRefused, RunningJob
from webapp.mail import SealedMail
from webapp.web.urls import public_url


def send_mail(sealed_mail: SealedMail, job: RunningJob) -> None:
    """Send a mail; not if its account was deleted meanwhile."""
    recipient, values = mail.unseal(sealed_mail, job)
    if recipient is None and (user := find_job_account(job)):
        recipient = user.recipient
    if recipient:
        mail.send(job, recipient, sealed_mail.template, **values)


def send_reset_mail(sealed_mail: SealedMail, job: RunningJob) -> None:
    """Send the link with which the owner of an account sets another password. Only the statement
    that wrote the job knew the region of the account, which is part of the link."""
    _, values = mail.unseal(sealed_mail, job)
    if datetime.now(UTC) - job.created_at > timedelta(seconds=current_app.config["RESET_LINK_S"]):
        raise JobRefused("the link has expired")
    if user := find_job_account(job):
        token = LinkToken(user.region, str(values["secret"]))
        link = public_url("auth.password_reset.reset", token=str(token))
        mail.send(job, user.recipient, sealed_mail.template, link=link)


def find_job_account(job: RunningJob) -> User | None:
    """Return the account that a job is for; None if it was deleted.

    If it has moved to another region, it is found by its id alone: one more statement, which asks
    all regions.
    """
    if job.account_key is None:
        return None
    for condition in (key_condition(User, job.account_key), User.id == job.account_key.id):
        query = select(User).where(condition).options(lazyload("*"))
        if user := db.session.scalars(query).one_or_none():
            return user
    return None
