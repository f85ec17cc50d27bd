"""The page and the files of the personal data export."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import UserFactory, VehicleFactory
from tests.riders.export_steps import export_csv, export_json, section_names
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.riders import personal_data


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada", roles={"owner": None})


def test_reading_in_batches_loses_no_rows(
    visitor: Visitor,
    app: Flask,
    ada: User,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("webapp.personal_data.BATCH", 3)
    now = datetime.now(UTC)
    for n in range(9):
        make_vehicle(
            ["new york", "paris"][n % 2], owner=ada, created_at=now + timedelta(minutes=n // 4)
        )
    for _ in range(4):
        visitor.sign_in(ada)
    export = export_json(visitor)
    assert len({each["id"] for each in export["vehicles"]}) == len(export["vehicles"]) == 9
    assert len(export["sessions"]) == 4


def test_each_batch_is_one_round_trip(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch, round_trips: Callable[[], int],
) -> None:  # fmt: skip
    monkeypatch.setattr("webapp.personal_data.BATCH", 3)
    for _ in range(7):
        make_vehicle(owner=ada)
    token = visitor.sign_in(ada).token()
    round_trips()
    visitor.post("/users/me/data/vehicles.csv", data={"csrf_token": token})
    assert round_trips() == 5, "who is asking, the event, three batches"


def test_formulas_are_exported_as_text_and_numbers_as_numbers(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(owner=ada, brand='=HYPERLINK("//x")', at=(40.5, -74.5))
    (row,) = export_csv(visitor.sign_in(ada), "vehicles")
    assert (row["brand"], row["lon"]) == ('\'=HYPERLINK("//x")', "-74.5")


def test_each_export_writes_an_audit_event(visitor: Visitor, app: Flask, ada: User) -> None:
    visitor.sign_in(ada)
    export_json(visitor)
    export_csv(visitor, "rides")
    with app.app_context():
        events = db.session.scalars(
            select(AuditEvent)
            .where(AuditEvent.kind == AuditKind.DATA_EXPORTED)
            .order_by(AuditEvent.at)
        ).all()
        assert [event.details for event in events] == [{"what": "everything"}, {"what": "rides"}]
        assert {event.actor for event in events} == {ada.key}


def test_the_page_and_the_files_need_a_fresh_login(visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada, authenticated_at=datetime.now(UTC) - timedelta(hours=1))
    assert visitor.get("/users/me/data").location == "/login/again?next=/users/me/data"
    for path in ("/users/me/data.json", "/users/me/data/rides.csv"):
        assert visitor.send(path).location.startswith("/login/again")


def test_the_page_offers_every_section_and_is_linked(
    visitor: Visitor, app: Flask, ada: User
) -> None:
    visitor.sign_in(ada)
    page = visitor.get("/users/me/data").text
    assert all(f"/users/me/data/{kind}.csv" in page for kind in section_names(app))
    for path in ("/account", "/users/me"):
        assert 'href="/users/me/data"' in visitor.get(path, follow_redirects=True).text


def test_an_unknown_section_is_not_found_and_writes_no_event(
    visitor: Visitor, app: Flask, ada: User
) -> None:
    assert visitor.sign_in(ada).send("/users/me/data/secrets.csv").status_code == 404
    with app.app_context():
        assert db.session.scalars(select(AuditEvent.kind)).all() == []


def test_a_get_request_exports_nothing(visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada)
    assert [visitor.get(f"/users/me/{p}").status_code for p in ("data.json", "data/rides.csv")] == [
        405, 405,
    ]  # fmt: skip


def test_a_deleted_account_has_an_empty_export(app: Flask) -> None:
    with app.app_context():
        nobody = personal_data.read_export(RowKey("us-east1", UUID(int=1)))
        assert [list(rows) for rows in nobody.values()] == [[] for _ in nobody]
