"""Add vehicle_events.action_id: by it an action of staff that is sent again is recognised."""

import sqlalchemy as sa
from alembic import op

revision = "0161"
down_revision = "0160"


def upgrade() -> None:
    op.add_column("vehicle_events", sa.Column("action_id", sa.Uuid()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicle_events", "action_id", if_exists=True)
