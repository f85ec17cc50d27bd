"""The revisions on a real PostgreSQL: up, down and up again, and nothing left to do."""

import re
from pathlib import Path

import flask_migrate
import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from config import ROOT
from tests.conftest import make_app, make_database
from tests.migrations.catalogue import catalogue
from tests.migrations.golden import assert_golden
from webapp.extensions import db


@pytest.fixture(scope="module")
def url(server, worker_id):
    """A database of our own, migrated."""
    name = f"movr_test_migrations_{worker_id}"
    made = make_database(server, name)
    yield made
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    cascade = "CASCADE" if engine.dialect.name == "cockroachdb" else ""
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} {cascade}"))
    engine.dispose()


@pytest.fixture
def inside(url):
    with make_app(url).app_context():
        yield
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def engine(url):
    made = create_engine(url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def revisions():
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config)


def shape(engine):
    """Return everything that is in the schema, in words."""
    found = inspect(engine)
    return {
        table: (
            sorted(f"{c['name']} {c['type']!r} {c['nullable']} {c['default']}" for c in columns),
            found.get_pk_constraint(table),
            sorted(map(str, found.get_foreign_keys(table))),
            sorted(map(str, found.get_indexes(table))),
            sorted(map(str, found.get_unique_constraints(table))),
            sorted(map(str, found.get_check_constraints(table))),
        )
        for table in set(found.get_table_names()) - {"migration_lock"}
        for columns in [found.get_columns(table)]
    }


def test_the_schema_is_the_golden_one(engine):
    """Whatever revisions build it. A new revision changes the file by what it changes."""
    if engine.dialect.name == "cockroachdb":
        pytest.skip("reads PostgreSQL's catalogue")
    with engine.connect() as connection:
        assert_golden("catalogue.postgresql.txt", catalogue(connection))


def test_up_down_and_up_again_is_the_same_schema(inside, engine):
    before = shape(engine)
    assert set(before) == {*db.metadata.tables, "alembic_version"}
    flask_migrate.downgrade(revision="base")
    assert set(shape(engine)) == {"alembic_version"}
    flask_migrate.upgrade()
    assert shape(engine) == before


#: Migrations that give rows their new meaning, and leave the tables as they are.
CHANGES_ROWS_ONLY = {"0017", "0080"}


def test_every_single_step_can_be_taken_back(inside, engine, revisions):
    flask_migrate.downgrade(revision="base")
    for revision in reversed(list(revisions.walk_revisions())):
        flask_migrate.upgrade(revision=revision.revision)
        after = shape(engine)
        flask_migrate.downgrade(revision="-1")
        if revision.revision not in CHANGES_ROWS_ONLY:
            assert shape(engine) != after, revision.revision
        flask_migrate.upgrade(revision=revision.revision)
        assert shape(engine) == after, revision.revision


def test_the_models_ask_for_nothing_more(inside):
    """``flask db check`` exits when it finds an operation."""
    flask_migrate.upgrade()
    flask_migrate.check()


def test_the_check_would_notice_a_missing_index(inside, engine):
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_rides_rider"))
    try:
        with pytest.raises(SystemExit):
            flask_migrate.check()
    finally:
        with engine.begin() as connection:
            index = "ON rides (rider_region, rider_id, started_at, id)"
            connection.execute(text(f"CREATE INDEX ix_rides_rider {index}"))


def test_the_database_knows_its_revision(engine, revisions):
    with engine.connect() as connection:
        assert (
            MigrationContext.configure(connection).get_current_revision()
            == revisions.get_current_head()
        )


def test_revisions_are_numbered_in_one_line(revisions):
    line = list(reversed(list(revisions.walk_revisions())))
    numbers = [revision.revision for revision in line]
    assert numbers == [f"{n:04}" for n in range(1, len(line) + 1)]
    assert [revision.down_revision for revision in line] == [None, *numbers[:-1]]
    assert revisions.get_heads() == [numbers[-1]]


def test_a_revision_is_one_schema_change_in_a_file_of_its_number(revisions):
    for revision in revisions.walk_revisions():
        source = Path(revision.path).read_text()
        assert re.search(rf"/{revision.revision}_\w+\.py$", revision.path)
        upgrade = source[source.index("def upgrade") : source.index("def downgrade")]
        assert len(re.findall(r"\bop\.(?!f\b)\w+\(", upgrade)) == 1, revision.path
        assert revision.doc.strip().endswith("."), revision.path
