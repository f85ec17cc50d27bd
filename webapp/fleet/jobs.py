"""Jobs of vehicles."""

from sqlalchemy import select

from webapp import mail
from webapp.auth.jobs import find_job_account
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write
from webapp.fleet.labels import vehicle_name
from webapp.fleet.models import Vehicle
from webapp.fleet.notification_kinds import (
    VEHICLE_GIVEN_AWAY,
    VEHICLE_RECEIVED,
    make_vehicle_facts,
)
from webapp.fleet.services.ownership import OwnerChange
from webapp.fleet.services.remove import withdraw_owner_role_statement
from webapp.jobs.kinds import RunningJob
from webapp.riders.notifications.delivery import notify
from webapp.web.urls import public_url


def tell_owner(change: OwnerChange, job: RunningJob) -> None:
    """Tell an owner by mail of a vehicle that came or went, and withdraw the role of an owner with
    the last vehicle."""
    owner = find_job_account(job)
    if owner is None:
        return
    if not change.is_new:
        execute_write(withdraw_owner_role_statement(owner.key), idempotent=True)
    row = find_in_any_region(select(Vehicle), Vehicle, change.vehicle_key)
    if owner.disabled_at or row is None:
        return
    (vehicle,) = row
    with mail.language_of(owner.recipient):
        name = vehicle_name(vehicle)
    kind = VEHICLE_RECEIVED if change.is_new else VEHICLE_GIVEN_AWAY
    link = public_url("fleet.owner.index")
    if not notify(job, kind, link, make_vehicle_facts(vehicle)):
        return
    if change.is_new:
        mail.send(job, owner.recipient, "vehicle_received", vehicle=name, link=link)
        return
    has_owner, is_retired = vehicle.owner_id is not None, vehicle.is_retired
    mail.send(
        job,
        owner.recipient,
        "vehicle_given_away",
        vehicle=name,
        has_owner=has_owner,
        is_retired=is_retired,
    )
