"""Add vehicles.state_changed_at: when the state changed."""

import sqlalchemy as sa
from alembic import op

revision = "0139"
down_revision = "0138"


def upgrade() -> None:
    op.add_column(
        "vehicles", sa.Column("state_changed_at", sa.DateTime(timezone=True)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("vehicles", "state_changed_at", if_exists=True)
