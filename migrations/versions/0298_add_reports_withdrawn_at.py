"""Add reports.withdrawn_at: when the reporter took a report back."""

import sqlalchemy as sa
from alembic import op

revision = "0298"
down_revision = "0297"


def upgrade() -> None:
    op.add_column(
        "reports",
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("reports", "withdrawn_at", if_exists=True)
