"""Add reports.tags: words by which staff sort reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0311"
down_revision = "0310"


def upgrade() -> None:
    op.add_column(
        "reports",
        sa.Column("tags", ARRAY(sa.String(30)), server_default="{}", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("reports", "tags", if_exists=True)
