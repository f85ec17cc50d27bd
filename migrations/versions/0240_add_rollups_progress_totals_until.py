"""Add rollups_progress.totals_until: until when the totals of a city are there."""

import sqlalchemy as sa
from alembic import op

revision = "0240"
down_revision = "0239"


def upgrade() -> None:
    op.add_column(
        "rollups_progress",
        sa.Column("totals_until", sa.DateTime(timezone=True)),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rollups_progress", "totals_until", if_exists=True)
