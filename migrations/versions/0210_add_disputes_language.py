"""Add disputes.language: that of the rider's browser."""

import sqlalchemy as sa
from alembic import op

revision = "0210"
down_revision = "0209"


def upgrade() -> None:
    op.add_column(
        "disputes",
        sa.Column("language", sa.String(3), server_default="", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("disputes", "language", if_exists=True)
