"""Set shares, and read what was earned."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from flask import Flask
from sqlalchemy import insert

from tests.auth.steps import read_rows
from tests.factories import find_city
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.rides.earnings.models import OwnerLedgerEntry, OwnerMonth, RevenueShare


def insert_share(
    app: Flask,
    owner: User,
    basis_points: int = 3_000,
    city: str = "new york",
    since: timedelta = timedelta(days=1),
) -> None:
    """Set a share that holds since some time; negative: from then on."""
    with app.app_context():
        home = find_city(city)
        row = {
            "region": home.region,
            "id": uuid4(),
            "city": home.name,
            "owner_region": owner.region,
            "owner_id": owner.id,
            "basis_points": basis_points,
            "valid_from": datetime.now(UTC) - since,
            "note": "Contract",
        }
        with db.engines["write"].begin() as connection:
            connection.execute(insert(RevenueShare).values(row))


def insert_entry(app: Flask, owner: User, vehicle: Vehicle, amount: int, month: date) -> None:
    """Record what was earned in a month, without the application."""
    row = {
        "region": vehicle.region,
        "city": vehicle.city,
        "owner_id": owner.id,
        "currency": "USD",
        "month": month,
        "net_price": 10 * amount,
    }
    with app.app_context(), db.engines["write"].begin() as connection:
        entry = {**row, "id": uuid4(), "kind": "ride" if amount > 0 else "refund"}
        entry |= {"amount": amount, "basis_points": 1_000, "vehicle_id": vehicle.id}
        connection.execute(insert(OwnerLedgerEntry).values(entry))
        sums = {**row, "id": uuid4(), "part": uuid4().int % 10**9, "rides": 1, "paid": 0}
        connection.execute(insert(OwnerMonth).values(earned=amount, **sums))


def read_earnings(app: Flask) -> list[tuple[str, int, int]]:
    """Return kind, net price and amount of all entries, in the order in which they were written."""
    entries = sorted(read_rows(app, OwnerLedgerEntry), key=lambda entry: entry.at)
    return [(entry.kind, entry.net_price or 0, entry.amount) for entry in entries]


def read_sums(app: Flask) -> tuple[int, int, int, int]:
    """Return the sums of all months: rides, net price, earned, paid."""
    months = read_rows(app, OwnerMonth)
    columns = ([m.rides, m.net_price, m.earned, m.paid] for m in months)
    rides, net_price, earned, paid = map(sum, zip(*columns, strict=True)) if months else [0] * 4
    return rides, net_price, earned, paid
