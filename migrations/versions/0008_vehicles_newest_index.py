"""List the vehicles of a city, newest first."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_newest",
        "vehicles",
        ["region", "city", "state", "created_at", "id"],
        unique=False,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_newest", table_name="vehicles", if_exists=True)
