"""Add rollups_progress.response_times_until: until when the response times of a city are there."""

import sqlalchemy as sa
from alembic import op

revision = "0287"
down_revision = "0286"


def upgrade() -> None:
    op.add_column(
        "rollups_progress",
        sa.Column("response_times_until", sa.DateTime(timezone=True)),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rollups_progress", "response_times_until", if_exists=True)
