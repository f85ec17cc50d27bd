"""Jobs of rides: receipts and reminders by mail."""

from uuid import uuid5

from sqlalchemy.orm import Session

from webapp import mail
from webapp.auth.jobs import find_job_account
from webapp.auth.models import User
from webapp.db.transactions import run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.labels import vehicle_name
from webapp.fleet.notification_kinds import make_vehicle_facts
from webapp.jobs.kinds import KeyPayload, NoPayload, RunningJob
from webapp.money import format_amount
from webapp.regions.catalogue import catalogue
from webapp.riders.notifications.delivery import notify
from webapp.rides.models import Ride
from webapp.rides.notification_kinds import RECEIPT_WRITTEN, RIDE_LONG
from webapp.rides.prices import longest_ride
from webapp.rides.queries import find_ride
from webapp.rides.services import long_rides, overdue
from webapp.rides.services.end_snapshot import read_ride_end
from webapp.rides.services.overdue import OverdueRides, list_staff_who_end_rides
from webapp.rides.services.receipts import ReceiptMail, make_receipt
from webapp.templating import format_duration
from webapp.web.urls import public_url


def remind(_: NoPayload, job: RunningJob) -> None:
    """Mail riders of long rides of the region, and staff about overdue ones, each ride once."""
    long_rides.ask_riders(job.key.region)
    overdue.report_all(job.key.region)


def send_receipt(receipt_mail: ReceiptMail, job: RunningJob) -> None:
    """Mail the receipt of a ride to its rider."""
    rider = find_job_account(job)
    ride = rider and _find_ride(rider, receipt_mail)
    if rider is None or ride is None:
        return
    link = public_url("rides.ride.show", ride_key=ride.key)
    if notify(job, RECEIPT_WRITTEN, link, {"city": ride.city}):
        mail.send(
            job,
            rider.recipient,
            "receipt",
            receipt=make_receipt(ride, ride.dispute),
            note=receipt_mail.note,
            link=link,
        )


def _find_ride(rider: User, payload: KeyPayload) -> Ride | None:
    try:
        return find_ride(rider.key, payload.key)
    except NotFound:
        return None


def send_long_ride_mail(payload: KeyPayload, job: RunningJob) -> None:
    """Ask the rider of a long ride by mail whether it has ended; not if it has ended meanwhile."""
    if not (rider := find_job_account(job)):
        return
    try:
        snapshot = read_ride_end(db.session(), rider.key, payload.key)
    except NotFound:
        return
    if snapshot.ride.ended_at:
        return
    link = public_url("rides.ride.show", ride_key=snapshot.ride.key) + "#end"
    if not notify(job, RIDE_LONG, link, make_vehicle_facts(snapshot.ride.vehicle)):
        return
    price = snapshot.price()
    with mail.language_of(rider.recipient):
        mail.send(
            job,
            rider.recipient,
            "long_ride",
            vehicle=vehicle_name(snapshot.ride.vehicle),
            duration=format_duration(snapshot.duration),
            price=format_amount(price.total, price.currency) if price else "",
            link=link,
        )


def tell_staff_of_overdue_rides(rides: OverdueRides, job: RunningJob) -> None:
    """Write a mail to each member of staff who looks after the vehicles of the city."""
    city = catalogue().find(rides.city)
    if city is None:
        return
    notices = [
        mail.mail_statement(
            "rides_overdue",
            staff_key,
            region=job.key.region,
            job_id=uuid5(job.key.id, str(staff_key.id)),
            city=city.name,
            number=str(rides.number),
            duration=format_duration(longest_ride()),
            link=public_url("rides.staff.index", city=city.name),
        )
        for staff_key in list_staff_who_end_rides(city)
    ]

    def work(session: Session) -> None:
        for notice in notices:
            session.execute(notice)

    run_transaction(work, idempotent=True)
