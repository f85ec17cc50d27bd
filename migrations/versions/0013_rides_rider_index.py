"""List the rides of a rider, newest first."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index(
        "ix_rides_rider",
        "rides",
        ["rider_region", "rider_id", "started_at", "id"],
        unique=False,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_rides_rider", table_name="rides", if_exists=True)
