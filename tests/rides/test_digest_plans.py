"""What digests read: a page of the accounts that want one, and the rides of two weeks of each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from tests.explain import connect_to_fill_tables, explain_plan, explain_writes, vacuum
from tests.factories import UserFactory, VehicleFactory
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.rides.digests.queries import Weeks, read_owner_weeks, read_rider_weeks
from webapp.rides.digests.statements import PAGE_SIZE, write_digests_statement
from webapp.rides.models import Ride

pytestmark = [pytest.mark.postgresql_plans, pytest.mark.slow]

MONDAY = datetime.now(UTC).date() - timedelta(days=datetime.now(UTC).weekday())
ACCOUNTS, HOURS = 20_000, 5_000
FILL_ACCOUNTS = (
    """INSERT INTO users (region, id, city, username, email, first_name, last_name, password_hash,
        email_confirmed_at)
    SELECT 'us-east1', md5('rider ' || n)::uuid, 'new york', 'stranger' || n,
        'stranger' || n || '@example.org', 'Ada', 'King', '', now()
    FROM generate_series(1, :number) n""",
    """INSERT INTO digest_choices (region, user_id, rider, owner)
    SELECT 'us-east1', md5('rider ' || n)::uuid, n % 2 = 0, n % 3 = 0
    FROM generate_series(1, :number) n""",
)
TABLES = ("users", "digest_choices", "rides", "vehicles", "jobs")


@pytest.fixture
def _clean(app_context: None) -> Iterator[None]:
    yield
    with db.engines["write"].begin() as connection:
        for name in ("rides", "vehicles", "users", "jobs"):
            connection.execute(text(f"DELETE FROM {name}"))
    vacuum(*TABLES)


@pytest.mark.usefixtures("_clean")
def test_a_page_reads_its_accounts_and_no_others() -> None:
    with connect_to_fill_tables() as connection:
        for statement in FILL_ACCOUNTS:
            connection.execute(text(statement), {"number": ACCOUNTS})
    vacuum(*TABLES)
    digests = write_digests_statement("us-east1", MONDAY)
    (plan,) = explain_writes(lambda: execute_write(digests))
    assert plan.read_whole <= {"cities"}
    assert plan.indexes >= {"pk_digest_choices", "pk_users"}
    assert plan.rows_read["Index Scan pk_users"] <= PAGE_SIZE


@pytest.mark.usefixtures("_clean")
def test_a_digest_reads_the_rides_of_its_weeks_and_no_older_ones(
    make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    """Somebody has ridden a vehicle once an hour for half a year."""
    rider, owner = make_user(), make_user()
    vehicle = make_vehicle(owner=owner)
    add_rides(rider, vehicle.id)
    add_rides(make_user(), make_vehicle().id)
    vacuum(*TABLES)
    weeks = Weeks.until(MONDAY, "America/New_York")
    hours = (14 + 6 + 7) * 24
    plan = explain_plan(lambda: read_rider_weeks(rider.key, weeks))
    assert "ix_rides_rider" in plan.indexes
    assert plan.table_rows <= hours, plan.rows_read
    plan = explain_plan(lambda: read_owner_weeks(owner.key, weeks))
    assert "ix_rides_vehicle_started" in plan.indexes
    assert plan.table_rows <= hours, plan.rows_read


def add_rides(rider: User, vehicle_id: object) -> None:
    now = datetime.now(UTC)
    row = {
        "region": "us-east1",
        "city": "new york",
        "vehicle_id": vehicle_id,
        "rider_region": rider.region,
        "rider_id": rider.id,
    }
    moments = [now - timedelta(hours=hour) for hour in range(1, HOURS)]
    times = [{"started_at": at, "ended_at": at + timedelta(minutes=9)} for at in moments]
    with connect_to_fill_tables() as connection:
        connection.execute(insert(Ride), [{**row, **each} for each in times])
