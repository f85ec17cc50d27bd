"""Add reports.first_action_at: when staff first did something about a report."""

import sqlalchemy as sa
from alembic import op

revision = "0177"
down_revision = "0176"


def upgrade() -> None:
    op.add_column(
        "reports", sa.Column("first_action_at", sa.DateTime(timezone=True)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("reports", "first_action_at", if_exists=True)
