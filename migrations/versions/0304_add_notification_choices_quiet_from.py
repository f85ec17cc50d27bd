"""Add notification_choices.quiet_from: from when nobody is to be disturbed."""

import sqlalchemy as sa
from alembic import op

revision = "0304"
down_revision = "0303"


def upgrade() -> None:
    op.add_column(
        "notification_choices",
        sa.Column("quiet_from", sa.Time(), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("notification_choices", "quiet_from", if_exists=True)
