"""Find the rides of a vehicle in a week, for the digests of owners."""

from alembic import op

revision = "0136"
down_revision = "0135"


def upgrade() -> None:
    op.create_index(
        "ix_rides_vehicle_started",
        "rides",
        ["region", "vehicle_id", "started_at"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_rides_vehicle_started", "rides", if_exists=True)
