"""The statement that writes the digests of a page of accounts."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Interval,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    select,
)

from webapp.audit.writing import cte_key
from webapp.auth.models import User
from webapp.db.types import Region, table
from webapp.jobs.writing import derive_job_id, insert_jobs_cte, jobs_from_rows_query
from webapp.regions.models import City
from webapp.riders.digests.enums import Digest
from webapp.riders.digests.models import DigestChoice
from webapp.rides.digests.kinds import DIGEST, DIGEST_PAGE

#: Accounts that one statement reads.
PAGE_SIZE = 500
#: When mails are sent, by the clocks of the home city; and the time over which they are spread,
#: so that neither workers nor mail servers get all at once.
SENT_AT, SPREAD = time(7), timedelta(hours=2)


def write_digests_statement(
    region: str, monday: date, after: UUID | None = None
) -> Select[tuple[UUID]]:
    """Return the statement that writes the jobs of the digests of a page of accounts of a region,
    and the job of the next page. It returns the accounts of the page. Sent twice, it writes each
    job once: their ids follow from the week and the account.

    after: the last account of the page before; None: the first page.
    """
    page = _page_cte(region, after)
    subscribers = _subscribers_cte(page)
    mails = [_digest_jobs_query(digest, subscribers, monday) for digest in Digest]
    jobs = insert_jobs_cte(*mails, _next_page_query(region, monday, page))
    return select(page.c.user_id).add_cte(jobs)


def _page_cte(region: str, after: UUID | None) -> CTE:
    choices = table(DigestChoice)
    page = select(choices).where(choices.c.region == region)
    if after:
        page = page.where(choices.c.user_id > after)
    return page.order_by(choices.c.user_id).limit(PAGE_SIZE).cte("page")


def _subscribers_cte(page: CTE) -> CTE:
    """Return the accounts of a page that may get mails, with their time zones."""
    users, cities = table(User), table(City)
    is_account = and_(users.c.region == page.c.region, users.c.id == page.c.user_id)
    return (
        select(page, cities.c.timezone)
        .join_from(page, users, is_account)
        .join(cities, cities.c.name == users.c.city)
        .where(may_get_mails_condition())
        .cte("subscribers")
    )


def may_get_mails_condition() -> ColumnElement[bool]:
    """Select the accounts that are open, and whose address is known to be theirs."""
    users = table(User).c
    return and_(
        users.disabled_at.is_(None),
        users.deleted_at.is_(None),
        users.email_confirmed_at.is_not(None),
    )


def _digest_jobs_query(digest: Digest, subscribers: CTE, monday: date) -> Select[Any]:
    rows = select(subscribers).where(subscribers.c[digest.value]).cte(f"{digest}_digests")
    payload = func.jsonb_build_object(
        "monday", cast(monday.isoformat(), String),
        "digest", cast(digest.value, String),
        "time_zone", rows.c.timezone,
    )  # fmt: skip
    sent_at = literal(datetime.combine(monday, SENT_AT), DateTime())
    due_at = func.timezone(rows.c.timezone, sent_at) + literal(SPREAD, Interval) * func.random()
    return jobs_from_rows_query(
        DIGEST,
        payload,
        rows=rows,
        region=rows.c.region,
        account_key=cte_key(rows, "user_id"),
        due_at=due_at,
        job_id=derive_job_id(DIGEST, literal(f"{digest} {monday} ") + cast(rows.c.user_id, String)),
    )


def _next_page_query(region: str, monday: date, page: CTE) -> Select[Any]:
    """Return the job of the next page: no row when this one is the last."""
    last = (
        select(page.c.user_id)
        .order_by(page.c.user_id)
        .offset(PAGE_SIZE - 1)
        .limit(1)
        .cte("last_of_page")
    )
    payload = func.jsonb_build_object(
        "monday", cast(monday.isoformat(), String), "after", cast(last.c.user_id, String)
    )
    job_id = derive_job_id(
        DIGEST_PAGE, literal(f"{region} {monday} ") + cast(last.c.user_id, String)
    )
    return jobs_from_rows_query(
        DIGEST_PAGE, payload, rows=last, region=literal(region, Region), job_id=job_id
    )
