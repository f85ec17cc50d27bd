"""Add vehicles.reported_at: when a feed last heard of a vehicle."""

import sqlalchemy as sa
from alembic import op

revision = "0143"
down_revision = "0142"


def upgrade() -> None:
    op.add_column(
        "vehicles", sa.Column("reported_at", sa.DateTime(timezone=True)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("vehicles", "reported_at", if_exists=True)
