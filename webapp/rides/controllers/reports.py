"""Reporting the vehicle of a ride, even when its public address has changed since."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.fleet.reports.controllers.reporter import MAX_REQUEST_BYTES, handle_report_form
from webapp.rides.models import Ride
from webapp.rides.queries import find_ride
from webapp.web.access import signed_in
from webapp.web.request_limits import accepts_files

bp = Blueprint("reports", __name__)

#: For so long after a ride, a critical report by its rider is not rate-limited.
RECENTLY = timedelta(days=1)


@bp.route("/rides/<key:ride_key>/report", methods=["GET", "POST"])
@signed_in
@accepts_files(MAX_REQUEST_BYTES)
def report_vehicle(ride_key: RowKey) -> ResponseReturnValue:
    """Report a problem with the vehicle of a ride."""
    ride = find_ride(current_user.key, ride_key)
    back_url = url_for("rides.ride.show", ride_key=ride.key)
    return handle_report_form(ride.vehicle, back_url, has_ridden=is_recent(ride))


def is_recent(ride: Ride) -> bool:
    """Tell whether the rider has just ridden the vehicle."""
    return ride.ended_at is None or datetime.now(UTC) - ride.ended_at < RECENTLY
