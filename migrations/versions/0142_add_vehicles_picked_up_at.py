"""Add vehicles.picked_up_at: when staff have picked a vehicle up."""

import sqlalchemy as sa
from alembic import op

revision = "0142"
down_revision = "0141"


def upgrade() -> None:
    op.add_column(
        "vehicles", sa.Column("picked_up_at", sa.DateTime(timezone=True)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("vehicles", "picked_up_at", if_exists=True)
