"""Add disputes.answered_at: when staff first answered a dispute."""

import sqlalchemy as sa
from alembic import op

revision = "0185"
down_revision = "0184"


def upgrade() -> None:
    op.add_column(
        "disputes", sa.Column("answered_at", sa.DateTime(timezone=True)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("disputes", "answered_at", if_exists=True)
