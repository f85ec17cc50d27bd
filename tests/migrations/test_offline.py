"""The statements that CockroachDB gets, without a CockroachDB: the whole script from ``flask db upgrade --sql``.

The script is kept in tests/golden (see golden.py); what must be true of any version of it is
asserted here too.
"""

import contextlib
import io
import re
from collections.abc import Callable
from typing import cast

import flask_migrate
import pytest
from alembic import op
from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url

from config import ROOT
from tests.databases import make_app
from tests.migrations.golden import assert_golden
from tests.migrations.test_schema import GLOBAL_TABLES, LEAD_WITH_ANOTHER_REGION
from webapp.db.ddl import create_tables_unlocked
from webapp.extensions import db

COCKROACH = make_url("cockroachdb://root@127.0.0.1:1/movr")  # nobody listens there
HEAD = (ROOT / "migrations" / ".current-alembic-head").read_text().partition("_")[0]
#: The last of the revisions that create all tables of the first release.
SQUASHED = "0086"


def write_script(command: Callable[..., None], url: URL = COCKROACH, **options: str) -> str:
    """Return the SQL that a command of Flask-Migrate writes, without a server."""
    output = io.StringIO()
    with make_app(url).app_context(), contextlib.redirect_stdout(output):
        command(sql=True, **options)
    return output.getvalue()


@pytest.fixture(scope="module")
def upgrade() -> str:
    return write_script(flask_migrate.upgrade)


def split_statements(text: str) -> list[str]:
    """Return the statements of a script, without its comments, each on one line."""
    bare = re.sub(r"^--.*$", "", text, flags=re.MULTILINE)
    parts = re.split(r";$", bare, flags=re.MULTILINE)
    return [" ".join(part.split()) for part in parts if part.strip()]


@pytest.fixture(scope="module")
def tables(upgrade: str) -> dict[str, tuple[str, str]]:
    """The text of each CREATE TABLE, by name; Alembic's own left out."""
    definitions = {}
    for statement in split_statements(upgrade):
        if match := re.match(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*)\)(.*)$", statement):
            definitions[match[1]] = (match[2].strip(), match[3].strip())
    del definitions["alembic_version"]
    return definitions


def test_the_upgrade_script_matches_its_golden_file(upgrade: str) -> None:
    assert_golden("upgrade.cockroachdb.sql", upgrade)


def test_the_downgrade_script_matches_its_golden_file(downgrade: str) -> None:
    assert_golden("downgrade.cockroachdb.sql", downgrade)
    dropped = re.findall(r"^DROP TABLE (?:IF EXISTS )?(\w+)", downgrade, flags=re.MULTILINE)
    assert sorted(dropped) == sorted(db.metadata.tables)


def test_every_table_is_in_the_script(tables: dict[str, tuple[str, str]]) -> None:
    assert set(tables) == set(db.metadata.tables)


def test_every_table_is_created_with_its_locality(tables: dict[str, tuple[str, str]]) -> None:
    """A locality that comes later is a second schema change, which CockroachDB 26 refuses."""
    localities = {name: locality for name, (_, locality) in tables.items()}
    assert {localities.pop(name) for name in GLOBAL_TABLES} == {"LOCALITY GLOBAL"}
    assert set(localities.values()) == {"LOCALITY REGIONAL BY ROW AS region"}


def test_no_locality_is_changed_afterwards(upgrade: str) -> None:
    assert "LOCALITY" not in "".join(
        s for s in split_statements(upgrade) if s.startswith("ALTER TABLE")
    )


def test_regions_are_the_databases_own_type_and_no_type_is_made(
    upgrade: str, tables: dict[str, tuple[str, str]]
) -> None:
    for name, (columns, _) in tables.items():
        if name not in GLOBAL_TABLES:
            assert columns.startswith("region crdb_internal_region NOT NULL,"), name
        for column in re.findall(r"(\w*region) (\w+)(?: NOT NULL)?,", columns):
            assert column[1] == "crdb_internal_region", (name, column)
    assert "CREATE TYPE" not in upgrade


def test_primary_keys_of_regional_tables_lead_with_the_region(
    tables: dict[str, tuple[str, str]],
) -> None:
    for name, (columns, _) in tables.items():
        key = re.search(r"CONSTRAINT pk_\w+ PRIMARY KEY \(([^)]*)\)", columns)
        assert key
        assert key[1].startswith("region, ") or name in GLOBAL_TABLES, name


def test_foreign_keys_carry_the_region(tables: dict[str, tuple[str, str]]) -> None:
    foreign_keys = 0
    for name, (columns, _) in tables.items():
        for own, referred, theirs in re.findall(
            r"FOREIGN KEY\(([^)]*)\) REFERENCES (\w+) \(([^)]*)\)", columns
        ):
            foreign_keys += 1
            if referred in GLOBAL_TABLES:  # GLOBAL: every region checks it at home
                continue
            assert own.split(", ")[0].endswith("region"), name
            assert theirs.startswith("region, "), name
    assert foreign_keys >= 10


def test_percent_signs_are_not_doubled(upgrade: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "%%" not in upgrade
    monkeypatch.setattr(op, "create_table", lambda *_, **__: op.execute("SELECT 'a%b'"))
    assert "SELECT 'a%b';" in write_script(flask_migrate.upgrade)


def test_a_unique_index_allows_one_open_ride_per_vehicle(
    tables: dict[str, tuple[str, str]],
) -> None:
    index = "UNIQUE INDEX uq_rides_open_vehicle (region, vehicle_id) WHERE ended_at IS NULL"
    assert index in tables["rides"][0]


@pytest.fixture(scope="module")
def downgrade() -> str:
    return write_script(flask_migrate.downgrade, revision=f"{HEAD}:base")


def find_refused_indexes(statements: list[str]) -> list[str]:
    """Return the CREATE INDEX that CockroachDB 25.2 to 25.4 cannot run: of a regional table, and
    without the region as first column. Inside CREATE TABLE any index is possible."""
    create_index = re.compile(
        r"CREATE (?:UNIQUE |INVERTED )*INDEX .* ON (\w+) (?:USING \w+ )?\((\w+)"
    )
    matches = [(statement, create_index.match(statement)) for statement in statements]
    return [
        statement
        for statement, match in matches
        if match and match[1] not in GLOBAL_TABLES and match[2] != "region"
    ]


def test_each_later_index_of_a_regional_table_leads_with_the_region(upgrade: str) -> None:
    assert find_refused_indexes(split_statements(upgrade)) == []


def test_a_downgrade_creates_other_indexes_with_the_older_schema_changer(downgrade: str) -> None:
    statements = split_statements(downgrade)
    for index in find_refused_indexes(statements):
        at = statements.index(index)
        assert statements[at - 1] == "SET use_declarative_schema_changer = off", index
        assert statements[at + 1] == "RESET use_declarative_schema_changer", index


def test_an_index_that_does_not_lead_with_the_region_would_be_noticed() -> None:
    refused = [
        "CREATE INDEX IF NOT EXISTS a ON vehicles (owner_region, owner_id)",
        "CREATE INDEX IF NOT EXISTS a ON vehicles USING gin (words)",
        "CREATE UNIQUE INDEX IF NOT EXISTS a ON vehicles (code)",
        "CREATE UNIQUE INDEX a ON rides (rider_id) WHERE ended_at IS NULL",
    ]
    possible = ["CREATE INDEX a ON rides (region, city)", "CREATE INDEX a ON zones (city)"]
    assert find_refused_indexes(refused + possible) == refused


def test_indexes_that_lead_with_something_else_stand_inside_their_tables(
    tables: dict[str, tuple[str, str]],
) -> None:
    inside = " ".join(columns for columns, _ in tables.values())
    for name, column in LEAD_WITH_ANOTHER_REGION.items():
        assert re.search(rf"INDEX {name} \({column}\b", inside), name


def split_by_revision(script: str) -> dict[str, list[str]]:
    """Return the statements of each revision, without those about the version."""
    revisions = re.split(r"^-- Running upgrade .*-> (\S+)$", script, flags=re.MULTILINE)[1:]
    return {
        revision: [s for s in split_statements(text) if "alembic_version" not in s]
        for revision, text in zip(revisions[::2], revisions[1::2], strict=True)
    }


def test_the_tables_come_first_and_each_later_revision_is_one_statement(upgrade: str) -> None:
    """On CockroachDB a second schema change of a revision may fail after the first is done."""
    assert not {"BEGIN", "COMMIT"} & set(split_statements(upgrade))
    for revision, changes in split_by_revision(upgrade).items():
        if revision.startswith(SQUASHED):
            assert all(change.startswith("CREATE TABLE IF NOT EXISTS ") for change in changes)
        else:
            assert len(changes) == 1, revision


#: What fails when it is done already, unless it says IF EXISTS or IF NOT EXISTS.
ONCE = re.compile(
    r"\b(TABLE|INDEX|ADD COLUMN|ADD CONSTRAINT|DROP COLUMN|DROP CONSTRAINT)(?! IF (NOT )?EXISTS)"
)


def find_unrepeatable(statements: list[str]) -> list[str]:
    """Return the schema changes that fail where an interrupted run has made them already."""
    bare = [re.sub(r"\(.*\)|^ALTER TABLE", "", statement) for statement in statements]
    return [s for s, text in zip(statements, bare, strict=True) if ONCE.search(text)]


def test_each_statement_can_run_again_after_an_interruption(upgrade: str, downgrade: str) -> None:
    changes = [change for each in split_by_revision(upgrade).values() for change in each]
    assert find_unrepeatable(changes) == []
    assert find_unrepeatable([s for s in split_statements(downgrade) if "alembic" not in s]) == []


def test_a_statement_that_cannot_run_again_would_be_noticed() -> None:
    unsafe = [
        "CREATE TABLE a",
        "CREATE INDEX a ON b",
        "CREATE UNIQUE INDEX a ON b",
        "ALTER TABLE a ADD COLUMN b INTEGER",
        "ALTER TABLE a ADD CONSTRAINT b CHECK (c > 0)",
        "ALTER TABLE a DROP COLUMN b",
        "DROP TABLE a",
        "DROP INDEX a",
    ]
    safe = ["CREATE INDEX IF NOT EXISTS a ON b", "ALTER TABLE a ALTER COLUMN b DROP NOT NULL"]
    assert find_unrepeatable(unsafe + safe) == unsafe


def test_the_same_revisions_on_postgresql_have_neither_regions_nor_localities() -> None:
    text = write_script(
        flask_migrate.upgrade, make_url("postgresql+psycopg2://movr@127.0.0.1:1/movr")
    )
    assert "LOCALITY" not in text
    assert "crdb_" not in text
    regions = [
        column
        for table in db.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("region") and not column.nullable
    ]
    assert text.count("region VARCHAR(32) NOT NULL") == len(regions)
    assert set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", text)) == {
        *db.metadata.tables,
        "alembic_version",
    }


def test_no_migration_opens_an_account(upgrade: str) -> None:
    """A new database has no account whose password others could know."""
    filled = {match[1] for match in re.finditer(r"INSERT INTO (\w+)", upgrade)}
    copied = {"alert_settings", "vehicle_alert_mutes"}  # within the same table
    assert filled == {"alembic_version", *copied}


class FakeConnection:
    """A connection to a database that knows some settings; ``sent`` is what it was told to execute."""

    def __init__(self, *settings: str) -> None:
        self.settings = settings
        self.sent: list[str] = []

    def scalar(self, _: object, values: dict[str, str]) -> str | None:
        return "on" if values["name"] in self.settings else None

    def execute(self, statement: object) -> None:
        self.sent.append(str(statement))


def test_tables_are_created_unlocked_where_the_server_would_lock_them() -> None:
    """CockroachDB 26.1 and later do, and refuse later schema changes of such tables."""
    new, old = FakeConnection("create_table_with_schema_locked"), FakeConnection()
    create_tables_unlocked(cast(Connection, new))
    create_tables_unlocked(cast(Connection, old))
    assert new.sent == ["SET create_table_with_schema_locked = off"]
    assert old.sent == []
