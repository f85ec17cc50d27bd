"""Find the refunds of some time, which are few, among all messages of disputes."""

import sqlalchemy as sa
from alembic import op

revision = "0241"
down_revision = "0240"


def upgrade() -> None:
    op.create_index(
        "ix_dispute_messages_refunds",
        "dispute_messages",
        ["region", "at"],
        postgresql_where=sa.text("refund > 0"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_dispute_messages_refunds", "dispute_messages", if_exists=True)
