"""Reporting the vehicle of a ride, whose id has changed since."""

from uuid import UUID

from flask import Blueprint
from flask_login import current_user

from webapp.api.operations import V1, WithHeaders, operation
from webapp.db.keys import RowKey
from webapp.fleet.reports.api import (
    PHOTOS,
    REPORT_PROBLEMS,
    FiledReport,
    NewReport,
    send_report,
)
from webapp.fleet.reports.enums import ReportKind
from webapp.rides.controllers.reports import is_recent
from webapp.rides.queries import find_ride
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_ride_reports", __name__, url_prefix=f"{V1}/rides/<key:ride_key>/reports")


@bp.post("")
@requires_scope(Scope.REPORTS_WRITE)
@operation(
    FiledReport,
    status=201,
    body=NewReport,
    body_example=NewReport(kind=ReportKind.DAMAGE, note="The bell is broken."),
    files=PHOTOS,
    problems=REPORT_PROBLEMS,
)
def file_report(ride_key: RowKey, body: NewReport, nonce: UUID) -> WithHeaders:
    """Report a problem with the vehicle of a ride, with photos as of any vehicle."""
    ride = find_ride(current_user.key, ride_key)
    return send_report(ride.vehicle, body, nonce, has_ridden=is_recent(ride))
