"""Read what one account did."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_index(
        "ix_events_actor", "events", ["region", "actor_id", "at", "id"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_events_actor", table_name="events", if_exists=True)
