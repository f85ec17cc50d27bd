"""Add vehicle_events.action: what staff did with a vehicle."""

import sqlalchemy as sa
from alembic import op

revision = "0159"
down_revision = "0158"


def upgrade() -> None:
    op.add_column("vehicle_events", sa.Column("action", sa.String(24)), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicle_events", "action", if_exists=True)
