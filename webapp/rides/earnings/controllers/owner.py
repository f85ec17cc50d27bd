"""What owners have earned: by city and month, by vehicle, and as a file."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.charts import Chart, make_chart
from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor, read_uuid_cursor
from webapp.fleet.labels import vehicle_name
from webapp.money import format_plain_amount
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.regions.models import City
from webapp.rides.earnings.months import read_month
from webapp.rides.earnings.queries.earnings import (
    MonthEarnings,
    iterate_vehicle_earnings,
    list_last_months,
    list_vehicle_earnings,
    read_city_earnings,
    read_vehicle_months,
)
from webapp.rides.earnings.queries.owner_statement import CSV_COLUMNS as STATEMENT_COLUMNS
from webapp.rides.earnings.queries.owner_statement import list_csv_rows, read_statement
from webapp.web.access import signed_in
from webapp.web.responses import as_csv, attachment

bp = Blueprint("earnings", __name__)

CSV_COLUMNS = (
    "month", "city", "code", "vehicle", "rides", "net_price", "earned", "currency",
)  # fmt: skip


@bp.get("/vehicles/mine/earnings")
@signed_in
def index() -> ResponseReturnValue:
    """What an owner has earned in each city, by month, and the balance."""
    cities = [
        (earnings, city, *_draw(earnings.months, city))
        for earnings in read_city_earnings(current_user.key)
        if (city := catalogue().find(earnings.city))
    ]
    return render_template("rides/earnings/overview.html", cities=cities)


@bp.get("/vehicles/mine/earnings/<city_name>/<month>")
@signed_in
def month(city_name: str, month: str) -> ResponseReturnValue:
    """The vehicles with which an owner has earned something in a month."""
    city, day = city_or_404(city_name), read_month(month)
    page = list_vehicle_earnings(
        current_user.key, city, day, read_uuid_cursor(request.args.get("after"))
    )
    return render_template("rides/earnings/month.html", city=city, month=day, page=page)


@bp.get("/vehicles/mine/earnings/<city_name>/<month>.csv")
@signed_in
def month_csv(city_name: str, month: str) -> Response:
    """Download the same of all these vehicles."""
    city, day = city_or_404(city_name), read_month(month)
    rows = _list_csv_rows(current_user.key, city, day)
    name = f"movr-earnings-{day:%Y-%m}.csv"
    return attachment(as_csv(CSV_COLUMNS, rows), name, "text/csv")


@bp.get("/vehicles/mine/earnings/<city_name>/statement")
@signed_in
def statement(city_name: str) -> ResponseReturnValue:
    """What an owner has earned in a city by month, and the payouts."""
    after = read_time_cursor(request.args.get("after"))
    own = read_statement(city_or_404(city_name), current_user.key, after)
    return render_template("rides/earnings/statement.html", statement=own, is_own=True)


@bp.get("/vehicles/mine/earnings/<city_name>/statement.csv")
@signed_in
def statement_csv(city_name: str) -> Response:
    """Download the same."""
    rows = list_csv_rows(city_or_404(city_name), current_user.key)
    return attachment(as_csv(STATEMENT_COLUMNS, rows), "movr-statement.csv", "text/csv")


@bp.get("/vehicles/mine/<key:vehicle_key>/earnings")
@signed_in
def vehicle(vehicle_key: RowKey) -> ResponseReturnValue:
    """What an owner has earned with one vehicle, by month."""
    shown, months = read_vehicle_months(current_user.key, vehicle_key)
    city = city_or_404(shown.city)
    drawn, chart = _draw(months, city)
    return render_template(
        "rides/earnings/vehicle.html",
        vehicle=shown,
        city=city,
        months=drawn,
        chart=chart,
        earned=months[::-1],
    )


def _draw(months: list[MonthEarnings], city: City) -> tuple[list[MonthEarnings], Chart]:
    """Return the last months, the oldest first, and their chart. Nothing is drawn of a month in
    which refunds have taken back more than was earned."""
    today = datetime.now(city.zone).date()
    drawn = list_last_months(months, today, city.currency)
    return drawn, make_chart([[max(0, each.earned) for each in drawn]])


def _list_csv_rows(owner_key: RowKey, city: City, month: date) -> Iterator[dict[str, object]]:
    for row in iterate_vehicle_earnings(owner_key, city, month):
        # The code of a vehicle that has gone to somebody else is theirs.
        is_own = row.vehicle is not None and row.vehicle.owner_id == owner_key.id
        yield {
            "month": f"{month:%Y-%m}",
            "city": city.name,
            "code": row.vehicle.code if row.vehicle and is_own else None,
            "vehicle": vehicle_name(row.vehicle) if row.vehicle else None,
            "rides": row.rides,
            "net_price": Decimal(format_plain_amount(row.net_price, city.currency)),
            "earned": Decimal(format_plain_amount(row.earned, city.currency)),
            "currency": city.currency,
        }
