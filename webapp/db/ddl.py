"""How ``op.create_table`` of a revision creates a table that is given with its indexes.

PostgreSQL gets CREATE TABLE and a CREATE INDEX for each index. CockroachDB gets one statement, with
the indexes and the locality inside: each statement after it would be a schema change of its own,
and CREATE INDEX fails there on some versions (see docs/migrations.md).
Importing this module is enough: Alembic and SQLAlchemy find what is registered here.
"""

from typing import Any

from alembic import op
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import Connection, Index, Table, TextClause, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy_cockroachdb.base import CockroachDBImpl

#: In ``Table.info``: indexes that CREATE TABLE has inside.
INDEXES = "indexes"
#: A session setting of CockroachDB 26.1 and later.
SCHEMA_LOCKED = "create_table_with_schema_locked"
#: Whether schema changes are made by the newer schema changer; a session setting of CockroachDB.
SCHEMA_CHANGER = "use_declarative_schema_changer"


def create_tables_unlocked(connection: Connection) -> None:
    """Set up a session whose tables can be altered by later revisions.

    CockroachDB 26.1 and later create tables with ``schema_locked``, which refuses most schema
    changes. Older servers do not know the setting, and nothing is set there.
    """
    if connection.scalar(text("SELECT current_setting(:name, true)"), {"name": SCHEMA_LOCKED}):
        connection.execute(text(f"SET {SCHEMA_LOCKED} = off"))


def add_check(table: str, name: str, condition: str) -> None:
    """Add a CHECK without a look at the rows; another revision validates it. Can run again.

    CockroachDB cannot drop and add the same name in one statement, PostgreSQL cannot add one only
    if it is not there.
    """
    _add_constraint(table, name, f"CHECK ({condition})")


def add_account_key(table: str, role: str) -> None:
    """Add the foreign key of an account that may be deleted, ``{role}_region`` and ``{role}_id``,
    without a look at the rows; another revision validates it. Can run again."""
    columns = f"{role}_region, {role}_id"
    actions = "ON DELETE SET NULL ON UPDATE CASCADE"
    definition = f"FOREIGN KEY ({columns}) REFERENCES users (region, id) {actions}"
    _add_constraint(table, f"fk_{table}_users_{role}_region", definition)


def _add_constraint(table: str, name: str, definition: str) -> None:
    constraint = f"{name} {definition} NOT VALID"
    if op.get_context().dialect.name == "cockroachdb":
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT IF NOT EXISTS {constraint}")
    else:
        drop = f"DROP CONSTRAINT IF EXISTS {name}"
        op.execute(f"ALTER TABLE {table} {drop}, ADD CONSTRAINT {constraint}")


def gin_columns(column: str | TextClause) -> list[str | TextClause]:
    """Return the columns of a GIN index over a column or expression, of a regional table with
    cities.

    On CockroachDB it leads with region and city: each region keeps its part. PostgreSQL would need
    one more extension for that.
    """
    is_cockroach = op.get_context().dialect.name == "cockroachdb"
    return ["region", "city", column] if is_cockroach else [column]


class PostgresqlOperations(PostgresqlImpl):
    """Alembic's operations on PostgreSQL."""

    __dialect__ = "postgresql"

    def create_table(self, table: Table, **options: Any) -> None:
        """Create the table and then its indexes, in the order of their names.

        Alembic alone creates them in no certain order, and without ``if_not_exists``.
        """
        indexes = _take_indexes(table)
        super().create_table(table, **options)
        for index in indexes:
            self.create_index(index, if_not_exists=options.get("if_not_exists", False))


class CockroachOperations(CockroachDBImpl):
    """Alembic's operations on CockroachDB."""

    __dialect__ = "cockroachdb"

    def create_table(self, table: Table, **options: Any) -> None:
        """Create the table with its indexes, in one statement."""
        table.info = {**table.info, INDEXES: _take_indexes(table)}
        super().create_table(table, **options)

    def create_index(self, index: Index, **options: Any) -> None:
        """Create an index; if it does not lead with ``region``, with the older schema changer.

        The newer one of versions 25.2 to 25.4 cannot do it on a regional table. Only a downgrade
        needs it: revisions go up without such an index.
        """
        if index.columns.keys()[:1] == ["region"]:
            super().create_index(index, **options)
            return
        self.execute(f"SET {SCHEMA_CHANGER} = off")
        super().create_index(index, **options)
        self.execute(f"RESET {SCHEMA_CHANGER}")

    def drop_index(self, index: Index, **options: Any) -> None:
        """Drop an index. A unique one is dropped only with CASCADE, as it is a constraint too."""
        condition = "IF EXISTS " if options.get("if_exists") else ""
        self.execute(f"DROP INDEX {condition}{index.table}@{index.name} CASCADE")


def _take_indexes(table: Table) -> list[Index]:
    """Return the table's indexes by name, and leave none for Alembic to create by itself."""
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    table.indexes.clear()
    return indexes


@compiles(CreateTable, "cockroachdb")
def create_table_on_cockroach(element: CreateTable, compiler: DDLCompiler, **options: Any) -> str:
    """Return CREATE TABLE with the indexes and the locality in ``Table.info``."""
    info = element.element.info
    name = compiler.preparer.format_table(element.element)
    body = compiler.visit_create_table(element, **options).rstrip().removesuffix("\n)")
    indexes = [f"\t{_compile_index(index, name, compiler)}" for index in info.get(INDEXES, ())]
    statement = ", \n".join([body, *indexes]) + "\n)"
    return f"{statement} LOCALITY {info['locality']}" if "locality" in info else statement


def _compile_index(index: Index, table_name: str, compiler: DDLCompiler) -> str:
    """Return the index as CREATE TABLE has it: as in CREATE INDEX, but without the table's name,
    and a GIN index is called INVERTED."""
    statement: str = compiler.visit_create_index(CreateIndex(index))
    definition = statement.removeprefix("CREATE ").replace(f" ON {table_name} ", " ", 1)
    if " USING gin " in definition:
        return "INVERTED " + definition.replace(" USING gin ", " ", 1)
    return definition
