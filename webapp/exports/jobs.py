"""The job of scheduled exports: mails the links of those that are due.

A mail has no data, but a link to the page where its reader signs in and downloads the file. So no
copy of persons lies in mailboxes, none has to be deleted, and who has lost a role gets nothing.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Select, func, select, update

from webapp.audit.writing import cte_key
from webapp.auth.models import User
from webapp.db.keys import key_condition
from webapp.db.reads import read_slice
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.exports.enums import ExportPeriod, TableName
from webapp.exports.models import ScheduledExport
from webapp.exports.periods import find_last_period, find_next_due
from webapp.exports.tables import TABLES
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.mail import mail_cte
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.rides.digests.statements import may_get_mails_condition
from webapp.web.urls import public_url

#: Scheduled exports that one statement reads.
SLICE = 100


def send_due_exports(_: NoPayload, job: RunningJob) -> None:
    """Mail the links of the scheduled exports of a region that are due."""
    after: UUID | None = None
    while rows := read_slice(due_query(job.key.region, after)):
        for (scheduled,) in rows:
            if city := catalogue().find(scheduled.city):
                execute_write(send_statement(scheduled, city, datetime.now(UTC)), idempotent=True)
        after = rows[-1][0].id


def due_query(region: str, after: UUID | None) -> Select[tuple[ScheduledExport]]:
    """Return the query of some scheduled exports that are due, of accounts that may get mails."""
    row = ScheduledExport
    is_account = (User.region == row.region) & (User.id == row.user_id)
    query = (
        select(row)
        .join(User, is_account)
        .where(
            row.region == region,
            row.due_at <= func.now(),
            # An older release leaves the tables of a newer one to its workers.
            row.table_name.in_(TABLES),
            may_get_mails_condition(),
        )
        .order_by(row.id)
        .limit(SLICE)
    )
    return query.where(row.id > after) if after else query


def send_statement(scheduled: ScheduledExport, city: City, now: datetime) -> Select[tuple[UUID]]:
    """Return the statement that writes the mail, and when the next one is due. No row: another
    worker has done so, or the export was ended."""
    rows, period = table(ScheduledExport), ExportPeriod(scheduled.period)
    exported = TABLES[TableName(scheduled.table_name)]
    days = find_last_period(period, now.astimezone(city.zone).date())
    args = {"table": exported.name.value, "city": city.name, **scheduled.filters}
    if exported.has_time:
        args |= {"first_day": days.first.isoformat(), "last_day": days.last.isoformat()}
    sent = (
        update(rows)
        .where(key_condition(rows, scheduled.key), rows.c.due_at == scheduled.due_at)
        .values(due_at=find_next_due(period, now, city.zone))
        .returning(rows.c.region, rows.c.user_id)
        .cte("sent")
    )
    mail = mail_cte(
        "scheduled_export",
        cte_key(sent, "user_id"),
        region=scheduled.region,
        after=sent,
        table=str(exported.label),
        city=city.name,
        first_day=days.first.isoformat() if exported.has_time else "",
        last_day=days.last.isoformat() if exported.has_time else "",
        link=public_url("exports.exports.index", **args),
    )
    return select(sent.c.user_id).add_cte(mail)
