"""The mails of reminders."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import joinedload

from webapp import mail
from webapp.auth.jobs import find_job_account
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write
from webapp.fleet.labels import vehicle_name
from webapp.jobs.kinds import RunningJob
from webapp.money import format_amount
from webapp.notification_kinds import Facts
from webapp.regions.catalogue import catalogue
from webapp.riders.notifications.delivery import notify
from webapp.rides.models import Ride
from webapp.rides.prices import quote_open_ride
from webapp.rides.reminders.enums import ReminderKind
from webapp.rides.reminders.models import RideReminder
from webapp.rides.reminders.notification_kinds import KINDS
from webapp.rides.reminders.statements import ReminderMail, finish_reminder_statement
from webapp.templating import format_duration, local_time
from webapp.web.urls import public_url


def send_reminder(reminder_mail: ReminderMail, job: RunningJob) -> None:
    """Mail the rider that the time of a reminder has come; not if the ride has ended, or the
    reminder was removed or set anew."""
    query = due_reminder_query(ReminderKind(reminder_mail.kind), job.key.id)
    row = find_in_any_region(query, Ride, reminder_mail.key)
    if row is None or row.RideReminder is None:
        return
    ride, reminder, moment = row
    if ride.ended_at is None:
        _send(job, ride, reminder, moment)
    # After the mail: if this process ends before it, the mail is sent again, with its Message-ID.
    finish = finish_reminder_statement(ride.key, ReminderKind(reminder.kind), job.key.id)
    execute_write(finish, idempotent=True)


def due_reminder_query(
    kind: ReminderKind, job_id: UUID
) -> Select[tuple[Ride, RideReminder, datetime]]:
    """Return the query of rides with the reminder of a job, NULL if it is gone; and of the time by
    the database's clock."""
    is_due = and_(
        RideReminder.region == Ride.region,
        RideReminder.ride_id == Ride.id,
        RideReminder.kind == kind.value,
        RideReminder.job_id == job_id,
    )
    return (
        select(Ride, RideReminder, func.now())
        .outerjoin(RideReminder, is_due)
        .options(joinedload(Ride.plan), joinedload(Ride.vehicle, innerjoin=True))
    )


def _send(job: RunningJob, ride: Ride, reminder: RideReminder, moment: datetime) -> None:
    if not (rider := find_job_account(job)):
        return
    duration = moment - ride.started_at
    price = quote_open_ride(ride.plan, duration)
    link = public_url("rides.ride.show", ride_key=ride.key)
    if not notify(job, KINDS[ReminderKind(reminder.kind)], link, _find_facts(ride, reminder)):
        return
    with mail.language_of(rider.recipient):
        due_time = local_time(reminder.due_at, catalogue().find(ride.city), "HH:mm").striptags()
        mail.send(
            job,
            rider.recipient,
            f"reminder_{reminder.kind}",
            time=due_time,
            vehicle=vehicle_name(ride.vehicle),
            duration=format_duration(duration),
            price=format_amount(price.total, price.currency) if price else "",
            link=link,
        )


def _find_facts(ride: Ride, reminder: RideReminder) -> Facts:
    if reminder.kind == ReminderKind.TIME:
        return {"due_at": reminder.due_at.isoformat(), "city": ride.city}
    return {"amount_minor": reminder.amount, "currency": ride.currency}
