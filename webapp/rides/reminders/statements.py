"""The statements that set, remove and finish reminders."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    ScalarSelect,
    Select,
    String,
    and_,
    cast,
    delete,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.sql.dml import ReturningDelete

from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.jobs.kinds import JobKind, KeyPayload, Priority
from webapp.jobs.models import Job
from webapp.jobs.writing import jobs_from_rows_query, replace_jobs_cte
from webapp.rides.models import Ride
from webapp.rides.queries import own_open_ride_condition, own_ride_condition
from webapp.rides.reminders.enums import ReminderKind
from webapp.rides.reminders.models import RideReminder


@dataclass(frozen=True)
class ReminderMail(KeyPayload):
    """The key of a ride, and the kind of the reminder."""

    kind: str


#: The mail; run by ``send_reminder`` in webapp/rides/reminders/jobs.py.
REMINDER = JobKind("reminder", ReminderMail, Priority.URGENT)


@dataclass(frozen=True)
class Reminder:
    """When a mail about a ride is due."""

    kind: ReminderKind
    due_at: datetime
    #: Minor units; None: it waits for a time.
    amount: int | None = None
    job_id: UUID = field(default_factory=uuid4)


def set_reminders_statement(
    rider_key: RowKey, ride_key: RowKey, reminders: list[Reminder]
) -> Select[tuple[UUID]]:
    """Return the statement that sets reminders of the rider's open ride, and writes their jobs. It
    returns the ids of these. One that is set again keeps its job, which gets the new time; unless a
    worker has begun that job, and may have sent its mail."""
    rides, reminders_table = table(Ride), table(RideReminder)
    rows = union_all(
        *(
            select(
                rides.c.region,
                rides.c.id,
                literal(each.kind.value, String),
                literal(each.due_at, DateTime(timezone=True)),
                literal(each.amount, BigInteger),
                func.coalesce(_waiting_job_query(ride_key, each.kind), literal(each.job_id)),
            ).where(own_open_ride_condition(rider_key, ride_key))
            for each in reminders
        )
    )
    names = ["region", "ride_id", "kind", "due_at", "amount", "job_id"]
    inserted = insert(reminders_table).from_select(names, rows)
    reminder = (
        inserted.on_conflict_do_update(
            index_elements=names[:3], set_={name: inserted.excluded[name] for name in names[3:]}
        )
        .returning(*(reminders_table.c[name] for name in names))
        .cte("reminder")
    )
    payload = func.jsonb_build_object(
        "region", cast(reminder.c.region, String),
        "id", cast(reminder.c.ride_id, String),
        "kind", reminder.c.kind,
    )  # fmt: skip
    job = jobs_from_rows_query(
        REMINDER,
        payload,
        rows=reminder,
        region=reminder.c.region,
        account_key=rider_key,
        due_at=reminder.c.due_at,
        job_id=reminder.c.job_id,
    )
    return select(reminder.c.job_id).add_cte(replace_jobs_cte(job))


def _waiting_job_query(ride_key: RowKey, kind: ReminderKind) -> ScalarSelect[UUID]:
    """Return the query of the job of a reminder, if no worker has begun it."""
    reminders, jobs = table(RideReminder), table(Job)
    is_of_reminder = and_(jobs.c.region == reminders.c.region, jobs.c.id == reminders.c.job_id)
    return (
        select(jobs.c.id)
        .join_from(reminders, jobs, is_of_reminder)
        .where(
            _reminder_condition(ride_key, kind),
            jobs.c.worker.is_(None),
            jobs.c.attempts == 0,
            jobs.c.done_at.is_(None),
        )
        .scalar_subquery()
    )


def remove_reminder_statement(
    rider_key: RowKey, ride_key: RowKey, kind: ReminderKind
) -> ReturningDelete[tuple[UUID]]:
    """Return the statement that removes a reminder of the rider's ride, with its job. A job that a
    worker has will find that it is gone."""
    reminders, jobs = table(RideReminder), table(Job)
    is_own = select(Ride.id).where(own_ride_condition(rider_key, ride_key)).exists()
    removed = (
        delete(reminders)
        .where(_reminder_condition(ride_key, kind), is_own)
        .returning(reminders.c.job_id)
        .cte("removed")
    )
    return (
        delete(jobs)
        .where(
            jobs.c.region == ride_key.region,
            jobs.c.id.in_(select(removed.c.job_id)),
            jobs.c.worker.is_(None),
        )
        .returning(jobs.c.id)
    )


def finish_reminder_statement(
    ride_key: RowKey, kind: ReminderKind, job_id: UUID
) -> ReturningDelete[tuple[UUID]]:
    """Return the statement that deletes a reminder whose job has run, if it was not set anew."""
    reminders = table(RideReminder)
    return (
        delete(reminders)
        .where(_reminder_condition(ride_key, kind), reminders.c.job_id == job_id)
        .returning(reminders.c.job_id)
    )


def _reminder_condition(ride_key: RowKey, kind: ReminderKind) -> ColumnElement[bool]:
    reminders = table(RideReminder)
    return key_condition(reminders, ride_key, id="ride_id") & (reminders.c.kind == kind.value)
