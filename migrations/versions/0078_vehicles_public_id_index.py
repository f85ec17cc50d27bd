"""Public names are unique."""

from alembic import op

revision = "0078"
down_revision = "0077"


def upgrade() -> None:
    op.create_index(
        "uq_vehicles_public_id",
        "vehicles",
        ["region", "public_id"],
        unique=True,
        if_not_exists=True,
    )


def downgrade() -> None:
    if op.get_context().dialect.name == "cockroachdb":
        # A unique index is a constraint there, and goes only with CASCADE.
        op.execute("DROP INDEX IF EXISTS vehicles@uq_vehicles_public_id CASCADE")
    else:
        op.drop_index("uq_vehicles_public_id", table_name="vehicles", if_exists=True)
