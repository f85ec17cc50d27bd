"""How long a ride was paused in all."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    op.add_column(
        "rides",
        sa.Column("paused_s", sa.Integer(), server_default="0", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rides", "paused_s", if_exists=True)
