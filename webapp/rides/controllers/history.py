"""The rider's past rides: a list, sums by month, and the file rides.csv."""

from datetime import date, datetime

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_login import current_user

from webapp.db.paging import read_time_cursor
from webapp.regions.catalogue import city_or_404
from webapp.rides.history import MONTHS, iterate_rides, list_months, list_rides
from webapp.rides.rides_csv import COLUMNS, csv_row
from webapp.web.access import signed_in
from webapp.web.responses import as_csv, attachment

bp = Blueprint("history", __name__)


@bp.get("/rides")
@signed_in
def index() -> ResponseReturnValue:
    """Show a page of the rider's rides, newest first."""
    page = list_rides(current_user.key, read_time_cursor(request.args.get("after")))
    return render_template("rides/history/index.html", page=page)


@bp.get("/rides/use")
@signed_in
def usage() -> ResponseReturnValue:
    """Show the number, time, distance and cost of the rider's rides, month by month."""
    today = datetime.now(city_or_404(current_user.city).zone).date()
    months = list_months(current_user.key, today)
    return render_template("rides/history/usage.html", months=months, month_count=MONTHS)


@bp.get("/rides.csv")
@signed_in
def download_csv() -> Response:
    """Download all ended rides as a CSV file."""
    rows = map(csv_row, iterate_rides(current_user.key))
    return attachment(as_csv(COLUMNS, rows), "movr-rides.csv", "text/csv")


def format_month(day: date, pattern: str) -> str:
    """Return the month of a day: ``July 2026`` for the pattern ``MMMM yyyy``."""
    return str(format_date(day, pattern))
