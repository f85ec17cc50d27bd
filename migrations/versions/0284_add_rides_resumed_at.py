"""Add rides.resumed_at: when the last pause of a ride ended."""

import sqlalchemy as sa
from alembic import op

revision = "0284"
down_revision = "0283"


def upgrade() -> None:
    op.add_column(
        "rides",
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rides", "resumed_at", if_exists=True)
