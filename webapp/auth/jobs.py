"""Jobs of accounts: the mails."""

from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from webapp import mail
from webapp.auth.models import User
from webapp.auth.services.email_links import LinkToken
from webapp.db.reads import find_in_any_region
from webapp.hooks import get_hooks
from webapp.jobs.kinds import PermanentJobError, RunningJob
from webapp.mail import EncryptedMail
from webapp.web.urls import public_url


def send_mail(encrypted_mail: EncryptedMail, job: RunningJob) -> None:
    """Send a mail; not if its account was deleted meanwhile."""
    recipient, values = mail.decrypt_mail(encrypted_mail, job)
    if recipient is None and (user := find_job_account(job)):
        recipient = user.recipient
    if recipient and _is_wanted(encrypted_mail.template, job, values):
        mail.send(job, recipient, encrypted_mail.template, **values)


def _is_wanted(template: str, job: RunningJob, values: mail.Values) -> bool:
    on_account_mail = get_hooks().on_account_mail
    return on_account_mail is None or on_account_mail(job, template, values)


def send_reset_mail(encrypted_mail: EncryptedMail, job: RunningJob) -> None:
    """Send the link with which the owner of an account sets another password. Only the statement
    that wrote the job knew the region of the account, which is part of the link."""
    _, values = mail.decrypt_mail(encrypted_mail, job)
    if datetime.now(UTC) - job.created_at > timedelta(seconds=current_app.config["RESET_LINK_S"]):
        raise PermanentJobError("the link has expired")
    if user := find_job_account(job):
        token = LinkToken(user.region, str(values["secret"]))
        link = public_url("auth.password_reset.reset", token=str(token))
        mail.send(job, user.recipient, encrypted_mail.template, link=link)


def find_job_account(job: RunningJob) -> User | None:
    """Return the account that a job is for, wherever it lives now; None if it was deleted."""
    if job.account_key is None:
        return None
    row = find_in_any_region(select(User).options(lazyload("*")), User, job.account_key)
    return row[0] if row and row[0].deleted_at is None else None
