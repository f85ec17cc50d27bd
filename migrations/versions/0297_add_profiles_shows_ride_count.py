"""Add profiles.shows_ride_count: whether they see about how many rides the rider had."""

import sqlalchemy as sa
from alembic import op

revision = "0297"
down_revision = "0296"


def upgrade() -> None:
    op.add_column(
        "profiles",
        sa.Column("shows_ride_count", sa.Boolean(), server_default=sa.false(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("profiles", "shows_ride_count", if_exists=True)
