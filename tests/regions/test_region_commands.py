"""The commands ``flask regions`` on a CockroachDB (a fake) and on PostgreSQL."""

from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from tests.regions.conftest import RunCommand
from tests.regions.fake_cluster import FOUR, NEW, THREE, FakeCluster, make_error
from webapp.audit.models import AuditEvent
from webapp.extensions import db
from webapp.regions import cli, moving, placement
from webapp.regions.regional_database import (
    RegionalDatabase,
)
from webapp.web.rate_limits import RateLimitCount

# --- commands ---------------------------------------------------------------------------------


def test_add_reads_the_regions_and_then_changes_once(cluster: FakeCluster, run: RunCommand) -> None:
    result = run("regions", "add", "asia-south1")
    assert result.exit_code == 0, result.output
    assert "'asia-south1' is a region of the database now." in result.output
    assert cluster.changes == ['ALTER DATABASE "movr" ADD REGION IF NOT EXISTS "asia-south1"']
    assert cluster.statements.index(cluster.changes[0]) > cluster.statements.index(
        "SHOW REGIONS FROM CLUSTER"
    )


def test_the_first_region_of_a_database_becomes_its_primary(
    cluster: FakeCluster, run: RunCommand
) -> None:
    cluster.regions = NEW
    result = run("regions", "add", "us-east1")
    assert "primary region of the database now" in result.output
    assert cluster.changes == ['ALTER DATABASE "movr" SET PRIMARY REGION "us-east1"']


def test_drop_and_survive_send_their_statement(cluster: FakeCluster, run: RunCommand) -> None:
    cluster.regions = FOUR
    assert run("regions", "drop", "asia-south1").exit_code == 0
    cluster.regions = THREE
    assert run("regions", "survive", "region").exit_code == 0
    assert cluster.changes == [
        'ALTER DATABASE "movr" DROP REGION IF EXISTS "asia-south1"',
        'ALTER DATABASE "movr" SURVIVE REGION FAILURE',
    ]


def test_rows_of_a_region_without_a_city_do_not_prevent_its_drop(
    cluster: FakeCluster, run: RunCommand, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Audit events move to the primary region; counts of rate limits are deleted."""
    cluster.regions = FOUR
    monkeypatch.setattr(moving, "OWNERLESS_BATCH_SIZE", 2)
    with app.app_context(), db.engines["write"].begin() as connection:
        for number, region in enumerate(["asia-south1"] * 3 + ["us-west1"]):
            row = {"region": region, "kind": "access.denied", "details": {}, "subject": str(number)}
            connection.execute(insert(AuditEvent).values(row))
            count = {"region": region, "bucket": str(number), "hits": 1, "until": func.now()}
            connection.execute(insert(RateLimitCount).values(count))
    assert run("regions", "drop", "asia-south1").exit_code == 0
    with app.app_context():
        rows = db.session.execute(
            select(AuditEvent.subject, AuditEvent.region).order_by(AuditEvent.subject)
        ).all()
        assert [tuple(row) for row in rows] == [
            ("0", "us-east1"),
            ("1", "us-east1"),
            ("2", "us-east1"),
            ("3", "us-west1"),
        ]
        assert db.session.scalars(select(RateLimitCount.region)).all() == ["us-west1"]


@pytest.mark.parametrize(
    "arguments", [("add", "us-west1"), ("drop", "asia-south1"), ("survive", "zone")]
)
def test_a_change_that_is_already_made_succeeds(
    cluster: FakeCluster, run: RunCommand, arguments: tuple[str, ...]
) -> None:
    result = run("regions", *arguments)
    assert result.exit_code == 0
    assert result.output.count("\n") == 1
    assert cluster.changes == []


@pytest.mark.parametrize(
    "arguments",
    [("add", "mars"), ("add", 'x"; DROP'), ("drop", "europe-west1"), ("survive", "planet")],
)
def test_a_refusal_is_one_line_and_changes_nothing(
    cluster: FakeCluster, run: RunCommand, arguments: tuple[str, ...]
) -> None:
    result = run("regions", *arguments)
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert cluster.changes == []


@pytest.mark.parametrize(
    ("state", "server_message", "message"),
    [
        ("42501", "must be owner of database movr", "may not change regions"),
        ("XXA00", 'could not remove enum value "asia-south1"', "Rows still live in that region"),
        ("2BP01", "could not remove enum value", "Rows still live in that region"),
        ("XXA00", "something else", "took it back: something else"),
        ("40001", "restart transaction", "Somebody else was changing the database"),
        ("42602", "at least 3 regions are required", "refused: at least 3 regions are required"),
        ("57P01", "server is shutting down", "The change may go on"),
    ],
)
def test_an_error_of_the_server_is_explained(
    cluster: FakeCluster, run: RunCommand, state: str, server_message: str, message: str
) -> None:
    cluster.error = make_error(state, server_message)
    result = run("regions", "add", "asia-south1")
    assert result.exit_code == 1
    assert message in result.output
    assert "HINT" not in result.output
    assert "Traceback" not in result.output


def test_after_a_lost_connection_the_change_may_go_on(
    cluster: FakeCluster, run: RunCommand
) -> None:
    lost = psycopg2.OperationalError("server closed the connection unexpectedly")
    cluster.error = OperationalError("ALTER", {}, lost)
    result = run("regions", "add", "asia-south1")
    assert result.exit_code == 1
    assert "look with 'flask regions list'" in result.output


def test_the_command_waits_for_the_jobs_that_follow(cluster: FakeCluster) -> None:
    cluster.jobs = [[0.0], [0.25, 0.75], [1.0]]
    fractions: list[float] = []
    RegionalDatabase(cluster).change(  # type: ignore[arg-type]
        "ALTER DATABASE", lambda jobs: fractions.extend(job.fraction_done for job in jobs)
    )
    assert fractions == [0.0, 0.25, 0.75, 1.0]
    assert cluster.jobs == []


def test_an_account_that_may_not_see_jobs_can_still_change_regions(
    cluster: FakeCluster, run: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        RegionalDatabase, "JOBS_QUERY", "ALTER jobs"
    )  # the fake refuses every ALTER
    execute_other = FakeCluster.execute

    def execute(self: FakeCluster, statement: Any) -> Any:
        if str(statement) == "ALTER jobs":
            raise make_error("42501", "no")
        return execute_other(self, statement)

    monkeypatch.setattr(FakeCluster, "execute", execute)
    assert run("regions", "add", "asia-south1").exit_code == 0


def test_list_shows_regions_with_their_cities(cluster: FakeCluster, run: RunCommand) -> None:
    output = run("regions", "list").output
    lines = {line.split()[1]: line for line in output.splitlines() if line.startswith("│")}
    assert "primary" in lines["us-east1"]
    assert "New York, Boston" in lines["us-east1"]
    assert "Paris" in lines["europe-west1"]
    assert "yes" in lines["us-west1"]
    assert "-  " in lines["asia-south1"]
    assert "survives the loss of a zone" in output


def test_list_tells_how_to_add_the_first_region(cluster: FakeCluster, run: RunCommand) -> None:
    cluster.regions = NEW
    assert "has no regions: flask regions add NAME" in run("regions", "list").output


def test_regions_can_be_added_before_there_are_tables(
    cluster: FakeCluster, run: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_table() -> Any:
        raise make_error("42P01", 'relation "cities" does not exist')

    monkeypatch.setattr(placement, "catalogue", lambda: SimpleNamespace(all=no_table))
    assert run("regions", "add", "asia-south1").exit_code == 0
    assert run("regions", "list").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("move", "paris", "--region", "asia-south1"),
        ("add", "pune", "--region", "asia-south1", "--lat", "18.5", "--lon", "73.9"),
    ],
)
def test_a_city_is_refused_in_a_region_that_the_database_does_not_have(
    cluster: FakeCluster, run: RunCommand, arguments: tuple[str, ...]
) -> None:
    result = run("cities", *arguments)
    assert result.exit_code == 1
    assert "no region 'asia-south1', only: us-east1, us-west1, europe-west1." in result.output
    assert "flask regions add asia-south1" in result.output
    assert result.output.count("\n") == 1


# --- PostgreSQL -------------------------------------------------------------------------------


@pytest.fixture
def _postgresql_only(server: URL) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("tests what only PostgreSQL says")


@pytest.mark.usefixtures("_postgresql_only")
@pytest.mark.parametrize(
    "arguments", [("list",), ("add", "mars"), ("survive", "region"), ("drop", "mars")]
)
def test_on_postgresql_no_region_is_changed(run: RunCommand, arguments: tuple[str, ...]) -> None:
    result = run("regions", *arguments)
    assert result.exit_code == 0
    assert cli.NO_REGIONS_TEXT in result.output


@pytest.mark.usefixtures("_postgresql_only")
def test_on_postgresql_the_regions_are_those_of_the_catalogue(run: RunCommand) -> None:
    output = run("regions", "list").output
    assert "us-east1" in output
    assert "New York, Boston" in output


@pytest.mark.usefixtures("_postgresql_only")
def test_on_postgresql_too_a_region_with_a_city_is_not_dropped(run: RunCommand) -> None:
    result = run("regions", "drop", "europe-west1")
    assert result.exit_code == 1
    assert "Cities still live in 'europe-west1': Paris." in result.output


def test_percent_signs_and_colons_of_the_jobs_query_reach_the_server(app_context: None) -> None:
    database = RegionalDatabase(placement.make_maintenance_engine())
    (row,) = database._execute(
        "SELECT 'ALTER DATABASE x' LIKE 'ALTER DATABASE %' AS found, 'a:b' AS b"
    )
    assert dict(row) == {"found": True, "b": "a:b"}
