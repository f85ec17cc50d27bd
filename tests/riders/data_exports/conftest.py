"""A large account, and an archive of many pieces."""

import pytest
from flask import Flask
from sqlalchemy import func, insert

from tests.factories import UserFactory, VehicleFactory
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.db.types import table
from webapp.extensions import db
from webapp.riders.data_exports import archive


@pytest.fixture(autouse=True)
def _small_limit(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows are many."""
    monkeypatch.setitem(app.config, "DATA_EXPORT_MAX_ROWS_AT_ONCE", 10)


@pytest.fixture
def ada(app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory) -> User:
    """An account with more rows than are sent at once."""
    ada = make_user("ada", city="boston", roles=["owner"])
    for _ in range(8):
        make_vehicle(owner=ada, brand="brand of ada")
    events = [
        {"region": ada.region, "id": func.gen_random_uuid(), "kind": "account.signed_in",
         "actor_region": ada.region, "actor_id": ada.id, "details": {}}
        for _ in range(8)
    ]  # fmt: skip
    with app.app_context(), db.engines["write"].begin() as connection:
        for event in events:
            connection.execute(insert(table(AuditEvent)).values(event))
    return ada


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PIECE_BYTES", 500)
    monkeypatch.setattr("webapp.web.responses.CHUNK", 200)
