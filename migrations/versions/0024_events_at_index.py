"""Read the trail, newest first."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_index("ix_events_at", "events", ["region", "at", "id"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_events_at", table_name="events", if_exists=True)
