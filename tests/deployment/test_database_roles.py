"""The roles of the database that docs/security.md gives to servers: enough, and no more."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from tests.auth.steps import find_link
from tests.databases import make_app
from tests.deployment.files import read
from tests.factories import PASSWORD
from tests.job_steps import read_mails
from tests.riders.wallet_steps import assert_consistent_ledger, give_credit
from tests.visitor import Visitor
from webapp.auth.services.users import find_user
from webapp.db.errors import sqlstate
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.riders.wallet.models import WalletEntry

FORBIDDEN = [
    "CREATE TABLE stolen (x INT)",
    "DROP TABLE rides",
    "ALTER TABLE users ADD COLUMN x INT",
    "DELETE FROM events",
    "UPDATE events SET kind = 'x'",
    "DELETE FROM wallet_entries",
    "DELETE FROM wallet_lines",
    "UPDATE wallet_entries SET kind = 'x'",
    "UPDATE wallet_lines SET amount = 0",
    "DELETE FROM owner_entries",
    "UPDATE owner_entries SET amount = 0",
    "UPDATE revenue_shares SET basis_points = 0",
    "UPDATE text_versions SET text = ''",
    "DELETE FROM text_versions",
    "UPDATE terms_agreements SET version_id = NULL",
    "DELETE FROM cities",
    "INSERT INTO alembic_version VALUES ('x')",
    "UPDATE alembic_version SET version_num = 'x'",
]


@pytest.fixture
def restricted(app: Flask, database: URL) -> Iterator[Flask]:
    """The application as the role that docs/security.md gives to servers."""
    if database.get_backend_name() != "postgresql":
        pytest.skip("CockroachDB grants no columns")
    name = f"{database.database}_app"
    script = read("docs/security.md").split("```sql\n")[1].split("```")[0]
    owner = create_engine(database, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN"))
        for statement in script.replace("movr_app", name).split(";")[:-1]:
            connection.execute(text(statement))
        limited = make_app(database.set(username=name))
        limited.test_client_class = Visitor
        yield limited
        with limited.app_context():
            for engine in db.engines.values():
                engine.dispose()
        connection.execute(text(f"DROP OWNED BY {name}"))
        connection.execute(text(f"DROP ROLE {name}"))
    owner.dispose()


def test_servers_need_no_more_rights_than_the_document_gives_them(
    restricted: Flask, make_vehicle: Callable[..., Vehicle]
) -> None:
    ada: Visitor = restricted.test_client()  # type: ignore[assignment]
    person = {"first_name": "Ada", "last_name": "Byron", "username": "ada", "city": "new york"}
    words = {"password": PASSWORD, "password_again": PASSWORD}
    assert ada.send("/register", **person, **words, email="ada@example.org").status_code == 303
    (letter,) = read_mails(restricted)
    ada.send(find_link(letter))
    place = {"address": "Here", "lat": "40.73", "lon": "-73.99"}
    assert (
        ada.send("/vehicles/add", type="bike", brand="Cube", color="red", **place).status_code
        == 303
    )
    ride = ada.send(f"/rides/start/{make_vehicle().public_key}").location
    assert ada.send(ride.replace("/rides/", "/rides/end/"), **place).location == ride
    with restricted.app_context():
        rider = find_user("ada")
        assert rider
        give_credit(rider.key, 100)
    moved = {**person, "city": "paris", "about": ""}
    assert ada.send("/users/me/edit", **moved).status_code == 303
    assert ada.send("/logout").status_code == 303
    assert ada.send("/login", username="ada", password=PASSWORD).status_code == 303
    assert ada.send("/users/me/delete", sure="y").status_code == 303
    with restricted.app_context():
        assert_consistent_ledger()
        remaining_entries = db.session.execute(
            select(WalletEntry.region, WalletEntry.rider_id)
        ).all()
    assert set(remaining_entries) == {("europe-west1", None)}


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_servers_cannot_change_the_schema_the_audit_trail_or_the_ledger(
    restricted: Flask, statement: str
) -> None:
    with restricted.app_context(), db.engines["write"].connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            connection.execute(text(statement))
        assert sqlstate(refused.value) == "42501"
