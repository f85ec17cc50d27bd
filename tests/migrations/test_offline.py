"""What CockroachDB is told, without a CockroachDB: the whole script from ``flask db upgrade --sql``.

The script is kept in tests/golden (see golden.py); what must be true of any version of it is
asserted here too.
"""

import contextlib
import io
import re

import flask_migrate
import pytest
from alembic import op
from sqlalchemy.engine import make_url

from tests.conftest import make_app
from tests.migrations.golden import assert_golden
from tests.migrations.test_schema import EVERYWHERE
from webapp.extensions import db

COCKROACH = make_url("cockroachdb://root@127.0.0.1:1/movr")  # nobody listens there
LAST = "0086"


def script(command, url=COCKROACH, **options):
    """Return what the command writes, given no server."""
    written = io.StringIO()
    with make_app(url).app_context(), contextlib.redirect_stdout(written):
        command(sql=True, **options)
    return written.getvalue()


@pytest.fixture(scope="module")
def upgrade():
    return script(flask_migrate.upgrade)


def statements(text):
    """Return the statements of a script, without its comments, each on one line."""
    bare = re.sub(r"^--.*$", "", text, flags=re.MULTILINE)
    return [" ".join(part.split()) for part in bare.split(";") if part.strip()]


@pytest.fixture(scope="module")
def tables(upgrade):
    """The text of each CREATE TABLE, by name; Alembic's own left out."""
    found = {}
    for statement in statements(upgrade):
        if match := re.match(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*)\)(.*)$", statement):
            found[match[1]] = (match[2].strip(), match[3].strip())
    del found["alembic_version"]
    return found


def test_the_whole_script_is_the_golden_one(upgrade):
    assert_golden("upgrade.cockroachdb.sql", upgrade)


def test_the_way_back_is_the_golden_one():
    text = script(flask_migrate.downgrade, revision=f"{LAST}:base")
    assert_golden("downgrade.cockroachdb.sql", text)
    dropped = re.findall(r"^DROP TABLE (?:IF EXISTS )?(\w+)", text, flags=re.MULTILINE)
    assert sorted(dropped) == sorted(db.metadata.tables)


def test_every_table_is_in_the_script(tables):
    assert set(tables) == set(db.metadata.tables)


def test_every_table_is_made_where_it_shall_live(tables):
    """A locality that comes later is a second schema change, which CockroachDB 26 refuses."""
    localities = {name: locality for name, (_, locality) in tables.items()}
    assert {localities.pop(name) for name in EVERYWHERE} == {"LOCALITY GLOBAL"}
    assert set(localities.values()) == {"LOCALITY REGIONAL BY ROW AS region"}


def test_no_locality_is_changed_afterwards(upgrade):
    assert "LOCALITY" not in "".join(s for s in statements(upgrade) if s.startswith("ALTER TABLE"))


def test_regions_are_the_databases_own_type_and_no_type_is_made(upgrade, tables):
    for name, (columns, _) in tables.items():
        if name not in EVERYWHERE:
            assert columns.startswith("region crdb_internal_region NOT NULL,"), name
        for column in re.findall(r"(\w*region) (\w+)(?: NOT NULL)?,", columns):
            assert column[1] == "crdb_internal_region", (name, column)
    assert "CREATE TYPE" not in upgrade


def test_primary_keys_of_regional_tables_lead_with_the_region(tables):
    for name, (columns, _) in tables.items():
        key = re.search(r"CONSTRAINT pk_\w+ PRIMARY KEY \(([^)]*)\)", columns)[1]
        assert key.startswith("region, ") or name in EVERYWHERE, name


def test_foreign_keys_carry_the_region(tables):
    found = 0
    for name, (columns, _) in tables.items():
        for own, referred, theirs in re.findall(
            r"FOREIGN KEY\(([^)]*)\) REFERENCES (\w+) \(([^)]*)\)", columns
        ):
            found += 1
            if referred in EVERYWHERE:  # GLOBAL: every region checks it at home
                continue
            assert own.split(", ")[0].endswith("region"), name
            assert theirs.startswith("region, "), name
    assert found >= 10


def test_a_percent_sign_stays_single(upgrade, monkeypatch):
    assert "%%" not in upgrade
    monkeypatch.setattr(op, "create_index", lambda *_, **__: op.execute("SELECT 'a%b'"))
    assert "SELECT 'a%b';" in script(flask_migrate.upgrade)


def test_a_vehicle_has_one_open_ride(upgrade):
    index = "CREATE UNIQUE INDEX IF NOT EXISTS uq_rides_open_vehicle ON rides (region, vehicle_id)"
    assert f"{index} WHERE ended_at IS NULL" in statements(upgrade)


def test_each_revision_is_one_statement_and_no_transaction_holds_two(upgrade):
    """On CockroachDB a second schema change in a transaction may fail after the first is done."""
    assert not {"BEGIN", "COMMIT"} & set(statements(upgrade))
    revisions = re.split(r"^-- Running upgrade.*$", upgrade, flags=re.MULTILINE)[1:]
    assert len(revisions) == int(LAST)
    for revision in revisions:
        schema = [s for s in statements(revision) if "alembic_version" not in s]
        assert len(schema) == 1, schema


def test_the_same_revisions_on_postgresql_have_neither_regions_nor_localities():
    text = script(flask_migrate.upgrade, make_url("postgresql+psycopg2://movr@127.0.0.1:1/movr"))
    assert "LOCALITY" not in text
    assert "crdb_" not in text
    assert text.count("region VARCHAR(32) NOT NULL") == len(db.metadata.tables) + 1  # ride_region
    assert set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", text)) == {
        *db.metadata.tables,
        "alembic_version",
    }


def test_no_migration_opens_an_account(upgrade):
    """A new database has no account whose password others could know."""
    filled = {match[1] for match in re.finditer(r"INSERT INTO (\w+)", upgrade)}
    assert filled == {"alembic_version"}
