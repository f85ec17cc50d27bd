"""Drop the index of the rides of a vehicle: ix_rides_vehicle_started begins with its columns."""

from alembic import op

revision = "0137"
down_revision = "0136"
oldest_compatible = "0086"

accepted_risks = {
    "require-concurrent-index-deletion": "It takes a moment, and lock_timeout limits the wait for it."
    " The release before reads ix_rides_vehicle_started instead."
}


def upgrade() -> None:
    op.drop_index("ix_rides_vehicle", "rides", if_exists=True)


def downgrade() -> None:
    op.create_index("ix_rides_vehicle", "rides", ["region", "vehicle_id"], if_not_exists=True)
