"""Find rides that last too long."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"


def upgrade() -> None:
    op.create_index(
        "ix_rides_open",
        "rides",
        ["region", "city", "started_at", "id"],
        postgresql_where=sa.text("ended_at IS NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_rides_open", table_name="rides", if_exists=True)
