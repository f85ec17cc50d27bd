"""Add reports.language: that of the rider's browser."""

import sqlalchemy as sa
from alembic import op

revision = "0209"
down_revision = "0208"


def upgrade() -> None:
    op.add_column(
        "reports",
        sa.Column("language", sa.String(3), server_default="", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("reports", "language", if_exists=True)
