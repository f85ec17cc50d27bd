"""Codes are unique in the world."""

from alembic import op

revision = "0081"
down_revision = "0080"


def upgrade() -> None:
    op.create_index("uq_vehicles_code", "vehicles", ["code"], unique=True, if_not_exists=True)


def downgrade() -> None:
    if op.get_context().dialect.name == "cockroachdb":
        # A unique index is a constraint there, and goes only with CASCADE.
        op.execute("DROP INDEX IF EXISTS vehicles@uq_vehicles_code CASCADE")
    else:
        op.drop_index("uq_vehicles_code", table_name="vehicles", if_exists=True)
