"""What has had its time goes; everything else stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select, update

from tests.factories import UserFactory, VehicleFactory
from tests.ops.job_rows import insert_job
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import audit_event_statement
from webapp.auth.devices import Device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import EmailLink, LoginSession, User
from webapp.auth.services import sessions
from webapp.auth.services.email_links import LinkToken, insert_link_statement
from webapp.db.isolation import READ_COMMITTED
from webapp.extensions import Base, db
from webapp.fleet.reports import photo_retention
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.ops import retention
from webapp.web.rate_limits import RateLimitCount

DEVICE = Device(uuid4(), "", "127.0.0.1", None)


@pytest.fixture
def filled(app: Flask, make_user: UserFactory) -> User:
    """One row of each kind, all of today, and an account."""
    user = make_user()
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(
            sessions.insert_session_statement(sessions.new_session(user.key, DEVICE))
        )
        token = LinkToken.create(user.region)
        connection.execute(
            insert_link_statement(user.key, token, EmailLinkPurpose.CONFIRM, user.email, 3600)
        )
        connection.execute(audit_event_statement(AuditKind.REGISTERED, actor=user.key))
        row = {"region": user.region, "bucket": "b", "hits": 1, "until": func.now()}
        connection.execute(insert(RateLimitCount).values(row))
    return user


def count(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {
            model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (RateLimitCount, EmailLink, LoginSession, AuditEvent)
        }


def grow_old(app: Flask, model: type[Base], column: str, days: int) -> None:
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(update(model).values({column: func.now() - timedelta(days=days)}))


def sweep(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["sweep"])
    assert result.exit_code == 0, result.output
    return result.output


def test_rows_of_today_are_not_deleted(app: Flask, filled: User) -> None:
    before = count(app)
    assert "events: 0 deleted" in sweep(app)
    assert count(app) == before


@pytest.mark.parametrize(
    ("model", "column", "days"),
    [
        (RateLimitCount, "until", 2),
        (EmailLink, "expires_at", 31),
        (LoginSession, "last_seen_at", 91),
        (AuditEvent, "at", 401),
    ],
)
def test_only_expired_rows_are_deleted(
    app: Flask, filled: User, model: Any, column: str, days: int
) -> None:
    before = count(app)
    grow_old(app, model, column, days)
    assert f"{model.__tablename__}: 1 deleted" in sweep(app)
    assert count(app) == {**before, model.__tablename__: 0}


@pytest.mark.parametrize(
    ("state", "days", "is_kept"),
    [
        ("done", 6, True),
        ("done", 8, False),
        ("failed", 89, True),
        ("failed", 91, False),
        ("waiting", 500, True),
        ("running", 500, True),
    ],
)
def test_jobs_are_kept_for_a_week_and_failed_ones_for_three_months(
    app: Flask, state: str, days: int, is_kept: bool
) -> None:
    insert_job(app, state, minutes=days * 24 * 60)
    assert f"jobs: {0 if is_kept else 1} deleted" in sweep(app)


@pytest.fixture
def make_photo(app: Flask, make_vehicle: VehicleFactory) -> Callable[..., None]:
    """Make a report with a photo: ``make_photo("resolved", answered=181)``, days ago."""

    def make(state: str, *, answered: int | None, created: int = 400) -> None:
        vehicle = make_vehicle("paris")
        report = {"region": vehicle.region, "id": uuid4(), "city": "paris", "kind": "damage"}
        ago = func.now() - timedelta(days=answered) if answered is not None else None
        times = {"created_at": func.now() - timedelta(days=created), "answered_at": ago}
        photo = {"region": vehicle.region, "report_id": report["id"], "content": b"JPEG"}
        with app.app_context(), db.engines["write"].begin() as connection:
            connection.execute(
                insert(Report).values(**report, **times, vehicle_id=vehicle.id, state=state)
            )
            for number in (0, 1):
                connection.execute(insert(ReportPhoto).values(**photo, number=number))

    return make


def test_only_jobs_are_deleted_as_read_committed_because_workers_write_them_all_the_time(
    app: Flask,
) -> None:
    read_committed: dict[str, bool] = {}

    def note(_: Any, __: Any, sql: str, ___: Any, context: Any, ____: bool) -> None:
        if sql.startswith("DELETE FROM"):
            option = context.execution_options.get(READ_COMMITTED, False)
            read_committed[sql.split()[2]] = bool(option)

    with app.app_context():
        engine = db.engines["write"]
        event.listen(engine, "before_cursor_execute", note)
        try:
            list(retention.delete_old_rows(["us-east1"]))
        finally:
            event.remove(engine, "before_cursor_execute", note)
    assert [name for name, option in read_committed.items() if option] == ["jobs"]
    assert len(read_committed) > 5


def test_photos_are_deleted_half_a_year_after_the_answer_and_reports_stay(
    app: Flask, make_photo: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_retention, "BATCH_SIZE", 2)
    for state in ("resolved", "dismissed"):
        for _ in range(3):
            make_photo(state, answered=181)
        make_photo(state, answered=179)
        make_photo(state, answered=0, created=1)
    make_photo("new", answered=None)
    make_photo("in_progress", answered=None)
    assert "report_photos: 12 deleted" in sweep(app)
    assert "report_photos: 0 deleted" in sweep(app)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ReportPhoto)) == 12
        assert db.session.scalar(select(func.count()).select_from(Report)) == 12


def test_expired_rows_are_deleted_in_batches(
    app: Flask, filled: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SLICE", 2)
    with app.app_context(), db.engines["write"].begin() as connection:
        for _ in range(4):
            connection.execute(audit_event_statement(AuditKind.REGISTERED))
    grow_old(app, AuditEvent, "at", 500)
    assert "events: 5 deleted" in sweep(app)
