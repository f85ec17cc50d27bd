"""Find the rides of a city by when they ended."""

import sqlalchemy as sa
from alembic import op

revision = "0190"
down_revision = "0189"


def upgrade() -> None:
    op.create_index(
        "ix_rides_ended",
        "rides",
        ["region", "city", "ended_at", "id"],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_rides_ended", "rides", if_exists=True)
