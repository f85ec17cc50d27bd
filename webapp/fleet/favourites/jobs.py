"""Jobs of saved vehicles."""

from sqlalchemy import select

from webapp import mail
from webapp.auth.jobs import find_job_account
from webapp.db.reads import find_in_any_region
from webapp.fleet.labels import type_label
from webapp.fleet.models import Vehicle
from webapp.fleet.notification_kinds import SAVED_VEHICLE_FREE
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.riders.notifications.delivery import notify
from webapp.web.urls import public_url


def send_free_vehicle_mail(vehicle: KeyPayload, job: RunningJob) -> None:
    """Tell a rider who waited that a vehicle is available. The mail does not say where it is:
    others may read it later."""
    rider = find_job_account(job)
    if rider is None or rider.disabled_at or not rider.email_confirmed_at:
        return
    query = select(Vehicle.brand, Vehicle.form_factor, Vehicle.propulsion_type)
    row = find_in_any_region(query, Vehicle, vehicle.key)
    if row is None:  # it was removed
        return
    if not notify(
        job, SAVED_VEHICLE_FREE, public_url("fleet.favourites.index"), dict(row._mapping)
    ):
        return
    link = public_url("fleet.search.home")
    with mail.language_of(rider.recipient):
        label = f"{row.brand} {type_label(row.form_factor, row.propulsion_type)}".strip()
        mail.send(job, rider.recipient, "saved_vehicle_free", vehicle=label, link=link)
