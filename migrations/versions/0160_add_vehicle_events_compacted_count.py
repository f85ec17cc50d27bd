"""Add vehicle_events.compacted_count: how many old events before it were deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0160"
down_revision = "0159"


def upgrade() -> None:
    column = sa.Column("compacted_count", sa.BigInteger(), server_default="0", nullable=False)
    op.add_column("vehicle_events", column, if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicle_events", "compacted_count", if_exists=True)
