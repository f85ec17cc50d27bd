"""Steps of tests of notices."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import func, insert

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.fleet.models import Vehicle
from webapp.notices.comments.models import NoticeComment
from webapp.notices.models import Notice, NoticeText
from webapp.notices.published_notices import clear_caches
from webapp.rides.models import Ride


def insert_notice(
    app: Flask, title: str = "Marathon", texts: dict[str, str] | None = None, **columns: Any
) -> UUID:
    """Insert a notice of New York that has been shown for an hour, and return its id.

    texts: its title by language; by default in English.
    """
    begin = datetime.now(UTC) - timedelta(hours=1)
    row: dict[str, Any] = {
        "id": uuid4(),
        "city": "new york",
        "shown_from": begin,
        "is_pinned": False,
        "alert_type": "other",
        "published_at": begin,
        "allows_comments": True,
        **columns,
    }
    words = [
        {"notice_id": row["id"], "language": language, "title": each, "text": f"About *{each}*."}
        for language, each in (texts or {"en": title}).items()
    ]
    with app.app_context():
        execute_write(insert(Notice).values(row))
        execute_write(insert(NoticeText).values(words))
        clear_caches()
    notice_id: UUID = row["id"]
    return notice_id


def insert_comment(
    app: Flask, notice_id: UUID, rider: User, text: str = "Nice.", **columns: Any
) -> NoticeComment:
    """Insert a comment of a rider on a notice of New York, and return it."""
    row: dict[str, Any] = {
        "region": "us-east1",
        "id": uuid4(),
        "city": "new york",
        "notice_id": notice_id,
        "rider_region": rider.region,
        "rider_id": rider.id,
        "text": text,
        **columns,
    }
    with app.app_context():
        execute_write(insert(NoticeComment).values(row))
    return NoticeComment(**row)


def insert_ended_ride(app: Flask, rider: User, vehicle: Vehicle) -> RowKey:
    """Insert a ride that has ended, so that the rider may comment in the city of the vehicle."""
    key = RowKey(vehicle.region, uuid4())
    row = {**key._asdict(), "city": vehicle.city, "vehicle_id": vehicle.id}
    row |= {"rider_region": rider.region, "rider_id": rider.id, "ended_at": func.now()}
    with app.app_context():
        execute_write(insert(Ride).values(**row))
    return key
