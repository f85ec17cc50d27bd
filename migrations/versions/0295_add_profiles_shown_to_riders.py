"""Add profiles.shown_to_riders: whether riders who are signed in see the profile."""

import sqlalchemy as sa
from alembic import op

revision = "0295"
down_revision = "0294"


def upgrade() -> None:
    op.add_column(
        "profiles",
        sa.Column("shown_to_riders", sa.Boolean(), server_default=sa.true(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("profiles", "shown_to_riders", if_exists=True)
