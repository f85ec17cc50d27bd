"""Add disputes.first_action_at: when staff first did something about a dispute."""

import sqlalchemy as sa
from alembic import op

revision = "0183"
down_revision = "0182"


def upgrade() -> None:
    op.add_column(
        "disputes", sa.Column("first_action_at", sa.DateTime(timezone=True)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("disputes", "first_action_at", if_exists=True)
