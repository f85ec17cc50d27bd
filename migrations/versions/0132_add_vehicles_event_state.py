"""Add vehicles.event_state: the state after the last event of a vehicle."""

import sqlalchemy as sa
from alembic import op

revision = "0132"
down_revision = "0131"


def upgrade() -> None:
    op.add_column("vehicles", sa.Column("event_state", sa.String(24)), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "event_state", if_exists=True)
