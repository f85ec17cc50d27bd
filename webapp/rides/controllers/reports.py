"""Reporting the vehicle of a ride, also when its public address is another one by now."""

from datetime import UTC, datetime, timedelta

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.fleet.reports.controllers.reporter import MAX_REQUEST_BYTES, handle_report_form
from webapp.rides.blueprint import bp
from webapp.rides.models import Ride
from webapp.rides.queries import ride_of
from webapp.web.access import signed_in
from webapp.web.request_limits import takes_up_to

#: For so long after a ride its rider knows best what is wrong with the vehicle.
JUST_RIDDEN = timedelta(days=1)


@bp.route("/rides/<key:ride>/report", methods=["GET", "POST"])
@signed_in
@takes_up_to(MAX_REQUEST_BYTES)
def report(ride: RowKey) -> ResponseReturnValue:
    """A rider tells what was wrong with the vehicle of a ride."""
    found = ride_of(current_user.key, ride)
    back = url_for(".ride", ride=found.key)
    return handle_report_form(found.vehicle, back, has_ridden=_is_fresh(found))


def _is_fresh(ride: Ride) -> bool:
    return ride.ended_at is None or datetime.now(UTC) - ride.ended_at < JUST_RIDDEN
