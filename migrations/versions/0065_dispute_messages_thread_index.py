"""Find the messages of a thread."""

from alembic import op

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    op.create_index(
        "ix_dispute_messages_thread",
        "dispute_messages",
        ["region", "ride_id", "at", "id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_dispute_messages_thread", table_name="dispute_messages", if_exists=True)
