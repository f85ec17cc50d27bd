"""The regions of a CockroachDB: which statements are sent, in which order, and what is refused.

There is no CockroachDB here. A stand-in answers what the statements return, and raises the errors
that the server would; the exact text of all statements is kept in tests/golden.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from tests.migrations.golden import assert_golden
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.db import migration_lock
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions import cli, moving, placement
from webapp.regions.moving import move_rows_statement, remaining_rows_query
from webapp.regions.placement import (
    RegionalDatabase,
    Regions,
    plan_add,
    plan_drop,
    plan_survive,
    quoted,
)
from webapp.rides import queries as rides
from webapp.web.rate_limits import RateLimitCount

CLUSTER = ("us-east1", "us-west1", "europe-west1", "asia-south1")
NEW = Regions("movr", CLUSTER)
TWO = Regions("movr", CLUSTER, ("us-east1", "us-west1"), "us-east1", "zone")
THREE = Regions("movr", CLUSTER, CLUSTER[:3], "us-east1", "zone")
SAFE = Regions("movr", CLUSTER, CLUSTER[:3], "us-east1", "region")
FOUR = Regions("movr", CLUSTER, CLUSTER, "us-east1", "region")


class Cluster:
    """Stands in for an engine: it answers as CockroachDB would, and writes down what it is told."""

    def __init__(self, found: Regions = THREE) -> None:
        self.found = found
        self.told: list[str] = []
        self.jobs: list[list[float]] = []
        self.error: Exception | None = None

    @contextmanager
    def connect(self) -> Iterator["Cluster"]:
        yield self

    def execute(self, statement: Any) -> Any:
        sql = str(statement)
        self.told.append(sql)
        if sql.startswith("ALTER") and self.error:
            raise self.error
        rows = self.rows(sql)
        return SimpleNamespace(
            returns_rows=not sql.startswith("ALTER"),
            mappings=lambda: SimpleNamespace(all=lambda: rows),
        )

    def rows(self, sql: str) -> list[dict[str, Any]]:
        found = self.found
        if sql.startswith("SELECT current_database"):
            return [{"name": found.database}]
        if sql == "SHOW REGIONS FROM CLUSTER":
            return [{"region": name, "zones": ["a"]} for name in found.of_cluster]
        if sql.startswith("SHOW REGIONS FROM DATABASE"):
            return [{"region": n, "primary": n == found.primary} for n in found.of_database]
        if sql.startswith("SHOW SURVIVAL GOAL"):
            return [{"database": found.database, "survival_goal": found.survives}]
        if "[SHOW JOBS]" in sql and self.jobs:
            fractions = self.jobs.pop(0)
            return [{"description": "ALTER", "fraction_completed": f} for f in fractions]
        return []

    @property
    def changes(self) -> list[str]:
        return [sql for sql in self.told if sql.startswith("ALTER")]


def refusal(state: str, said: str) -> ProgrammingError:
    """Return an error as psycopg2 raises it when the server sends that SQLSTATE."""
    error = psycopg2.ProgrammingError(f"{said}\nHINT: more")
    error.__setstate__({"pgcode": state})
    return ProgrammingError("ALTER", {}, error)


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(placement, "POLL_S", 0.01)


@pytest.fixture
def cluster(app, monkeypatch):
    """The application as it would be on CockroachDB, as far as the regions go."""
    made = Cluster()
    monkeypatch.setattr(placement, "is_placed", lambda: True)
    monkeypatch.setattr(placement, "maintenance_engine", lambda: made)
    return made


@pytest.fixture
def run(app):
    def invoke(*arguments: str) -> Any:
        return app.test_cli_runner().invoke(args=arguments)

    return invoke


@pytest.fixture
def inside(app):
    with app.app_context():
        yield app


# --- statements -------------------------------------------------------------------------------

PLANS = {
    "the first region": plan_add(NEW, "us-east1"),
    "one more": plan_add(TWO, "europe-west1"),
    "survive the loss of a region": plan_survive(THREE, "region"),
    "survive the loss of a zone": plan_survive(SAFE, "zone"),
}


def test_the_statements_are_the_golden_ones(inside):
    plans = {**PLANS, "one less": plan_drop(FOUR, "asia-south1")}
    parts = [f"-- {name}\n{statement};\n" for name, (statement, _) in plans.items()]
    looking = Cluster()
    RegionalDatabase(looking).look()  # type: ignore[arg-type]
    parts += [f"-- look\n{sql};\n" for sql in looking.told]
    parts.append(f"-- what is being worked on\n{RegionalDatabase.JOBS};\n")
    for model in (User, Vehicle):
        for name, made in (
            ("count what is left", remaining_rows_query(table(model), "paris", "us-east1")),
            (
                "move some",
                move_rows_statement(table(model), "paris", "europe-west1", "us-east1", 100),
            ),
        ):
            sql = made.compile(dialect=CockroachDBDialect_psycopg2())
            parts.append(f"-- {name}: {model.__tablename__}\n{sql};\n")
    _, anywhere = rides.ride_queries(
        RowKey("us-east1", UUID(int=1)), RowKey("us-east1", UUID(int=2))
    )
    parts.append(
        f"-- a ride whose city has moved\n{anywhere.compile(dialect=CockroachDBDialect_psycopg2())};\n"
    )
    for step in ("CREATE", "TAKE", "WHO", "RENEW", "RELEASE"):
        sql = getattr(migration_lock, step).compile(dialect=CockroachDBDialect_psycopg2())
        parts.append(f"-- lock of the migrations: {step.lower()}\n{sql};\n")
    text = re.sub(r" +$", "", "\n".join(parts), flags=re.MULTILINE)
    assert_golden("regions.cockroachdb.sql", text)


def test_a_region_that_rows_move_to_is_cast_to_the_databases_type():
    made = move_rows_statement(table(User), "paris", "europe-west1", "us-east1", 100)
    sql = str(made.compile(dialect=CockroachDBDialect_psycopg2()))
    assert "SET region=CAST(%(region)s AS crdb_internal_region)" in sql
    assert sql.count("AS crdb_internal_region") == 3


@pytest.mark.parametrize(
    ("name", "identifier"),
    [("movr", '"movr"'), ('a"b', '"a""b"'), ("x; DROP TABLE y", '"x; DROP TABLE y"')],
)
def test_names_are_quoted(name, identifier):
    assert quoted(name) == identifier


def test_a_name_with_a_colon_is_no_parameter():
    found = Regions("a:b", CLUSTER)
    cluster = Cluster(found)
    assert RegionalDatabase(cluster).look() == found  # type: ignore[arg-type]
    assert 'SHOW REGIONS FROM DATABASE "a:b"' in cluster.told


# --- rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (lambda: plan_add(TWO, "us-west1"), "is a region of the database already"),
        (lambda: plan_drop(TWO, "europe-west1"), "is no region of the database"),
        (lambda: plan_survive(TWO, "zone"), "survives the loss of a zone already"),
        (lambda: plan_survive(SAFE, "region"), "survives the loss of a region already"),
    ],
)
def test_what_is_so_already_is_said_and_not_done(plan, says):
    statement, told = plan()
    assert statement is None
    assert says in told


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (lambda: plan_add(TWO, "mars"), "cluster has no region 'mars', only: us-east1, us-west1"),
        (lambda: plan_add(Regions("movr", ()), "mars"), "only: none"),
        (lambda: plan_survive(TWO, "region"), "takes 3 regions, and the database has 2"),
        (lambda: plan_survive(NEW, "region"), "no regions yet"),
        (lambda: plan_drop(FOUR, "us-east1"), "Cities still live in 'us-east1': New York, Boston."),
        (lambda: plan_drop(FOUR, "europe-west1"), "flask cities move NAME"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(inside, plan, says):
    with pytest.raises(placement.Refusal) as caught:
        plan()
    assert says in caught.value.message


def test_the_primary_region_goes_last(inside, monkeypatch):
    monkeypatch.setattr(placement, "cities_by_region", dict)
    with pytest.raises(placement.Refusal) as caught:
        plan_drop(THREE, "us-east1")
    assert "primary region" in caught.value.message
    alone = Regions("movr", CLUSTER, ("us-east1",), "us-east1", "zone")
    assert (
        plan_drop(alone, "us-east1")[0] == 'ALTER DATABASE "movr" DROP REGION IF EXISTS "us-east1"'
    )


def test_a_region_that_is_needed_to_survive_one_stays(inside, monkeypatch):
    monkeypatch.setattr(placement, "cities_by_region", dict)
    with pytest.raises(placement.Refusal) as caught:
        plan_drop(SAFE, "us-west1")
    assert "flask regions survive zone" in caught.value.message
    assert plan_drop(THREE, "us-west1")[0]


# --- commands ---------------------------------------------------------------------------------


def test_add_looks_and_then_changes_once(cluster, run):
    result = run("regions", "add", "asia-south1")
    assert result.exit_code == 0, result.output
    assert "'asia-south1' is a region of the database now." in result.output
    assert cluster.changes == ['ALTER DATABASE "movr" ADD REGION IF NOT EXISTS "asia-south1"']
    assert cluster.told.index(cluster.changes[0]) > cluster.told.index("SHOW REGIONS FROM CLUSTER")


def test_the_first_region_of_a_database_becomes_its_primary(cluster, run):
    cluster.found = NEW
    result = run("regions", "add", "us-east1")
    assert "primary region of the database now" in result.output
    assert cluster.changes == ['ALTER DATABASE "movr" SET PRIMARY REGION "us-east1"']


def test_drop_and_survive_send_their_statement(cluster, run):
    cluster.found = FOUR
    assert run("regions", "drop", "asia-south1").exit_code == 0
    cluster.found = THREE
    assert run("regions", "survive", "region").exit_code == 0
    assert cluster.changes == [
        'ALTER DATABASE "movr" DROP REGION IF EXISTS "asia-south1"',
        'ALTER DATABASE "movr" SURVIVE REGION FAILURE',
    ]


def test_what_belongs_to_a_region_and_no_city_does_not_keep_it(cluster, run, app, monkeypatch):
    """Its events are kept in the primary region; how often something was tried there is forgotten."""
    cluster.found = FOUR
    monkeypatch.setattr(moving, "OWNERLESS_BATCH", 2)
    with app.app_context(), db.engines["write"].begin() as connection:
        for number, region in enumerate(["asia-south1"] * 3 + ["us-west1"]):
            row = {"region": region, "kind": "access.denied", "details": {}, "subject": str(number)}
            connection.execute(insert(AuditEvent).values(row))
            count = {"region": region, "bucket": str(number), "hits": 1, "until": func.now()}
            connection.execute(insert(RateLimitCount).values(count))
    assert run("regions", "drop", "asia-south1").exit_code == 0
    with app.app_context():
        kept = db.session.execute(
            select(AuditEvent.subject, AuditEvent.region).order_by(AuditEvent.subject)
        ).all()
        assert kept == [("0", "us-east1"), ("1", "us-east1"), ("2", "us-east1"), ("3", "us-west1")]
        assert db.session.scalars(select(RateLimitCount.region)).all() == ["us-west1"]


@pytest.mark.parametrize(
    "arguments", [("add", "us-west1"), ("drop", "asia-south1"), ("survive", "zone")]
)
def test_nothing_to_do_is_no_failure(cluster, run, arguments):
    result = run("regions", *arguments)
    assert result.exit_code == 0
    assert result.output.count("\n") == 1
    assert cluster.changes == []


@pytest.mark.parametrize(
    "arguments",
    [("add", "mars"), ("add", 'x"; DROP'), ("drop", "europe-west1"), ("survive", "planet")],
)
def test_a_refusal_is_one_line_and_changes_nothing(cluster, run, arguments):
    result = run("regions", *arguments)
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert cluster.changes == []


@pytest.mark.parametrize(
    ("state", "said", "told"),
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
def test_what_the_server_refuses_is_said_in_plain_words(cluster, run, state, said, told):
    cluster.error = refusal(state, said)
    result = run("regions", "add", "asia-south1")
    assert result.exit_code == 1
    assert told in result.output
    assert "HINT" not in result.output
    assert "Traceback" not in result.output


def test_a_connection_that_is_lost_may_have_left_a_change_behind(cluster, run):
    lost = psycopg2.OperationalError("server closed the connection unexpectedly")
    cluster.error = OperationalError("ALTER", {}, lost)
    result = run("regions", "add", "asia-south1")
    assert result.exit_code == 1
    assert "look with 'flask regions list'" in result.output


def test_the_command_waits_for_the_jobs_that_follow(cluster):
    cluster.jobs = [[0.0], [0.25, 0.75], [1.0]]
    seen: list[float] = []
    RegionalDatabase(cluster).change(  # type: ignore[arg-type]
        "ALTER DATABASE", lambda jobs: seen.extend(job.done for job in jobs)
    )
    assert seen == [0.0, 0.25, 0.75, 1.0]
    assert cluster.jobs == []


def test_who_may_not_see_jobs_can_still_change_regions(cluster, run, monkeypatch):
    monkeypatch.setattr(RegionalDatabase, "JOBS", "ALTER jobs")  # is refused like any ALTER
    answer = Cluster.execute

    def execute(self: Cluster, statement: Any) -> Any:
        if str(statement) == "ALTER jobs":
            raise refusal("42501", "no")
        return answer(self, statement)

    monkeypatch.setattr(Cluster, "execute", execute)
    assert run("regions", "add", "asia-south1").exit_code == 0


def test_list_shows_regions_with_their_cities(cluster, run):
    output = run("regions", "list").output
    lines = {line.split()[1]: line for line in output.splitlines() if line.startswith("│")}
    assert "primary" in lines["us-east1"]
    assert "New York, Boston" in lines["us-east1"]
    assert "Paris" in lines["europe-west1"]
    assert "yes" in lines["us-west1"]
    assert "-  " in lines["asia-south1"]
    assert "survives the loss of a zone" in output


def test_list_tells_how_to_begin(cluster, run):
    cluster.found = NEW
    assert "has no regions: flask regions add NAME" in run("regions", "list").output


def test_regions_can_be_added_before_there_are_tables(cluster, run, monkeypatch):
    def no_table() -> Any:
        raise refusal("42P01", 'relation "cities" does not exist')

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
def test_a_city_lives_only_in_a_region_of_the_database(cluster, run, arguments):
    result = run("cities", *arguments)
    assert result.exit_code == 1
    assert "no region 'asia-south1', only: us-east1, us-west1, europe-west1." in result.output
    assert "flask regions add asia-south1" in result.output
    assert result.output.count("\n") == 1


# --- PostgreSQL -------------------------------------------------------------------------------


@pytest.fixture
def _postgresql(server):
    if server.get_backend_name() != "postgresql":
        pytest.skip("says what PostgreSQL has not")


@pytest.mark.usefixtures("_postgresql")
@pytest.mark.parametrize(
    "arguments", [("list",), ("add", "mars"), ("survive", "region"), ("drop", "mars")]
)
def test_on_postgresql_there_is_nothing_to_place(run, arguments):
    result = run("regions", *arguments)
    assert result.exit_code == 0
    assert cli.NOTHING_TO_PLACE in result.output


@pytest.mark.usefixtures("_postgresql")
def test_on_postgresql_the_regions_are_those_of_the_catalogue(run):
    output = run("regions", "list").output
    assert "us-east1" in output
    assert "New York, Boston" in output


@pytest.mark.usefixtures("_postgresql")
def test_on_postgresql_too_a_region_with_a_city_stays(run):
    result = run("regions", "drop", "europe-west1")
    assert result.exit_code == 1
    assert "Cities still live in 'europe-west1': Paris." in result.output


def test_the_watching_question_is_no_pattern_for_the_driver(inside, server):
    """A percent sign in it reaches the server as one."""
    question = RegionalDatabase(placement.maintenance_engine())
    assert question._rows(
        "SELECT 'ALTER DATABASE x' LIKE 'ALTER DATABASE %' AS found, 'a:b' AS b"
    ) == [{"found": True, "b": "a:b"}]
