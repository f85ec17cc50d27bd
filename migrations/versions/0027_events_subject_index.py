"""Read what happened to one row."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_index(
        "ix_events_subject", "events", ["region", "subject", "at", "id"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_events_subject", table_name="events", if_exists=True)
