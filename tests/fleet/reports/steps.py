"""Steps of tests of reports."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

from flask import Flask
from PIL import Image
from sqlalchemy import insert, select

from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.services import ReportData

FileReport = Callable[..., RowKey]
AnswerReport = Callable[..., None]
MakeRide = Callable[..., RowKey]


def make_photo(color: str = "red", format_: str = "JPEG") -> BytesIO:
    file = BytesIO()
    Image.new("RGB", (60, 40), color).save(file, format_)
    file.seek(0)
    return file


def make_report_data(
    kind: ReportKind = ReportKind.DAMAGE, critical: bool = False, **texts: Any
) -> ReportData:
    """Return the data of a report; ``note``, ``photos`` and ``language`` have defaults (Any: of two
    types)."""
    note, photos = texts.get("note", "The brake is gone."), texts.get("photos", [])
    return ReportData(kind, critical, note, photos, texts.get("language", ""))


def insert_report(app: Flask, vehicle: Vehicle, **columns: Any) -> RowKey:
    """Insert a report about a vehicle, of nobody; return its key."""
    key = RowKey(vehicle.region, uuid4())
    values = {"region": key.region, "id": key.id, "city": vehicle.city, "vehicle_id": vehicle.id}
    with app.app_context():
        execute_write(insert(Report).values({**values, "kind": "damage", **columns}))
    return key


def read_reports(app: Flask) -> list[Report]:
    """Return all reports, the oldest first."""
    with app.app_context():
        return list(db.session.scalars(select(Report).order_by(Report.created_at)))


def report_path(vehicle: Vehicle) -> str:
    """Return the path of the page on which a rider reports the vehicle."""
    return f"/vehicles/{vehicle.public_key}/report"
