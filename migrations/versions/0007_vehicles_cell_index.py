"""Find the vehicles around a point."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_cell",
        "vehicles",
        ["region", "city", "state", "cell"],
        unique=False,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_cell", table_name="vehicles", if_exists=True)
