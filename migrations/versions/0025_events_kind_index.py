"""Read what happened of one kind."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_index("ix_events_kind", "events", ["region", "kind", "at", "id"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_events_kind", table_name="events", if_exists=True)
