"""Add text_versions.alert_type: the GBFS alert type of a notice."""

import sqlalchemy as sa
from alembic import op

revision = "0285"
down_revision = "0284"


def upgrade() -> None:
    op.add_column(
        "text_versions",
        sa.Column("alert_type", sa.String(24), server_default="other", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("text_versions", "alert_type", if_exists=True)
