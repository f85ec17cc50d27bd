"""Which statements change the regions of a CockroachDB, and which changes are refused."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from tests.migrations.golden import assert_golden
from tests.regions.fake_cluster import CLUSTER, FOUR, NEW, SAFE, THREE, TWO, FakeCluster
from webapp.auth.models import User
from webapp.db import migration_lock
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.regions import placement
from webapp.regions.moving import copy_rows_statement, move_rows_statement, remaining_rows_query
from webapp.regions.placement import RegionChange, plan_add, plan_drop, plan_survive
from webapp.regions.regional_database import (
    PlacementRefused,
    RegionalDatabase,
    Regions,
    quote_identifier,
)
from webapp.rides import queries as rides
from webapp.rides.earnings.models import RevenueShare

# --- statements -------------------------------------------------------------------------------

PLANS = {
    "the first region": plan_add(NEW, "us-east1"),
    "one more": plan_add(TWO, "europe-west1"),
    "survive the loss of a region": plan_survive(THREE, "region"),
    "survive the loss of a zone": plan_survive(SAFE, "zone"),
}


def test_the_statements_match_the_golden_file(app_context: None) -> None:
    plans = {**PLANS, "one less": plan_drop(FOUR, "asia-south1")}
    parts = [f"-- {name}\n{change.statement};\n" for name, change in plans.items()]
    cluster = FakeCluster()
    RegionalDatabase(cluster).read_regions()  # type: ignore[arg-type]
    parts += [f"-- read the regions\n{sql};\n" for sql in cluster.statements]
    parts.append(f"-- running jobs\n{RegionalDatabase.JOBS_QUERY};\n")
    for model in (User, Vehicle):
        for name, statement in (
            ("count the remaining rows", remaining_rows_query(table(model), "paris", "us-east1")),
            (
                "move a batch",
                move_rows_statement(table(model), "paris", "europe-west1", "us-east1", 100),
            ),
        ):
            sql = statement.compile(dialect=CockroachDBDialect_psycopg2())
            parts.append(f"-- {name}: {model.__tablename__}\n{sql};\n")
    copy = copy_rows_statement(table(RevenueShare), "paris", "us-east1", 1_000)
    sql = copy.compile(dialect=CockroachDBDialect_psycopg2())
    parts.append(f"-- copy a batch: revenue_shares\n{sql};\n")
    _, any_region_query = rides.ride_queries(
        RowKey("us-east1", UUID(int=1)), RowKey("us-east1", UUID(int=2))
    )
    parts.append(
        f"-- a ride whose city has moved\n{any_region_query.compile(dialect=CockroachDBDialect_psycopg2())};\n"
    )
    for step in ("CREATE", "TAKE", "OWNER", "RENEW", "RELEASE"):
        sql = getattr(migration_lock, step).compile(dialect=CockroachDBDialect_psycopg2())
        parts.append(f"-- lock of the migrations: {step.lower()}\n{sql};\n")
    text = re.sub(r" +$", "", "\n".join(parts), flags=re.MULTILINE)
    assert_golden("regions.cockroachdb.sql", text)


def test_the_new_region_of_moved_rows_is_cast_to_the_type_of_the_column() -> None:
    statement = move_rows_statement(table(User), "paris", "europe-west1", "us-east1", 100)
    sql = str(statement.compile(dialect=CockroachDBDialect_psycopg2()))
    assert "SET region=CAST(%(region)s AS crdb_internal_region)" in sql
    assert sql.count("AS crdb_internal_region") == 3


@pytest.mark.parametrize(
    ("name", "identifier"),
    [("movr", '"movr"'), ('a"b', '"a""b"'), ("x; DROP TABLE y", '"x; DROP TABLE y"')],
)
def test_names_are_quoted(name: str, identifier: str) -> None:
    assert quote_identifier(name) == identifier


def test_a_name_with_a_colon_is_no_parameter() -> None:
    regions = Regions("a:b", CLUSTER)
    cluster = FakeCluster(regions)
    assert RegionalDatabase(cluster).read_regions() == regions  # type: ignore[arg-type]
    assert 'SHOW REGIONS FROM DATABASE "a:b"' in cluster.statements


# --- rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (lambda: plan_add(TWO, "us-west1"), "is a region of the database already"),
        (lambda: plan_drop(TWO, "europe-west1"), "is no region of the database"),
        (lambda: plan_survive(TWO, "zone"), "survives the loss of a zone already"),
        (lambda: plan_survive(SAFE, "region"), "survives the loss of a region already"),
    ],
)
def test_a_change_that_is_already_made_is_reported_and_not_made_again(
    plan: Callable[[], RegionChange], message: str
) -> None:
    change = plan()
    assert change.statement is None
    assert message in change.message


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (lambda: plan_add(TWO, "mars"), "cluster has no region 'mars', only: us-east1, us-west1"),
        (lambda: plan_add(Regions("movr", ()), "mars"), "only: none"),
        (lambda: plan_survive(TWO, "region"), "takes 3 regions, and the database has 2"),
        (lambda: plan_survive(NEW, "region"), "no regions yet"),
        (lambda: plan_drop(FOUR, "us-east1"), "Cities still live in 'us-east1': New York, Boston."),
        (lambda: plan_drop(FOUR, "europe-west1"), "flask cities move NAME"),
    ],
)
def test_an_impossible_change_is_refused_before_it_is_sent(
    app_context: None, plan: Callable[[], RegionChange], message: str
) -> None:
    with pytest.raises(PlacementRefused) as caught:
        plan()
    assert message in str(caught.value.message)


def test_the_primary_region_is_dropped_last(
    app_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "group_cities_by_region", dict)
    with pytest.raises(PlacementRefused) as caught:
        plan_drop(THREE, "us-east1")
    assert "primary region" in caught.value.message
    alone = Regions("movr", CLUSTER, ("us-east1",), "us-east1", "zone")
    assert (
        plan_drop(alone, "us-east1")[0] == 'ALTER DATABASE "movr" DROP REGION IF EXISTS "us-east1"'
    )


def test_a_region_that_the_survival_goal_needs_stays(
    app_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "group_cities_by_region", dict)
    with pytest.raises(PlacementRefused) as caught:
        plan_drop(SAFE, "us-west1")
    assert "flask regions survive zone" in caught.value.message
    assert plan_drop(THREE, "us-west1")[0]
