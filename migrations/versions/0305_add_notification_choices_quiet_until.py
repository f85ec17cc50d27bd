"""Add notification_choices.quiet_until: until when nobody is to be disturbed."""

import sqlalchemy as sa
from alembic import op

revision = "0305"
down_revision = "0304"


def upgrade() -> None:
    op.add_column(
        "notification_choices",
        sa.Column("quiet_until", sa.Time(), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("notification_choices", "quiet_until", if_exists=True)
