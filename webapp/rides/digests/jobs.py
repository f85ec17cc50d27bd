"""Jobs of digests: a chain of pages for each region, which writes a job for each mail."""

from datetime import UTC, date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import format_date
from sqlalchemy import Select, select
from sqlalchemy.orm import lazyload

from webapp import mail
from webapp.auth.models import User
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.measures import format_distance
from webapp.money import format_amount
from webapp.riders.digests.enums import Digest
from webapp.riders.digests.models import DigestChoice
from webapp.riders.digests.tokens import UnsubscribeToken
from webapp.rides.digests.kinds import DigestMail, DigestPage
from webapp.rides.digests.queries import (
    RideSums,
    Weeks,
    read_owner_weeks,
    read_report_count,
    read_rider_weeks,
)
from webapp.rides.digests.statements import may_get_mails_condition, write_digests_statement
from webapp.templating import localize_pattern
from webapp.translations import request_language, request_units
from webapp.web.urls import public_url


def start_digests(_: NoPayload, job: RunningJob) -> None:
    """Write the digests of the region: those of the first accounts, and a job for the others."""
    written_on = job.created_at.astimezone(UTC).date()
    monday = written_on - timedelta(days=written_on.weekday())
    _write(write_digests_statement(job.key.region, monday))


def write_digests(page: DigestPage, job: RunningJob) -> None:
    """Write the digests of a page of accounts, and the job of the next page."""
    statement = write_digests_statement(job.key.region, page.monday, page.after)
    _write(statement)


def _write(statement: Select[tuple[UUID]]) -> None:
    """Execute it as READ COMMITTED: it only adds jobs, and must not make statements of riders fail
    that change an account of the page."""
    execute_write(statement, idempotent=True, read_committed=True)


def send_digest(digest_mail: DigestMail, job: RunningJob) -> None:
    """Mail a digest; not to who has unsubscribed since, and not about an empty week."""
    if job.account_key is None:
        return
    row = find_in_any_region(subscriber_query(digest_mail.digest), User, job.account_key)
    if row is None:
        return
    user: User = row[0]
    weeks = Weeks.until(digest_mail.monday, digest_mail.time_zone)
    describe = (
        _describe_rider_weeks if digest_mail.digest is Digest.RIDER else _describe_owner_weeks
    )
    with mail.language_of(user.recipient):
        if values := describe(user, weeks):
            _send(job, user, digest_mail.digest, weeks, values)


def _send(
    job: RunningJob, user: User, digest: Digest, weeks: Weeks, values: dict[str, Any]
) -> None:
    token = UnsubscribeToken(user.key, digest)
    mail.send(
        job,
        user.recipient,
        f"digest_{digest}",
        first_day=_format_day(weeks.first_day),
        last_day=_format_day(weeks.last_day),
        **values,
        unsubscribe_link=public_url("riders.digests.confirm_unsubscribing", token=str(token)),
    )


def subscriber_query(digest: Digest) -> Select[tuple[User]]:
    """Return the query of accounts that want a digest, and may get mails."""
    is_own = (DigestChoice.region == User.region) & (DigestChoice.user_id == User.id)
    return (
        select(User)
        .join(DigestChoice, is_own)
        .where(getattr(DigestChoice, digest.value), may_get_mails_condition())
        .options(lazyload("*"))
    )


def _describe_rider_weeks(rider: User, weeks: Weeks) -> dict[str, Any]:
    """Return the values of the mail; {} for a week without rides."""
    week, before = read_rider_weeks(rider.key, weeks)
    if not week.rides:
        return {}
    return {
        **_describe_sums(week, before),
        "distance": format_distance(week.distance_m),
        "distance_before": format_distance(before.distance_m),
        "link": public_url("rides.history.usage"),
    }


def _describe_owner_weeks(owner: User, weeks: Weeks) -> dict[str, Any]:
    """Return the values of the mail; {} for a week without rides and reports."""
    week, before = read_owner_weeks(owner.key, weeks)
    reports = read_report_count(owner.key, weeks)
    if not week.rides and not reports:
        return {}
    return {
        **_describe_sums(week, before),
        "reports": str(reports),
        "link": public_url("fleet.owner.index"),
    }


def _describe_sums(week: RideSums, before: RideSums) -> dict[str, str]:
    return {
        "rides": str(week.rides),
        "rides_before": str(before.rides),
        "amount": _format_amounts(week),
        "amount_before": _format_amounts(before),
    }


def _format_amounts(sums: RideSums) -> str:
    """Return the amounts of all currencies; '0' when there is none."""
    amounts = (format_amount(amount, currency) for currency, amount in sorted(sums.amounts.items()))
    return " + ".join(amounts) or "0"


def _format_day(day: date) -> str:
    pattern = localize_pattern("d MMMM", request_language().locale, request_units())
    return str(format_date(day, pattern))
