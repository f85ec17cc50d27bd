"""When a rider was asked whether a ride should have ended."""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    op.add_column(
        "rides",
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rides", "reminded_at", if_exists=True)
