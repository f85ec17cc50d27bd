"""Add profiles.shows_last_active: whether they see when the rider was last active."""

import sqlalchemy as sa
from alembic import op

revision = "0296"
down_revision = "0295"


def upgrade() -> None:
    op.add_column(
        "profiles",
        sa.Column("shows_last_active", sa.Boolean(), server_default=sa.false(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("profiles", "shows_last_active", if_exists=True)
