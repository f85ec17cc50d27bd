"""The revisions on a real PostgreSQL: upgrade, downgrade and upgrade again."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import flask_migrate
import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationInfo
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import Connection, Engine, create_engine, insert, inspect, text
from sqlalchemy.engine import URL

from config import ROOT
from tests.databases import add_cities, make_app, make_database
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.tasks.steps import insert_task
from tests.migrations.catalogue import catalogue
from tests.migrations.golden import assert_golden
from tests.migrations.test_offline import HEAD, SQUASHED
from webapp.db.compatibility import Revisions, read_revisions
from webapp.db.ddl import create_tables_unlocked
from webapp.db.transactions import execute_write, run_transaction
from webapp.extensions import db
from webapp.fleet.tasks.models import TaskRule
from webapp.riders.wallet.entries import credit_entry
from webapp.riders.wallet.ledger import entry_statement, read_balances
from webapp.riders.wallet.services.balances import update_balances

#: The tables of a schema, and what each has.
Schema = dict[str, list[object]]


@pytest.fixture(scope="module")
def url(server: URL, worker_id: str) -> Iterator[URL]:
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
def app_context(url: URL) -> Iterator[None]:
    with make_app(url).app_context():
        yield
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    made = create_engine(url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def revisions() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config)


def read_schema(engine: Engine | Connection) -> Schema:
    """Return everything that is in the schema, as text."""
    inspector = inspect(engine)
    parts: list[Mapping[Any, object]] = [
        inspector.get_multi_columns(),
        inspector.get_multi_pk_constraint(),
        inspector.get_multi_foreign_keys(),
        inspector.get_multi_indexes(),
        inspector.get_multi_unique_constraints(),
        inspector.get_multi_check_constraints(),
    ]
    return {
        table: [sorted_repr(part.get((None, table))) for part in parts]
        for table in set(inspector.get_table_names()) - {"migration_lock"}
    }


def migrate(
    engine: Engine, revisions: ScriptDirectory, target: str
) -> list[tuple[MigrationInfo, Schema]]:
    """Upgrade to ``head`` or downgrade to ``base``; return the steps, and the schema after each."""
    steps: list[tuple[MigrationInfo, Schema]] = []

    def find_revisions(current: Any, _: object) -> Any:
        find = revisions._upgrade_revs if target == "head" else revisions._downgrade_revs
        return find(target, current)

    def read(ctx: object, step: MigrationInfo, heads: object, run_args: object) -> None:
        steps.append((step, read_schema(connection)))

    # As migrations/env.py does it on CockroachDB, where a transaction has one change of the schema.
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with (
        EnvironmentContext(Config(), revisions, fn=find_revisions) as environment,
        autocommit.connect() as connection,
    ):
        if engine.dialect.name == "cockroachdb":
            create_tables_unlocked(connection)
        environment.configure(connection=connection, on_version_apply=read)
        environment.run_migrations()
    return steps


def sorted_repr(part: object) -> object:
    """Return what the inspector found of a table, with the items of a list in a certain order."""
    return sorted(map(repr, part)) if isinstance(part, list) else repr(part)


def test_the_schema_matches_its_golden_file(engine: Engine) -> None:
    """Whatever revisions build it. A new revision changes the file by what it changes."""
    if engine.dialect.name == "cockroachdb":
        pytest.skip("reads PostgreSQL's catalogue")
    with engine.connect() as connection:
        assert_golden("catalogue.postgresql.txt", catalogue(connection))


def test_after_a_downgrade_an_upgrade_makes_the_same_schema(
    app_context: None, engine: Engine
) -> None:
    before = read_schema(engine)
    assert set(before) == {*db.metadata.tables, "alembic_version"}
    flask_migrate.downgrade(revision="base")
    assert set(read_schema(engine)) == {"alembic_version"}
    flask_migrate.upgrade()
    assert read_schema(engine) == before


def test_after_a_downgrade_that_forgets_which_lines_are_in_balances_they_are_right(
    app_context: None,
) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    add_cities(app)
    ada = UserFactory(app)().key
    credit = credit_entry(ada, UUID(int=1), "USD", 1000)
    run_transaction(lambda session: session.execute(entry_statement(credit)))
    flask_migrate.downgrade(revision="0113")  # the stored balances stay
    flask_migrate.upgrade()
    assert read_balances(ada) == {"USD": 1000}
    update_balances()
    assert read_balances(ada) == {"USD": 1000}


def test_a_downgrade_leaves_out_triggers_that_former_releases_do_not_know(
    app_context: None, engine: Engine
) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if not db.session.scalar(text("SELECT count(*) FROM cities")):
        add_cities(app)
    vehicle = VehicleFactory(app)()
    rule = {"is_on": True, "minutes": 60, "kind": "inspect"}
    for trigger in ("idle", "short_rides"):
        insert_task(app, vehicle.key, trigger=trigger, kind="own", custom_kind=trigger)
        execute_write(insert(TaskRule).values(city="new york", trigger=trigger, **rule))
    flask_migrate.downgrade(revision="0198")
    with engine.connect() as connection:
        triggers = connection.scalars(text("SELECT trigger FROM tasks ORDER BY trigger")).all()
        rules = connection.scalars(text("SELECT trigger FROM task_rules")).all()
    assert (triggers, rules) == (["idle", None], ["idle"])
    flask_migrate.upgrade()


#: Revisions that leave the tables as they are: they copy rows, give them a new meaning, create an
#: extension, or validate a foreign key, which the inspector does not tell.
CHANGES_NO_TABLE = {"0104", "0167", "0175", "0181", "0197", "0198"}


def test_every_revision_can_be_reverted(
    app_context: None, engine: Engine, revisions: ScriptDirectory
) -> None:
    """Reverting one leaves the schema of the one before it."""
    flask_migrate.downgrade(revision="base")
    schemas = {"": read_schema(engine)} | {
        step.up_revision_id: schema for step, schema in migrate(engine, revisions, "head")
    }
    for step, schema in migrate(engine, revisions, "base"):
        name = step.up_revision_id
        assert schema == schemas["".join(step.down_revision_ids)], name
        assert (schema != schemas[name]) != (name in CHANGES_NO_TABLE), name
    flask_migrate.upgrade()
    assert read_schema(engine) == schemas[revisions.get_current_head()]


def test_the_revisions_create_the_schema_of_the_models(app_context: None) -> None:
    """``flask db check`` exits when it finds an operation."""
    flask_migrate.upgrade()
    flask_migrate.check()


def test_the_check_would_notice_a_missing_index(app_context: None, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_rides_rider"))
    try:
        with pytest.raises(SystemExit):
            flask_migrate.check()
    finally:
        with engine.begin() as connection:
            index = "ON rides (rider_region, rider_id, started_at, id)"
            connection.execute(text(f"CREATE INDEX ix_rides_rider {index}"))


def test_the_database_stores_its_revision(engine: Engine, revisions: ScriptDirectory) -> None:
    with engine.connect() as connection:
        assert (
            MigrationContext.configure(connection).get_current_revision()
            == revisions.get_current_head()
        )


def test_an_upgrade_that_was_interrupted_can_run_again(app_context: None, engine: Engine) -> None:
    """As on CockroachDB, where what a revision has done before an error stays."""
    flask_migrate.upgrade()
    before = read_schema(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE dispute_messages"))
    flask_migrate.stamp(revision="base")
    flask_migrate.upgrade()
    assert read_schema(engine) == before


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("0050", "at revision 0050. Revisions 0001 to 0086 have been replaced"),
        ("9999", "at revision 9999, which this release does not know"),
    ],
)
def test_a_database_at_an_unknown_revision_is_not_changed(
    app_context: None,
    engine: Engine,
    capfd: pytest.CaptureFixture[str],
    revision: str,
    message: str,
) -> None:
    flask_migrate.upgrade()
    version = text("UPDATE alembic_version SET version_num = :revision")
    with engine.begin() as connection:
        connection.execute(version, {"revision": revision})
    try:
        with pytest.raises(SystemExit):
            flask_migrate.upgrade()
        assert message in capfd.readouterr().err
    finally:
        with engine.begin() as connection:
            connection.execute(version, {"revision": HEAD})


# --- the files of the revisions ----------------------------------------------------------------


def test_the_head_file_names_the_head(revisions: ScriptDirectory) -> None:
    """Two branches that both add a revision conflict in this file when they are merged."""
    [head] = revisions.get_heads()
    file = Path(revisions.get_revision(head).path)
    assert (ROOT / "migrations/.current-alembic-head").read_text() == f"{file.name}\n"


def test_revisions_are_numbered_consecutively_without_branches(revisions: ScriptDirectory) -> None:
    line = list(reversed(list(revisions.walk_revisions())))
    names = [revision.revision for revision in line]
    squashed = names.index(SQUASHED) + 1
    assert names[:squashed] == [*[f"{SQUASHED}_{n:02}" for n in range(1, squashed)], SQUASHED]
    first = int(SQUASHED) + 1
    assert names[squashed:] == [f"{n:04}" for n in range(first, first + len(names) - squashed)]
    assert [revision.down_revision for revision in line] == [None, *names[:-1]]


def test_a_file_has_the_number_and_a_description_of_its_revision(
    revisions: ScriptDirectory,
) -> None:
    for revision in revisions.walk_revisions():
        number = "0086_09" if revision.revision == SQUASHED else revision.revision
        assert re.search(rf"/{number}_[a-z]\w+\.py$", revision.path)
        assert revision.doc.strip().endswith("."), revision.path


def test_a_revision_after_the_first_tables_is_one_schema_change(revisions: ScriptDirectory) -> None:
    for revision in revisions.walk_revisions():
        if not revision.revision.startswith(SQUASHED):
            assert count_operations(Path(revision.path).read_text()) == 1, revision.path


def count_operations(source: str) -> int:
    upgrade = source[source.index("def upgrade") : source.index("def downgrade")]
    return len(re.findall(r"\bop\.(?!f\b)\w+\(|\badd_(?:check|account_key)\(", upgrade))


def test_a_revision_with_two_schema_changes_would_be_noticed(revisions: ScriptDirectory) -> None:
    source = Path(revisions.get_revision("0086_06").path).read_text()
    assert count_operations(source) == 3


def test_a_new_revision_gets_the_next_number_and_becomes_the_head(
    app_context: None, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    flask_migrate.upgrade()
    flask_migrate.revision(directory=str(folder), message="Add rides photo")
    number = f"{int(HEAD) + 1:04}"
    source = (folder / "versions" / f"{number}_add_rides_photo.py").read_text()
    assert source.startswith('"""Add rides photo."""')
    assert f'down_revision = "{HEAD}"' in source
    assert (folder / ".current-alembic-head").read_text() == f"{number}_add_rides_photo.py\n"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_new_revision_is_known_with_either_kind_of_quotes(tmp_path: Path, quote: str) -> None:
    (tmp_path / "versions").mkdir()
    for number, before in ("0001", "None"), ("0002", f"{quote}0001{quote}"):
        source = f"revision = {quote}{number}{quote}\ndown_revision = {before}\n"
        (tmp_path / "versions" / f"{number}.py").write_text(source)
    assert read_revisions(tmp_path) == Revisions(frozenset(["0001", "0002"]), "0002")
