"""Find the rides of a vehicle, as when it moves to another region."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_index("ix_rides_vehicle", "rides", ["region", "vehicle_id"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_rides_vehicle", table_name="rides", if_exists=True)
