"""List the vehicles of one type, newest first."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_newest_of_type",
        "vehicles",
        ["region", "city", "state", "form_factor", "created_at", "id"],
        unique=False,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_newest_of_type", table_name="vehicles", if_exists=True)
