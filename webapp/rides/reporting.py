"""Reporting the vehicle of a ride, also when its public address is another one by now."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.access import signed_in
from webapp.fleet.reports.controllers import MOST_BYTES, filing
from webapp.keys import RowKey
from webapp.limits import takes_up_to
from webapp.rides.blueprint import bp
from webapp.rides.services import ride_of


@bp.route("/rides/<key:ride>/report", methods=["GET", "POST"])
@signed_in
@takes_up_to(MOST_BYTES)
def report(ride: RowKey) -> ResponseReturnValue:
    """A rider tells what was wrong with the vehicle of a ride."""
    found = ride_of(current_user.key, ride)
    return filing(found.vehicle, back=url_for(".ride", ride=found.key))
